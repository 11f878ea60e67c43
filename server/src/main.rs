//! `partners`: the command line.

mod api_client;
mod audit_command;
mod maintenance_command;

use anyhow::{Context, ensure};
use api_client::ApiClientCommand;
use audit_command::AuditCommand;
use clap::{Args, Parser, Subcommand};
use maintenance_command::{BackUp, Migrate, Restore};
use partners_app::domain::{Email, PersonName, ProviderKind};
use partners_server::app::{Installation, cognito_settings};
use partners_server::billing::Zuora;
use partners_server::clock::Clock;
use partners_server::config::{Config, LogFormat};
use partners_server::finding::Finding;
use partners_server::identity::{Cognito, PoolRequest, aws_from_environment, init_pool};
use partners_server::{random, serve};
use secrecy::SecretString;
use std::io::Read;
use tikv_jemallocator::Jemalloc;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Gives memory back, as `.cargo/config.toml` tells it to: the system's
/// allocator keeps the 19 MiB of each password's hash and what pages leave.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Libraries that write whole messages to their logs at the lower levels.
const TALKATIVE: [&str; 10] = [
    "aws_config",
    "aws_runtime",
    "aws_sdk_cognitoidentityprovider",
    "aws_sigv4",
    "aws_smithy_http",
    "aws_smithy_http_client",
    "aws_smithy_runtime",
    "aws_smithy_runtime_api",
    "lettre",
    "hyper",
];

/// Manages the resellers of a subscription business.
#[derive(Parser)]
#[command(name = "partners", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server
    Serve,
    /// Manage admins
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Manage the programs that use the API
    #[command(subcommand)]
    ApiClient(ApiClientCommand),
    /// Check whether everything this installation stands on answers and fits
    Doctor,
    /// Bring the database's schema up to date
    Migrate(Migrate),
    /// Copy SQLite's database to a file, while the server runs
    Backup(BackUp),
    /// Put such a file in the database's place, while the server is stopped
    Restore(Restore),
    /// Look at the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Prepare an AWS Cognito user pool
    #[command(subcommand)]
    Cognito(CognitoCommand),
}

#[derive(Subcommand)]
enum CognitoCommand {
    /// Make the user pool, attribute, groups and app client that are missing,
    /// and print the settings that name them
    Init {
        /// What a new pool and client are called
        #[arg(long, default_value = "partners")]
        name: String,
    },
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make an admin; one who exists gets a new password
    Create(NewAdmin),
    /// Take the authenticator app and the recovery codes off an account, for an
    /// admin who has lost both
    RemoveTwoStep {
        /// The email address they sign in with
        #[arg(long)]
        email: String,
    },
}

#[derive(Args)]
struct NewAdmin {
    /// The email address to sign in with
    #[arg(long)]
    email: String,
    /// The person's name
    #[arg(long, default_value = "Administrator")]
    name: String,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let config = Config::load()?;
    start_logging(config.log_format);
    match arguments.command {
        Command::Serve => {
            ensure!(
                partners_server::web::is_built(),
                "this binary was built without the browser's part; build it with `cargo xtask build`"
            );
            serve::serve(&config).await
        }
        Command::Admin(AdminCommand::Create(new)) => create_admin(&config, new).await,
        Command::Admin(AdminCommand::RemoveTwoStep { email }) => {
            remove_two_step(&config, &email).await
        }
        Command::ApiClient(command) => api_client::run(&config, command).await,
        Command::Doctor => doctor(&config).await,
        Command::Migrate(command) => maintenance_command::migrate(&config, command).await,
        Command::Backup(command) => maintenance_command::back_up(&config, command).await,
        Command::Restore(command) => maintenance_command::restore(&config, command).await,
        Command::Audit(command) => audit_command::run(&config, command).await,
        Command::Cognito(CognitoCommand::Init { name }) => cognito_init(&config, name).await,
    }
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,partners_server=info,partners_app=info"));
    // Whatever RUST_LOG asks for: below these levels libraries repeat whole
    // messages, with the passwords and tokens in them.
    let no_secrets = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_targets(TALKATIVE.map(|library| (library, LevelFilter::INFO)));
    let (text, json) = match format {
        LogFormat::Text => (Some(fmt::layer().with_writer(std::io::stderr)), None),
        LogFormat::Json => (None, Some(fmt::layer().json().with_writer(std::io::stderr))),
    };
    tracing_subscriber::registry().with(filter).with(no_secrets).with(text).with(json).init();
}

#[expect(clippy::print_stdout, reason = "a command's answer")]
async fn create_admin(config: &Config, new: NewAdmin) -> anyhow::Result<()> {
    let email = Email::parse(&new.email).map_err(anyhow::Error::msg)?;
    let name = PersonName::parse(&new.name).map_err(anyhow::Error::msg)?;
    let (password, is_ours) = if new.password_stdin {
        let mut typed = String::new();
        std::io::stdin().read_to_string(&mut typed).context("the password cannot be read")?;
        (typed.trim_end_matches(['\r', '\n']).to_owned(), false)
    } else {
        (format!("{}-A", random::temporary_password()), true)
    };
    let installation = Installation::open(config, Clock::default()).await?;
    installation
        .identity
        .create_admin(&email, &name, &SecretString::from(password.clone()))
        .await?;
    println!("{email} can sign in as an admin.");
    if is_ours {
        println!("Password, shown this once: {password}");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command's answer")]
async fn remove_two_step(config: &Config, email: &str) -> anyhow::Result<()> {
    let email = Email::parse(email).map_err(anyhow::Error::msg)?;
    let installation = Installation::open(config, Clock::default()).await?;
    let removed = installation.sign_in_desk().remove_two_step_at_the_command_line(&email).await?;
    ensure!(removed, "{email} has no account");
    println!("{email} signs in with the password alone, until two-step sign-in is set up again.");
    Ok(())
}

/// What was looked at and, where it does not hold, what to change.
fn line(finding: Finding) -> (String, Option<String>) {
    let change = (!finding.ok).then(|| finding.change.unwrap_or_default());
    (finding.check, change)
}

#[expect(clippy::print_stdout, reason = "a command's answer")]
async fn doctor(config: &Config) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let mut findings = Vec::new();
    for state in [installation.store.state().await, installation.identity.state().await] {
        findings.push((format!("{} answers ({})", state.name, state.detail), state.problem));
    }
    if config.identity == ProviderKind::Cognito {
        let cognito = Cognito::connect(cognito_settings(config)?).await?;
        findings.extend(cognito.doctor().await.into_iter().map(line));
    }
    if let Some(settings) = &config.zuora {
        findings.extend(
            Zuora::new(settings.clone())?
                .doctor(Clock::default().today())
                .await
                .into_iter()
                .map(line),
        );
    }
    for (check, change) in &findings {
        match change {
            None => println!("ok    {check}"),
            Some(change) => println!("MEND  {check}\n      {change}"),
        }
    }
    let problems = findings.iter().filter(|(_, change)| change.is_some()).count();
    ensure!(problems == 0, "{problems} of {} to mend", findings.len());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command's answer, to be read by scripts")]
async fn cognito_init(config: &Config, name: String) -> anyhow::Result<()> {
    let aws = aws_from_environment(config.cognito.user_pool_id.as_deref()).await;
    let request = PoolRequest {
        pool_id: config.cognito.user_pool_id.clone(),
        client_id: config.cognito.client_id.clone(),
        name,
    };
    let made = init_pool(&request, &aws).await?;
    for thing in &made.created {
        tracing::info!(created = %thing, "made in Cognito");
    }
    println!("COGNITO_USER_POOL_ID={}", made.pool_id);
    println!("COGNITO_CLIENT_ID={}", made.client_id);
    Ok(())
}
