//! A compiler for the browser part, on any machine, and a standard library made
//! small for it.
//!
//! The ordinary way is the developer's own rustup toolchain with the sources of
//! std. Where they are not there and cannot be fetched (a closed network),
//! Debian's packages have a current compiler and the same sources. Either way
//! std is built once, into the cache folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustc_build_sysroot::{BuildMode, SysrootBuilder, SysrootConfig};
use rustc_version::VersionMeta;

use crate::packages;
use crate::process::{self, Running};
use crate::steps::Progress;
use crate::workspace::Workspace;

/// The browsers' target.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Forces one way: `rustup` or `debian`.
const CHOICE: &str = "PARTNERS_WASM_TOOLCHAIN";

/// How long `rustup component add` may take: 4 MB on a slow line, yet not for ever
/// where a firewall swallows what is sent.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(300);

/// Where Debian's `rust-web-src` puts the sources of std.
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

/// Begins the name of the folder of a std that we built; where the compiler comes
/// from and its version end it.
const SYSROOT_PREFIX: &str = "wasm-std-";

/// Debian's Rust in such a name.
const DEBIAN: &str = "debian";

/// Lets a stable compiler take unstable flags, as a build of std needs.
const UNSTABLE: &str = "RUSTC_BOOTSTRAP";

/// `/usr/bin/rust-lld` is a link to the linker of `lld-22`.
const DEBIAN_PACKAGES: [&str; 5] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// Makes what the browser loads smaller by a fifth: a panic ends the application
/// without a text about itself, and nothing carries the lines of our sources.
/// Nobody reads either in a browser, and the page works on without the
/// application.
const SMALL: [&str; 4] =
    ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"];

/// A toolchain that compiles for [`TARGET`].
pub struct Wasm {
    origin: Origin,
    /// The folder with our std: what `rustc --sysroot` gets.
    sysroot: PathBuf,
}

#[derive(Clone, Copy)]
enum Origin {
    /// The developer's own.
    Rustup,
    /// Debian's packages.
    Debian,
}

impl Wasm {
    /// Finds a toolchain, installing what is missing.
    ///
    /// # Errors
    /// When neither way works.
    pub fn ensure(workspace: &Workspace, progress: &Progress) -> Result<Self> {
        match env::var(CHOICE).as_deref() {
            Ok("rustup") => rustup(workspace, progress),
            Ok("debian") => debian(workspace, progress),
            Ok(other) => bail!("{CHOICE} is `rustup` or `debian`, not `{other}`"),
            // Once std has been built here, rustup is not asked again: where it
            // cannot reach its server, that may take minutes to show.
            Err(_) if rustup_sources(workspace).is_err() && debian_is_prepared(workspace) => {
                debian(workspace, progress)
            }
            Err(_) => rustup(workspace, progress).or_else(|reason| {
                process::check_interrupted()?;
                progress.print(&format!(
                    "      rustup has no sources of std here ({reason:#}); using Debian's Rust for the browser part"
                ));
                debian(workspace, progress)
            }),
        }
    }

    /// `cargo` of this toolchain.
    pub fn cargo(&self, workspace: &Workspace) -> Command {
        self.with_std(match self.origin {
            Origin::Rustup => workspace.cargo(),
            Origin::Debian => debian_command(workspace, "/usr/bin/cargo"),
        })
    }

    /// `cargo clippy` of this toolchain.
    ///
    /// # Errors
    /// When it is missing and cannot be installed.
    pub fn clippy(&self, workspace: &Workspace, progress: &Progress) -> Result<Command> {
        let mut command = match self.origin {
            Origin::Rustup => workspace.cargo(),
            Origin::Debian => {
                packages::debian(&["rust-web-clippy"], progress)?;
                // Called by its path: `cargo clippy` would find rustup's first.
                debian_command(workspace, "/usr/bin/cargo-clippy")
            }
        };
        command.arg("clippy");
        Ok(self.with_std(command))
    }

    /// Tells a program of the toolchain where our std is, and how it was built.
    fn with_std(&self, mut command: Command) -> Command {
        // This variable adds to the flags in `.cargo/config.toml`; the others
        // that cargo knows would replace them.
        command
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                format!("--sysroot={} {}", self.sysroot.display(), SMALL.join(" ")),
            )
            .env(UNSTABLE, "1");
        command
    }
}

fn rustup(workspace: &Workspace, progress: &Progress) -> Result<Wasm> {
    let sources = match rustup_sources(workspace) {
        Ok(sources) => sources,
        Err(_) => {
            fetch_sources(workspace, progress)?;
            rustup_sources(workspace)?
        }
    };
    let about = process::output(workspace.command("rustc").arg("-vV"))?;
    let sysroot = std_for_wasm(workspace, progress, "rustup", &about, workspace.cargo(), &sources)?;
    Ok(Wasm { origin: Origin::Rustup, sysroot })
}

/// Has rustup fetch the sources of std.
fn fetch_sources(workspace: &Workspace, progress: &Progress) -> Result<()> {
    progress.detail("rustup component add rust-src");
    let mut command = workspace.command("rustup");
    command
        .args(["component", "add", "rust-src"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut running = Running::start(&mut command)?;
    let deadline = Instant::now() + RUSTUP_PATIENCE;
    let status = loop {
        process::check_interrupted()?;
        if let Some(status) = running.ended() {
            break status;
        }
        if Instant::now() > deadline {
            bail!("`rustup component add rust-src` took too long");
        }
        thread::sleep(Duration::from_millis(100));
    };
    process::succeeded(&command, status)
}

/// Where rustup's toolchain has the sources of std.
fn rustup_sources(workspace: &Workspace) -> Result<PathBuf> {
    let sysroot = process::output(workspace.command("rustc").args(["--print", "sysroot"]))?;
    let sources = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    ensure!(sources.join("std").is_dir(), "{} is not there", sources.display());
    Ok(sources)
}

fn debian(workspace: &Workspace, progress: &Progress) -> Result<Wasm> {
    packages::debian(&DEBIAN_PACKAGES, progress)?;
    let about = process::output(debian_base(&mut workspace.command("/usr/bin/rustc")).arg("-vV"))?;
    let cargo = debian_command(workspace, "/usr/bin/cargo");
    let sources = Path::new(DEBIAN_SOURCES);
    let sysroot = std_for_wasm(workspace, progress, DEBIAN, &about, cargo, sources)?;
    Ok(Wasm { origin: Origin::Debian, sysroot })
}

/// Builds std from `sources`, unless that has been done. Returns its folder.
/// `about` is what `rustc -vV` says.
fn std_for_wasm(
    workspace: &Workspace,
    progress: &Progress,
    origin: &str,
    about: &str,
    mut cargo: Command,
    sources: &Path,
) -> Result<PathBuf> {
    let version: VersionMeta =
        rustc_version::version_meta_for(about).context("reading the version of rustc")?;
    let sysroot = workspace.cache.join(format!("{SYSROOT_PREFIX}{origin}-{}", version.semver));
    fs::create_dir_all(&sysroot).context("making the folder for std")?;
    ensure!(
        !sysroot.to_string_lossy().contains(char::is_whitespace),
        "cargo cannot be told of a folder with a space in its name: {}; set XDG_CACHE_HOME",
        sysroot.display()
    );
    cargo.env(UNSTABLE, "1").env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    SysrootBuilder::new(&sysroot, TARGET)
        .build_mode(BuildMode::Build)
        .sysroot_config(SysrootConfig::WithStd {
            std_features: vec!["optimize_for_size".to_owned()],
        })
        // Fat LTO needs std as bitcode.
        .rustflag("-Cembed-bitcode=yes")
        .rustflag("-Copt-level=z")
        .rustflags(SMALL)
        .rustc_version(version)
        .cargo(cargo)
        .when_build_required(|| progress.detail("building std, once"))
        .build_from_source(sources)
        .context("building std for WASM")?;
    Ok(sysroot)
}

/// Whether an earlier run has built a std for Debian's Rust.
fn debian_is_prepared(workspace: &Workspace) -> bool {
    let prefix = format!("{SYSROOT_PREFIX}{DEBIAN}-");
    fs::read_dir(&workspace.cache).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            entry.file_name().to_string_lossy().starts_with(&prefix)
                && entry.path().join("lib/rustlib").join(TARGET).join("lib").is_dir()
        })
    })
}

/// A program of Debian's Rust.
fn debian_command(workspace: &Workspace, program: &str) -> Command {
    let mut command = workspace.command(program);
    debian_base(&mut command);
    command
}

/// Keeps a program of Debian's away from rustup's toolchain, whose proxies have
/// put themselves into the environment.
fn debian_base(command: &mut Command) -> &mut Command {
    for name in ["RUSTUP_TOOLCHAIN", "RUSTDOC", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    command.env("CARGO", "/usr/bin/cargo").env("RUSTC", "/usr/bin/rustc")
}
