//! Installs what is missing: Debian packages, npm packages, a Python environment.

use std::fs;
use std::io::{IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::process::{self, output};
use crate::steps::Progress;
use crate::workspace::Workspace;

/// Installs those Debian packages that are not installed yet.
///
/// # Errors
/// When the machine has no `apt-get`, when the right to install is missing, or
/// when `apt-get` fails.
pub fn debian(packages: &[&str], progress: &Progress) -> Result<()> {
    let missing: Vec<&str> =
        packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "these are needed, and only Debian's packages can be installed from here: {}",
            missing.join(", ")
        );
    }
    progress.print(&format!("      Installing {}", missing.join(", ")));

    static UPDATED: AtomicBool = AtomicBool::new(false);
    if !UPDATED.swap(true, Ordering::SeqCst) {
        progress.detail("apt-get update");
        apt(&["update"], progress)?;
    }
    progress.detail("apt-get install");
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(missing);
    apt(&arguments, progress)
}

/// Whether dpkg has the package: it notes the files of each in a list, which
/// ends in the architecture for packages that several may be installed of.
fn is_installed(package: &str) -> bool {
    let info = Path::new("/var/lib/dpkg/info");
    info.join(format!("{package}.list")).exists()
        || fs::read_dir(info).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with(&format!("{package}:")) && name.ends_with(".list")
            })
        })
}

fn apt(arguments: &[&str], progress: &Progress) -> Result<()> {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        // Without a terminal a question for the password would wait for ever.
        if !stdin().is_terminal() {
            sudo.arg("--non-interactive");
        }
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]).args(arguments);
    // Not in a process group of its own: sudo may ask for a password, and only
    // the terminal's foreground group may read the answer.
    let answer = command.stdin(Stdio::inherit()).output().context("starting apt-get")?;
    process::check_interrupted()?;
    if !answer.status.success() {
        progress.print(&String::from_utf8_lossy(&answer.stdout));
        progress.print(&String::from_utf8_lossy(&answer.stderr));
    }
    process::succeeded(&command, answer.status)
}

/// Installs the packages of `end2end/package-lock.json`, unless that is done.
///
/// # Errors
/// When npm is missing or fails.
pub fn npm(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let folder = workspace.end2end();
    let wanted = fingerprint(&[folder.join("package-lock.json")])?;
    let stamp = folder.join("node_modules/.installed");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    progress.detail("npm ci");
    process::run_watched(
        workspace
            .command("npm")
            .current_dir(&folder)
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        progress,
    )?;
    fs::write(stamp, wanted).context("noting what npm installed")
}

/// The `bin` folder of a Python environment with `end2end/requirements.txt`.
///
/// # Errors
/// When Python or pip fails.
pub fn python(workspace: &Workspace, progress: &Progress) -> Result<PathBuf> {
    let requirements = workspace.end2end().join("requirements.txt");
    let folder = workspace.cache.join(format!("python-{}", fingerprint(&[&requirements])?));
    let (programs, stamp) = (folder.join("bin"), folder.join(".installed"));
    if stamp.exists() {
        return Ok(programs);
    }
    progress.detail("making a Python environment");
    fs::create_dir_all(&workspace.cache).context("making the cache folder")?;
    // Debian's own Python: whichever comes first on PATH may lack `venv`.
    output(Command::new("/usr/bin/python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    progress.detail("pip install");
    output(
        Command::new(programs.join("pip"))
            .args(["install", "--quiet", "--no-input", "--requirement"])
            .arg(&requirements),
    )?;
    fs::write(stamp, "").context("noting what pip installed")?;
    Ok(programs)
}

/// Sixteen hexadecimal digits that change when one of the files does.
fn fingerprint(files: &[impl AsRef<Path>]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        let file = file.as_ref();
        hash.update(fs::read(file).with_context(|| format!("reading {}", file.display()))?);
    }
    Ok(short_hex(&hash.finalize()))
}

/// The first sixteen hexadecimal digits of a hash.
pub fn short_hex(hash: &[u8]) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
