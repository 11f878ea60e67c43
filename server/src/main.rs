//! `partners`: the command line.

use anyhow::{Context, ensure};
use clap::{Args, Parser, Subcommand};
use partners_app::domain::{Email, PasswordPolicy, PersonName};
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::config::{Config, LogFormat};
use partners_server::{random, serve};
use secrecy::SecretString;
use std::io::Read;
use tracing_subscriber::EnvFilter;

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
    /// Check whether everything this installation stands on answers and fits
    Doctor,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make an admin; one who exists gets a new password
    Create(NewAdmin),
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
        Command::Doctor => doctor(&config).await,
    }
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,partners_server=info,partners_app=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
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
    PasswordPolicy::embedded().check(&password, email.as_str()).map_err(anyhow::Error::msg)?;
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
async fn doctor(config: &Config) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let mut problems = 0;
    for state in [installation.store.state().await, installation.identity.state().await] {
        match &state.problem {
            None => println!("ok       {} ({})", state.name, state.detail),
            Some(problem) => {
                problems += 1;
                println!("problem  {} ({}): {problem}", state.name, state.detail);
            }
        }
    }
    ensure!(problems == 0, "{problems} to mend");
    Ok(())
}
