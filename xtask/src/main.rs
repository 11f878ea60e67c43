//! `cargo xtask`: builds, runs and tests Partners, and installs what is missing first.
//!
//! It is the project's only build tool. What it does by itself is little: it
//! finds or makes a WASM toolchain, turns the browser part into the folder
//! `target/site` that the server embeds, and starts the services that the tests
//! need. The rest is `cargo` and `npx playwright`.

mod packages;
mod process;
mod services;
mod site;
mod steps;
mod style;
mod tally;
mod testing;
mod toolchain;
mod workspace;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand, ValueEnum};

use crate::process::Running;
use crate::services::Zuora;
use crate::steps::Steps;
use crate::testing::{INSTALLATIONS, Plan};
use crate::workspace::Workspace;

/// Builds, runs and tests Partners. Missing tools are installed first.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the optimised browser part and the server
    Build,
    /// Build, then start the server on PORT (3000) with its data in DATA_DIR (./data)
    Run {
        /// Arguments for the server instead of `serve`, after `--`: `cargo xtask run -- doctor`
        #[arg(last = true)]
        server: Vec<String>,
    },
    /// Run every check and test: format, clippy, Rust tests, browser tests
    Test {
        /// Only a part of them
        part: Option<Part>,
        /// Browser tests on this installation only: sqlite, postgres, zuora, zuora-sqlite or cognito
        #[arg(long, value_name = "INSTALLATION")]
        only: Option<String>,
        /// Arguments for Playwright, after `--`
        #[arg(last = true)]
        playwright: Vec<String>,
    },
    /// Check the format, and run clippy on the server's and the browser's side
    Lint,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Unit, contract and HTTP tests
    Rust,
    /// Browser tests
    E2e,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match perform(&arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &Task) -> Result<()> {
    process::unwind_on_signals()?;
    let workspace = Workspace::find()?;
    match task {
        Task::Build => {
            let mut steps = Steps::new(site::BUILD_STEPS);
            site::build(&workspace, &mut steps, site::Server::Run)?;
            Ok(())
        }
        Task::Run { server } => {
            let mut steps = Steps::new(site::BUILD_STEPS);
            let binary = site::build(&workspace, &mut steps, site::Server::Run)?;
            let mut command = workspace.command(&binary);
            if !server.is_empty() {
                command.args(server);
            } else {
                command.arg("serve");
                if !zuora_is_configured(&workspace) {
                    return serve_with_stand_in(&workspace, &binary, &mut command);
                }
            }
            // From here on this process is the server: it gets the terminal,
            // the signals and the exit code.
            Err(command.exec()).with_context(|| format!("starting {}", binary.display()))
        }
        Task::Test { part, only, playwright } => {
            let installations = match part {
                Some(Part::Rust) => Vec::new(),
                _ => INSTALLATIONS
                    .iter()
                    .filter(|one| only.as_ref().is_none_or(|only| one.name == only))
                    .collect(),
            };
            ensure!(
                only.is_none() || !installations.is_empty(),
                "--only takes sqlite, postgres, zuora, zuora-sqlite or cognito, and goes with browser tests"
            );
            let plan = Plan {
                lint: part.is_none(),
                rust: *part != Some(Part::E2e),
                installations,
                playwright: playwright.clone(),
            };
            testing::test(&workspace, &plan)
        }
        Task::Lint => testing::lint(&workspace),
    }
}

/// Whether the server is told of a Zuora to use.
fn zuora_is_configured(workspace: &Workspace) -> bool {
    let file = env::var_os("PARTNERS_CONFIG")
        .map_or_else(|| workspace.root.join("partners.toml"), PathBuf::from);
    env::var_os("ZUORA_BASE_URL").is_some()
        || fs::read_to_string(file).is_ok_and(|text| text.contains("zuora_base_url"))
}

/// Runs the server beside a stand-in for Zuora, until either ends.
fn serve_with_stand_in(workspace: &Workspace, binary: &Path, server: &mut Command) -> Result<()> {
    let data = env::var_os("DATA_DIR").map_or_else(|| PathBuf::from("data"), PathBuf::from);
    fs::create_dir_all(&data).with_context(|| format!("making {}", data.display()))?;
    let file = data.join("zuora-sandbox.json");
    let zuora = Zuora::start(workspace, &binary.with_file_name("zuora-sandbox"), &file)?;
    server.envs(zuora.settings());
    let status = Running::start(server)?.wait();
    // Ctrl-C is how it is meant to end.
    if process::check_interrupted().is_err() {
        return Ok(());
    }
    process::succeeded(server, status?)
}
