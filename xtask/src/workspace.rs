//! Where things are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The folders this tool works in.
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Cargo's target folder, wherever the developer has put it.
    pub target: PathBuf,
    /// What outlives a `cargo clean`: `$XDG_CACHE_HOME/partners`.
    pub cache: PathBuf,
}

/// The part of `cargo metadata`'s answer that is needed here.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

impl Workspace {
    /// Finds the folders from the environment that `cargo` gives.
    ///
    /// # Errors
    /// When `cargo metadata` fails or neither `XDG_CACHE_HOME` nor `HOME` is set.
    pub fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in a folder of the workspace")?.to_owned();

        let answer = clean(Command::new("cargo").current_dir(&root))
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("running cargo metadata")?;
        if !answer.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&answer.stderr));
        }
        let metadata: Metadata =
            serde_json::from_slice(&answer.stdout).context("reading cargo metadata")?;

        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
            .context("neither XDG_CACHE_HOME nor HOME is set")?
            .join("partners");

        Ok(Self { root, target: metadata.target_directory, cache })
    }

    /// The finished front end, embedded by the server when it is compiled.
    /// Always below the workspace, wherever cargo's target folder is.
    pub fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// Where the services and servers of a test run write.
    pub fn logs(&self) -> PathBuf {
        self.root.join("target/test-logs")
    }

    /// The folder of the browser tests.
    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// A command in the workspace's root, free of the variables that the
    /// surrounding `cargo run` left.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        clean(command.current_dir(&self.root));
        command
    }

    /// `cargo` of the developer's own toolchain.
    pub fn cargo(&self) -> Command {
        self.command("cargo")
    }
}

/// Takes away what `cargo run` sets for the program it runs. Build scripts watch
/// some of these, and would run again whenever `cargo` is called without xtask.
pub fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let from_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        if from_cargo
            || matches!(
                name,
                "CARGO" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "LD_LIBRARY_PATH"
            )
        {
            command.env_remove(name);
        }
    }
    command
}
