//! `partners cognito`: a user pool to keep accounts in.

use crate::command_line::answer;
use clap::Subcommand;
use partners_server::config::Config;
use partners_server::identity::{PoolRequest, aws_from_environment, init_pool};
use serde_json::json;

/// What can be done with a user pool.
#[derive(Subcommand)]
pub enum CognitoCommand {
    /// Make the user pool, attribute, groups and app client that are missing,
    /// and print the settings that name them
    Init {
        /// What a new pool and client are called
        #[arg(long, default_value = "partners")]
        name: String,
    },
}

/// Runs a command.
///
/// # Errors
/// Where Cognito does not do it.
pub async fn run(config: &Config, command: CognitoCommand, as_json: bool) -> anyhow::Result<()> {
    let CognitoCommand::Init { name } = command;
    let aws = aws_from_environment(config.cognito.user_pool_id.as_deref()).await;
    let request = PoolRequest {
        pool_id: config.cognito.user_pool_id.clone(),
        client_id: config.cognito.client_id.clone(),
        name,
    };
    let made = init_pool(&request, &aws).await?;
    if !as_json {
        tell(&made.created);
    }
    let (pool, client) = (&made.pool_id, &made.client_id);
    let words = format!("COGNITO_USER_POOL_ID={pool}\nCOGNITO_CLIENT_ID={client}");
    let created: Vec<_> = made.created.iter().map(ToString::to_string).collect();
    let value = json!({
        "COGNITO_USER_POOL_ID": pool,
        "COGNITO_CLIENT_ID": client,
        "created": created,
    });
    answer(as_json, words, &value);
    Ok(())
}

/// Says what was made, on standard error: standard output is for the settings.
#[expect(clippy::print_stderr, reason = "a command's words")]
fn tell(created: &[String]) {
    for thing in created {
        eprintln!("Made in Cognito: {thing}");
    }
}
