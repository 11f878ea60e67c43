//! A compiler for the browser part, on any machine.
//!
//! The ordinary way is the developer's own rustup toolchain with the target
//! `wasm32-unknown-unknown`. Where neither is there nor can be fetched (a closed
//! network), Debian's packages have a current compiler and the sources of std;
//! std for WASM is then built once, into the cache folder.

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

/// How long `rustup target add` may take: 25 MB on a slow line, yet not for ever
/// where a firewall swallows what is sent.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(300);

/// Where Debian's `rust-web-src` puts the sources of std.
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

/// Begins the name of the folder of a std that we built; rustc's version ends it.
const SYSROOT_PREFIX: &str = "wasm-sysroot-";

/// `/usr/bin/rust-lld` is a link to the linker of `lld-22`.
const DEBIAN_PACKAGES: [&str; 5] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// A toolchain that compiles for [`TARGET`].
pub enum Wasm {
    /// The developer's own.
    Rustup,
    /// Debian's, with std in a folder of ours.
    Debian {
        /// What `rustc --sysroot` gets.
        sysroot: PathBuf,
    },
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
            Err(_) if !rustup_has_target(workspace) && debian_is_prepared(workspace) => {
                debian(workspace, progress)
            }
            Err(_) => rustup(workspace, progress).or_else(|reason| {
                process::check_interrupted()?;
                progress.print(&format!(
                    "      rustup has no {TARGET} here ({reason:#}); using Debian's Rust for the browser part"
                ));
                debian(workspace, progress)
            }),
        }
    }

    /// `cargo` of this toolchain.
    pub fn cargo(&self, workspace: &Workspace) -> Command {
        match self {
            Self::Rustup => workspace.cargo(),
            Self::Debian { sysroot } => debian_command(workspace, "/usr/bin/cargo", sysroot),
        }
    }

    /// `cargo clippy` of this toolchain.
    ///
    /// # Errors
    /// When it is missing and cannot be installed.
    pub fn clippy(&self, workspace: &Workspace, progress: &Progress) -> Result<Command> {
        match self {
            Self::Rustup => {
                let mut command = workspace.cargo();
                command.arg("clippy");
                Ok(command)
            }
            Self::Debian { sysroot } => {
                packages::debian(&["rust-web-clippy"], progress)?;
                // Called by its path: `cargo clippy` would find rustup's first.
                let mut command = debian_command(workspace, "/usr/bin/cargo-clippy", sysroot);
                command.arg("clippy");
                Ok(command)
            }
        }
    }
}

fn rustup(workspace: &Workspace, progress: &Progress) -> Result<Wasm> {
    if rustup_has_target(workspace) {
        return Ok(Wasm::Rustup);
    }
    progress.detail("rustup target add");
    let mut command = workspace.command("rustup");
    command
        .args(["target", "add", TARGET])
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
            bail!("`rustup target add` took too long");
        }
        thread::sleep(Duration::from_millis(100));
    };
    process::succeeded(&command, status)?;
    if !rustup_has_target(workspace) {
        bail!("`rustup target add` did not bring it");
    }
    Ok(Wasm::Rustup)
}

fn rustup_has_target(workspace: &Workspace) -> bool {
    process::output(workspace.command("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        TARGET,
    ]))
    .is_ok_and(|folder| has_std(Path::new(&folder)))
}

fn has_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn debian(workspace: &Workspace, progress: &Progress) -> Result<Wasm> {
    packages::debian(&DEBIAN_PACKAGES, progress)?;

    let about = process::output(debian_base(&mut workspace.command("/usr/bin/rustc")).arg("-vV"))?;
    let version: VersionMeta =
        rustc_version::version_meta_for(&about).context("reading the version of Debian's rustc")?;
    let sysroot = workspace.cache.join(format!("{SYSROOT_PREFIX}{}", version.semver));
    fs::create_dir_all(&sysroot).context("making the folder for std")?;
    ensure!(
        !sysroot.to_string_lossy().contains(char::is_whitespace),
        "cargo cannot be told of a folder with a space in its name: {}; set XDG_CACHE_HOME",
        sysroot.display()
    );

    let mut cargo = workspace.command("/usr/bin/cargo");
    debian_base(&mut cargo)
        // std uses unstable features, and its build is one.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    SysrootBuilder::new(&sysroot, TARGET)
        .build_mode(BuildMode::Build)
        .sysroot_config(SysrootConfig::WithStd { std_features: Vec::new() })
        // Fat LTO needs std as bitcode.
        .rustflag("-Cembed-bitcode=yes")
        .rustc_version(version)
        .cargo(cargo)
        .when_build_required(|| progress.detail("building std, once"))
        .build_from_source(Path::new(DEBIAN_SOURCES))
        .context("building std for WASM")?;
    Ok(Wasm::Debian { sysroot })
}

/// Whether an earlier run has built a std for Debian's Rust.
fn debian_is_prepared(workspace: &Workspace) -> bool {
    fs::read_dir(&workspace.cache).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            entry.file_name().to_string_lossy().starts_with(SYSROOT_PREFIX)
                && has_std(&entry.path().join("lib/rustlib").join(TARGET).join("lib"))
        })
    })
}

/// A program of Debian's Rust, told where our std is.
fn debian_command(workspace: &Workspace, program: &str, sysroot: &Path) -> Command {
    let mut command = workspace.command(program);
    // This variable adds to the flags in `.cargo/config.toml`; the others that
    // cargo knows would replace them.
    debian_base(&mut command).env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        format!("--sysroot={}", sysroot.display()),
    );
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
