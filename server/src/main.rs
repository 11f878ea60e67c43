//! `partners`: the command line.

mod admin_command;
mod api_client;
mod audit_command;
mod cognito_command;
mod command_line;
mod doctor_command;
mod file_command;
mod health_command;
mod maintenance_command;
mod organisation_command;
mod user_command;

use admin_command::AdminCommand;
use anyhow::ensure;
use api_client::ApiClientCommand;
use audit_command::AuditCommand;
use clap::{Parser, Subcommand};
use cognito_command::CognitoCommand;
use command_line::WrongInput;
use file_command::{Exported, ImportCommand};
use health_command::Health;
use maintenance_command::{BackUp, Restore};
use organisation_command::OrganisationCommand;
use partners_server::config::Config;
use partners_server::{observe, serve};
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;
use user_command::UserCommand;

/// Gives memory back, as `.cargo/config.toml` tells it to: the system's
/// allocator keeps the 19 MiB of each password's hash and what pages leave.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Manages the resellers of a subscription business.
#[derive(Parser)]
#[command(
    name = "partners",
    version,
    after_help = "A command ends with 0 where it did what was asked, with 1 where it did not, \
                  and with 2 where something that was given is wrong."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Answer in JSON; failures are JSON on standard error
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server
    Serve,
    /// Ask whether the server answers
    Health(Health),
    /// Manage admins
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Manage partner organisations
    #[command(subcommand)]
    Org(OrganisationCommand),
    /// Manage partner users
    #[command(subcommand)]
    User(UserCommand),
    /// Manage the programs that use the API
    #[command(subcommand)]
    ApiClient(ApiClientCommand),
    /// Check whether everything this installation stands on answers and fits
    Doctor,
    /// Bring the database's schema up to date
    Migrate,
    /// Copy SQLite's database to a file, while the server runs
    Backup(BackUp),
    /// Put such a file in the database's place, while the server is stopped
    Restore(Restore),
    /// Look at the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Import a CSV file
    #[command(subcommand)]
    Import(ImportCommand),
    /// Write everything to standard output, as CSV that can be imported
    #[command(subcommand)]
    Export(Exported),
    /// Prepare an AWS Cognito user pool
    #[command(subcommand)]
    Cognito(CognitoCommand),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command, json } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() && std::env::args_os().any(|it| it == "--json") => {
            return command_line::fail(&WrongInput::of_clap(&error).into(), true);
        }
        Err(error) => error.exit(),
    };
    match run(command, json).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => command_line::fail(&error, json),
    }
}

async fn run(command: Command, json: bool) -> anyhow::Result<()> {
    let config = Config::load()?;
    let traces = observe::start(&config, matches!(command, Command::Serve))?;
    match command {
        Command::Serve => {
            ensure!(
                partners_server::web::is_built(),
                "this binary was built without the browser's part; build it with `cargo xtask build`"
            );
            let served = serve::serve(&config, json).await;
            traces.flush().await;
            served
        }
        Command::Health(command) => health_command::run(&config, command, json).await,
        Command::Admin(command) => admin_command::run(&config, command, json).await,
        Command::Org(command) => organisation_command::run(&config, command, json).await,
        Command::User(command) => user_command::run(&config, command, json).await,
        Command::ApiClient(command) => api_client::run(&config, command, json).await,
        Command::Doctor => doctor_command::run(&config, json).await,
        Command::Migrate => maintenance_command::migrate(&config, json).await,
        Command::Backup(command) => maintenance_command::back_up(&config, command, json).await,
        Command::Restore(command) => maintenance_command::restore(&config, command, json).await,
        Command::Audit(command) => audit_command::run(&config, command, json).await,
        Command::Cognito(command) => cognito_command::run(&config, command, json).await,
        Command::Import(command) => file_command::import(&config, command, json).await,
        Command::Export(what) => file_command::export(&config, what, json).await,
    }
}
