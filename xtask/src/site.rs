//! From sources to the folder `target/site`, and on to a server that embeds it.
//!
//! ```text
//! target/site/assets.json        {"js":"partners.<hash>.js","wasm":…,"css":…,"icons":…}
//! target/site/pkg/partners.<hash>.js  .js.br  .js.gz  …
//! ```
//! A name changes when the content does, so browsers may keep every file for
//! ever. A file whose content is the same is left alone, time stamp included:
//! the server is compiled again when something in the folder is newer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::packages::short_hex;
use crate::process::{self, run_watched, watch};
use crate::steps::{Progress, Steps};
use crate::style;
use crate::toolchain::{TARGET, Wasm};
use crate::workspace::Workspace;

/// How many steps [`build`] takes.
pub const BUILD_STEPS: usize = 4;

/// What a first visit may cost at most: JavaScript, WASM and CSS after brotli.
const BUDGET: u64 = 420_000;

/// The steps of [`prepare`], counted up when its output changes in shape.
const RECIPE: u32 = 1;

/// Which server is wanted at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The one that people run.
    Run,
    /// The same together with every test, so that cargo settles on one set of
    /// features for the libraries and compiles each of them once.
    Test,
}

impl Server {
    /// The packages to select, for `cargo build`, `cargo test` and `cargo clippy`.
    pub fn selection(self) -> &'static [&'static str] {
        match self {
            Self::Run => &["--package", "partners-server"],
            Self::Test => &[
                "--package",
                "partners-server",
                "--package",
                "partners-app",
                "--features",
                "partners-app/ssr",
            ],
        }
    }
}

/// What the last run made of which input, so that the slow half can be skipped.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Stamp {
    recipe: u32,
    input: String,
    optimised: bool,
    js: String,
    wasm: String,
}

/// Builds the browser part and the server. Returns the server's binary.
///
/// # Errors
/// When a tool is missing, something does not compile, or the budget is broken.
pub fn build(workspace: &Workspace, steps: &mut Steps, server: Server) -> Result<PathBuf> {
    let wasm = steps
        .quiet("Looking for a WASM toolchain", |progress| Wasm::ensure(workspace, progress))?;
    build_with(workspace, steps, server, &wasm)
}

/// The rest of [`build`], with a toolchain at hand.
///
/// # Errors
/// As [`build`].
pub fn build_with(
    workspace: &Workspace,
    steps: &mut Steps,
    server: Server,
    wasm: &Wasm,
) -> Result<PathBuf> {
    let linked = steps
        .quiet("Building the browser part and the server's libraries", |progress| {
            compile(workspace, wasm, progress)
        })?;
    steps.quiet("Preparing what the browser loads", |progress| {
        prepare(workspace, &linked, progress)
    })?;
    steps.quiet("Building the server", |progress| {
        let mut command = workspace.cargo();
        command.args(["build", "--release"]).args(server.selection());
        if server == Server::Test {
            command.args(["--bins", "--tests"]);
        }
        run_watched(&mut command, progress)?;
        Ok(workspace.target.join("release/partners"))
    })
}

/// Compiles the browser part, and beside it everything that the server depends
/// on: the browser part ends with minutes of linking on one core.
fn compile(workspace: &Workspace, wasm: &Wasm, progress: &Progress) -> Result<PathBuf> {
    thread::scope(|scope| {
        // Its warnings come again when the server itself is built.
        let libraries = scope.spawn(|| watch(&mut libraries(workspace), progress).map(drop));
        let browser = run_watched(
            wasm.cargo(workspace).args([
                "build",
                "--package=partners-frontend",
                "--profile=wasm-release",
                "--target",
                TARGET,
            ]),
            progress,
        );
        let libraries =
            libraries.join().unwrap_or_else(|_| bail!("watching the server's libraries failed"));
        browser.and(libraries)
    })?;
    Ok(workspace.target.join(TARGET).join("wasm-release/partners_frontend.wasm"))
}

/// A build of everything below the server. The server itself would embed a
/// site that is not finished yet, so its rustc is told to print its name and
/// leave: everything it needs is compiled by then.
fn libraries(workspace: &Workspace) -> Command {
    let target: &[&str] = if workspace.root.join("server/src/lib.rs").exists() {
        &["--lib"]
    } else {
        &["--bin", "partners"]
    };
    let mut command = workspace.cargo();
    command
        .args(["rustc", "--release"])
        .args(Server::Run.selection())
        .args(target)
        .args(["--", "--print=crate-name"]);
    command
}

/// Writes `target/site` and reports the sizes.
fn prepare(workspace: &Workspace, linked: &Path, progress: &Progress) -> Result<()> {
    let folder = workspace.site();
    let pkg = folder.join("pkg");
    fs::create_dir_all(&pkg).context("making target/site/pkg")?;

    let raw = fs::read(linked).with_context(|| format!("reading {}", linked.display()))?;
    let optimiser = workspace.end2end().join("node_modules/.bin/wasm-opt");
    let optimiser = optimiser.exists().then_some(optimiser);
    let (js, wasm) = bind_unless_done(workspace, &pkg, &raw, optimiser.as_deref(), progress)?;

    progress.detail("bundling the style sheet");
    let css = style::bundle(&workspace.root.join("style/main.css")).context("style/main.css")?;
    let css = write_hashed(&pkg, Path::new("partners.css"), css.as_bytes())?;

    let mut assets =
        BTreeMap::from([("js".to_owned(), js), ("wasm".to_owned(), wasm), ("css".to_owned(), css)]);
    let essential: Vec<String> = assets.values().cloned().collect();
    let public = workspace.root.join("style/public");
    if public.is_dir() {
        for file in files_below(&public)? {
            let path = file.strip_prefix(&public).context("a file of its folder")?;
            let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let key = path.with_extension("").to_string_lossy().into_owned();
            let name = write_hashed(&pkg, path, &content)?;
            if let Some(other) = assets.insert(key, name) {
                bail!("{} and {other} would have the same name in assets.json", path.display());
            }
        }
    }

    remove_others(&pkg, assets.values())?;
    write_if_changed(
        &folder.join("assets.json"),
        &serde_json::to_vec(&assets).context("writing assets.json")?,
    )?;
    report(&pkg, &essential, raw.len(), progress)
}

/// Runs wasm-bindgen, and `optimiser` if there is one, unless the last run did
/// just that. Returns the names of the script and of the module.
fn bind_unless_done(
    workspace: &Workspace,
    pkg: &Path,
    raw: &[u8],
    optimiser: Option<&Path>,
    progress: &Progress,
) -> Result<(String, String)> {
    let stamp = workspace.root.join("target/site.stamp");
    let input = short_hex(&Sha256::digest(raw));
    let last = fs::read(&stamp).ok().and_then(|text| serde_json::from_slice::<Stamp>(&text).ok());
    if let Some(last) = last
        && (last.recipe, &last.input, last.optimised) == (RECIPE, &input, optimiser.is_some())
        && [&last.js, &last.wasm].iter().all(|name| is_complete(pkg, name))
    {
        return Ok((last.js, last.wasm));
    }

    progress.detail("wasm-bindgen");
    let scratch = tempfile::tempdir().context("making a folder for wasm-bindgen")?;
    let mut output = Bindgen::new()
        .input_bytes("partners", raw.to_vec())
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen")?;
    ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "a crate brings JavaScript files of its own; this build has no place for them"
    );
    output.emit(scratch.path()).context("wasm-bindgen")?;
    let script = fs::read(scratch.path().join("partners.js")).context("reading the script")?;
    let module = scratch.path().join("partners_bg.wasm");
    if let Some(optimiser) = optimiser {
        progress.detail("wasm-opt");
        run_watched(
            workspace
                .command(optimiser)
                .args([
                    "-Oz",
                    "--enable-bulk-memory",
                    "--enable-multivalue",
                    "--enable-mutable-globals",
                    "--enable-nontrapping-float-to-int",
                    "--enable-reference-types",
                    "--enable-sign-ext",
                    "-o",
                ])
                .args([&module, &module]),
            progress,
        )?;
    }
    let module = fs::read(module).context("reading the module")?;

    progress.detail("compressing");
    let js = write_hashed(pkg, Path::new("partners.js"), &script)?;
    let wasm = write_hashed(pkg, Path::new("partners.wasm"), &module)?;
    let done = Stamp {
        recipe: RECIPE,
        input,
        optimised: optimiser.is_some(),
        js: js.clone(),
        wasm: wasm.clone(),
    };
    fs::write(stamp, serde_json::to_vec(&done).context("writing the stamp")?)
        .context("writing the stamp")?;
    Ok((js, wasm))
}

/// Writes `name.<hash>.ext` with its compressed forms. Returns the path below `pkg`.
fn write_hashed(pkg: &Path, path: &Path, content: &[u8]) -> Result<String> {
    let extension = path
        .extension()
        .with_context(|| format!("{} has no extension", path.display()))?
        .to_string_lossy();
    let hash = short_hex(&Sha256::digest(content));
    let name = path.with_extension(format!("{hash}.{extension}")).to_string_lossy().into_owned();
    let target = pkg.join(&name);
    if is_complete(pkg, &name) && fs::read(&target).is_ok_and(|present| present == content) {
        return Ok(name);
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    }
    fs::write(&target, content).with_context(|| format!("writing {}", target.display()))?;
    if is_compressible(&name) {
        let mut brotli = CompressorWriter::new(Vec::new(), 64 * 1024, 11, 24);
        brotli.write_all(content).context("compressing")?;
        write_if_changed(&with_suffix(&target, "br"), &brotli.into_inner())?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content).context("compressing")?;
        write_if_changed(&with_suffix(&target, "gz"), &gzip.finish().context("compressing")?)?;
    }
    Ok(name)
}

/// Whether a file and its compressed forms are all there.
fn is_complete(pkg: &Path, name: &str) -> bool {
    let file = pkg.join(name);
    file.exists()
        && (!is_compressible(name)
            || (with_suffix(&file, "br").exists() && with_suffix(&file, "gz").exists()))
}

/// Pictures and fonts are compressed in themselves.
fn is_compressible(name: &str) -> bool {
    !["png", "jpg", "jpeg", "webp", "avif", "gif", "woff2"]
        .iter()
        .any(|packed| name.ends_with(&format!(".{packed}")))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn write_if_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

/// Removes what an earlier build left.
fn remove_others<'a>(pkg: &Path, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for name in names {
        let file = pkg.join(name);
        wanted.extend([with_suffix(&file, "br"), with_suffix(&file, "gz"), file]);
    }
    for file in files_below(pkg)? {
        if !wanted.contains(&file) {
            fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
        }
    }
    Ok(())
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("reading the folder {}", folder.display()))?;
        for entry in entries {
            let path = entry.context("reading a folder")?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Prints what a first visit costs, and fails when it is too much.
fn report(pkg: &Path, essential: &[String], raw: usize, progress: &Progress) -> Result<()> {
    let size = |path: PathBuf| {
        fs::metadata(&path)
            .map(|file| file.len())
            .with_context(|| format!("looking at {}", path.display()))
    };
    let mut total = 0;
    let mut table = format!("      WASM as linked: {} kB\n", raw / 1000);
    for name in essential {
        let file = pkg.join(name);
        let brotli = size(with_suffix(&file, "br"))?;
        total += brotli;
        table += &format!(
            "      {name:<32} {:>6} kB, brotli {:>4} kB\n",
            size(file)? / 1000,
            brotli / 1000
        );
    }
    table +=
        &format!("      together, brotli: {} kB of at most {} kB", total / 1000, BUDGET / 1000);
    progress.print(&table);
    process::check_interrupted()?;
    ensure!(
        total <= BUDGET,
        "the browser part is {total} bytes after brotli; at most {BUDGET} are allowed"
    );
    Ok(())
}
