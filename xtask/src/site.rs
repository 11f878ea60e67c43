//! From sources to the folder `target/site`, and on to a server that embeds it.
//!
//! ```text
//! target/site/assets.json            {"files":{"js":"<hash>/partners.js",…},"parts":{…}}
//! target/site/pkg/<hash>/partners.js  .js.br  .js.gz  …
//! target/site/pkg/partners.<hash>.css …
//! ```
//! A name changes when the content does, so browsers may keep every file for
//! ever. The modules and their scripts name each other, so they share a folder
//! whose name changes with any of them. A file whose content is the same is left
//! alone, time stamp included: the server is compiled again when something in
//! the folder is newer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};
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

/// The part of the application that [`BUDGET`] is for.
const BUDGETED_PART: &str = "partners";

/// What a first visit to the Partners page may cost at most, after brotli: the
/// HTML of a full page (6 kB, rounded up), scripts, style sheet, pictures, and
/// the WASM modules that the page needs.
const BUDGET: u64 = 300_000;

/// What is allowed for the HTML.
const HTML: u64 = 8_000;

/// The script that fetches the modules beyond the first.
const SPLIT_SCRIPT: &str = "split.js";

/// The steps of [`prepare`], counted up when its output changes in shape.
const RECIPE: u32 = 2;

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
    ///
    /// For the tests our own crates are compiled without optimisation, which
    /// would take half of the time that all tests take. The libraries are the
    /// same, optimised.
    pub fn selection(self) -> &'static [&'static str] {
        match self {
            Self::Run => &["--package", "partners-server", "--package", "zuora-sandbox"],
            Self::Test => &[
                "--package",
                "partners-server",
                "--package",
                "partners-app",
                "--package",
                "zuora-sandbox",
                "--features",
                "partners-app/ssr",
                "--config",
                "profile.release.package.partners-app.opt-level=0",
                "--config",
                "profile.release.package.partners-server.opt-level=0",
                "--config",
                "profile.release.package.zuora-sandbox.opt-level=0",
            ],
        }
    }
}

/// What the last run made of which input, so that the slow half can be skipped.
#[derive(Serialize, Deserialize)]
struct Stamp {
    recipe: u32,
    input: String,
    application: Application,
}

/// The browser's part, by the paths of its files below `pkg`.
#[derive(Clone, Serialize, Deserialize)]
struct Application {
    /// The script that starts it.
    js: String,
    /// The module that every page needs.
    wasm: String,
    /// The script that fetches further modules.
    split: String,
    /// The further modules that each part of the application needs.
    parts: BTreeMap<String, Vec<String>>,
}

impl Application {
    /// Every file, once.
    fn files(&self) -> BTreeSet<&String> {
        [&self.js, &self.wasm, &self.split]
            .into_iter()
            .chain(self.parts.values().flatten())
            .collect()
    }
}

/// What `assets.json` says.
#[derive(Serialize)]
struct Assets {
    files: BTreeMap<String, String>,
    parts: BTreeMap<String, Vec<String>>,
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
            compile(workspace, wasm, server, progress)
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
///
/// Not so for the tests: what they depend on is compiled with other features.
fn compile(
    workspace: &Workspace,
    wasm: &Wasm,
    server: Server,
    progress: &Progress,
) -> Result<PathBuf> {
    thread::scope(|scope| {
        // Its warnings come again when the server itself is built.
        let libraries = scope.spawn(move || match server {
            Server::Run => watch(&mut libraries(workspace), progress).map(drop),
            Server::Test => Ok(()),
        });
        let browser = run_watched(
            wasm.cargo(workspace).args([
                "rustc",
                "--package=partners-frontend",
                "--lib",
                "--profile=wasm-release",
                "--target",
                TARGET,
                "--",
                // The module is split by what refers to what.
                "-Clink-arg=--emit-relocs",
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
    let mut command = workspace.cargo();
    command
        .args(["rustc", "--release", "--package", "partners-server", "--lib"])
        .args(["--", "--print=crate-name"]);
    command
}

/// Writes `target/site` and reports the sizes.
fn prepare(workspace: &Workspace, linked: &Path, progress: &Progress) -> Result<()> {
    let folder = workspace.site();
    let pkg = folder.join("pkg");
    fs::create_dir_all(&pkg).context("making target/site/pkg")?;

    let raw = fs::read(linked).with_context(|| format!("reading {}", linked.display()))?;
    let application = bind_unless_done(workspace, &pkg, &raw, progress)?;

    progress.detail("bundling the style sheet");
    let css = style::bundle(&workspace.root.join("style/main.css")).context("style/main.css")?;
    let css = write_hashed(&pkg, Path::new("partners.css"), css.as_bytes())?;

    let mut files = BTreeMap::from([("css".to_owned(), css)]);
    let public = workspace.root.join("style/public");
    if public.is_dir() {
        for file in files_below(&public)? {
            let path = file.strip_prefix(&public).context("a file of its folder")?;
            let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let key = path.with_extension("").to_string_lossy().into_owned();
            let name = write_hashed(&pkg, path, &content)?;
            if let Some(other) = files.insert(key, name) {
                bail!("{} and {other} would have the same name in assets.json", path.display());
            }
        }
    }

    remove_others(&pkg, files.values().chain(application.files()))?;
    report(&pkg, &application, files.values(), raw.len(), progress)?;
    let Application { js, wasm, split, parts } = application;
    files.extend([("js".to_owned(), js), ("wasm".to_owned(), wasm), ("split".to_owned(), split)]);
    let assets = serde_json::to_vec(&Assets { files, parts }).context("writing assets.json")?;
    write_if_changed(&folder.join("assets.json"), &assets)
}

/// Splits the linked module and runs wasm-bindgen, unless the last run did just
/// that.
///
/// `wasm-opt` is not run: after it the modules are smaller, and larger once
/// they are compressed.
fn bind_unless_done(
    workspace: &Workspace,
    pkg: &Path,
    raw: &[u8],
    progress: &Progress,
) -> Result<Application> {
    let stamp = workspace.root.join("target/site.stamp");
    let input = short_hex(&Sha256::digest(raw));
    let last = fs::read(&stamp).ok().and_then(|text| serde_json::from_slice::<Stamp>(&text).ok());
    if let Some(last) = last
        && (last.recipe, &last.input) == (RECIPE, &input)
        && last.application.files().iter().all(|name| is_complete(pkg, name))
    {
        return Ok(last.application);
    }

    let scratch = tempfile::tempdir().context("making a folder for the modules")?;
    let parts = bind(raw, scratch.path(), progress)?;

    progress.detail("compressing");
    let mut content = BTreeMap::new();
    let mut digest = Sha256::new();
    for file in files_below(scratch.path())? {
        let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        digest.update(&bytes);
        content.insert(file, bytes);
    }
    let folder = short_hex(&digest.finalize());
    let mut names = BTreeMap::new();
    for (file, bytes) in &content {
        let name = file.strip_prefix(scratch.path()).context("a file of its folder")?;
        let path = format!("{folder}/{}", name.display());
        write_compressed(pkg, &path, bytes)?;
        names.insert(name.to_string_lossy().into_owned(), path);
    }
    let path = |name: &str| {
        names.get(name).cloned().with_context(|| format!("the build of the modules made no {name}"))
    };
    let module = |stem: &String| path(&format!("{stem}.wasm"));
    let parts = parts
        .iter()
        .map(|(part, stems)| Ok((part.clone(), stems.iter().map(module).collect::<Result<_>>()?)))
        .collect::<Result<_>>()?;
    let application = Application {
        js: path("partners.js")?,
        wasm: path("partners_bg.wasm")?,
        split: path(SPLIT_SCRIPT)?,
        parts,
    };
    let done = Stamp { recipe: RECIPE, input, application: application.clone() };
    fs::write(stamp, serde_json::to_vec(&done).context("writing the stamp")?)
        .context("writing the stamp")?;
    Ok(application)
}

/// Writes scripts and modules into the folder `output`. Returns the names of the
/// modules, without their extension, that each part needs beside the first.
fn bind(raw: &[u8], output: &Path, progress: &Progress) -> Result<BTreeMap<String, Vec<String>>> {
    progress.detail("splitting the module");
    let scratch = tempfile::tempdir().context("making a folder for the first module")?;
    let first = scratch.path().join("partners.wasm");
    let link_name = format!("./{SPLIT_SCRIPT}");
    let mut options = wasm_split_cli_support::Options::new(raw);
    options.output_dir = output;
    options.main_out_path = &first;
    options.link_name = &link_name;
    options.main_module = "./partners.js";
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("splitting the module: {error:#}"))?;

    progress.detail("wasm-bindgen");
    let mut bound = Bindgen::new()
        .input_path(&first)
        .web(true)?
        .typescript(false)
        // The other modules link to the first by the names of its exports.
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .context("wasm-bindgen")?;
    ensure!(
        bound.snippets().values().all(Vec::is_empty) && bound.local_modules().is_empty(),
        "a crate brings JavaScript files of its own; this build has no place for them"
    );
    bound.emit(output).context("wasm-bindgen")?;
    for module in &split.split_modules {
        shorten(module)?;
    }
    Ok(split.prefetch_map.into_iter().collect())
}

/// Encodes a module anew. In a module with relocations every number is as long
/// as the longest would be.
fn shorten(module: &Path) -> Result<()> {
    let mut short = walrus::ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse_file(module)
        .with_context(|| format!("reading {}", module.display()))?;
    short.emit_wasm_file(module).with_context(|| format!("writing {}", module.display()))
}

/// Writes `name.<hash>.ext` with its compressed forms. Returns the path below `pkg`.
fn write_hashed(pkg: &Path, path: &Path, content: &[u8]) -> Result<String> {
    let extension = path
        .extension()
        .with_context(|| format!("{} has no extension", path.display()))?
        .to_string_lossy();
    let hash = short_hex(&Sha256::digest(content));
    let name = path.with_extension(format!("{hash}.{extension}")).to_string_lossy().into_owned();
    write_compressed(pkg, &name, content)?;
    Ok(name)
}

/// Writes a file with its compressed forms.
fn write_compressed(pkg: &Path, name: &str, content: &[u8]) -> Result<()> {
    let target = pkg.join(name);
    if is_complete(pkg, name) && fs::read(&target).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    }
    fs::write(&target, content).with_context(|| format!("writing {}", target.display()))?;
    if is_compressible(name) {
        let mut brotli = CompressorWriter::new(Vec::new(), 64 * 1024, 11, 24);
        brotli.write_all(content).context("compressing")?;
        write_if_changed(&with_suffix(&target, "br"), &brotli.into_inner())?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content).context("compressing")?;
        write_if_changed(&with_suffix(&target, "gz"), &gzip.finish().context("compressing")?)?;
    }
    Ok(())
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
fn report<'a>(
    pkg: &Path,
    application: &'a Application,
    others: impl Iterator<Item = &'a String>,
    raw: usize,
    progress: &Progress,
) -> Result<()> {
    let size = |path: PathBuf| {
        fs::metadata(&path)
            .map(|file| file.len())
            .with_context(|| format!("looking at {}", path.display()))
    };
    let mut table = format!("      WASM as linked: {} kB\n", raw / 1000);
    let mut line = |name: &str| {
        let file = pkg.join(name);
        let sent = if is_compressible(name) {
            size(with_suffix(&file, "br"))?
        } else {
            size(file.clone())?
        };
        table +=
            &format!("      {name:<44} {:>6} kB, sent {:>4} kB\n", size(file)? / 1000, sent / 1000);
        anyhow::Ok(sent)
    };
    let mut every_page = 0;
    for name in [&application.js, &application.wasm, &application.split].into_iter().chain(others) {
        every_page += line(name)?;
    }
    let mut modules = BTreeMap::new();
    for name in application.parts.values().flatten() {
        if !modules.contains_key(name) {
            modules.insert(name, line(name)?);
        }
    }
    let mut totals = BTreeMap::new();
    for (part, names) in &application.parts {
        let further: u64 = names.iter().filter_map(|name| modules.get(name)).sum();
        let total = HTML + every_page + further;
        table += &format!(
            "      a first visit to {part}: {} kB in {} modules\n",
            total / 1000,
            names.len() + 1
        );
        totals.insert(part.as_str(), total);
    }
    table += &format!("      {BUDGETED_PART} may take {} kB", BUDGET / 1000);
    progress.print(&table);
    process::check_interrupted()?;
    let total = totals
        .get(BUDGETED_PART)
        .with_context(|| format!("the application has no part `{BUDGETED_PART}`"))?;
    ensure!(
        *total <= BUDGET,
        "a first visit to {BUDGETED_PART} loads {total} bytes; {BUDGET} are allowed"
    );
    Ok(())
}
