//! `partners api-client`: the programs that use the API.

use crate::command_line::{WrongInput, answer, table, told, with_installation};
use clap::Subcommand;
use partners_app::domain::api_client::field;
use partners_app::domain::{
    ApiClient, ApiClientForm, ApiClientId, CreatedApiClient, ManagementScope, OrganisationId,
    Timestamp,
};
use partners_app::error::PublicError;
use partners_server::app::Installation;
use partners_server::config::Config;
use serde_json::{Value, json};

/// What can be done with API clients.
#[derive(Subcommand)]
pub enum ApiClientCommand {
    /// Make an API client; its secret is shown this once
    Create {
        /// Which program it is
        name: String,
        /// What it may do: organisations:read, organisations:write, audit:read;
        /// all of them where none is named
        #[arg(long = "scope", value_name = "SCOPE", conflicts_with = "organisation")]
        scopes: Vec<String>,
        /// The Partner Organisation ID of the organisation whose client it is;
        /// it then sees what is that organisation's own
        #[arg(long, value_name = "ID")]
        organisation: Option<OrganisationId>,
        /// The last day it works on, such as 2027-12-31
        #[arg(long, value_name = "DAY")]
        expires_on: Option<String>,
    },
    /// List all API clients, newest first
    List,
    /// Take an API client's access away, at once and for good
    Revoke {
        /// Its client ID
        id: ApiClientId,
    },
}

/// Runs a command.
///
/// # Errors
/// Where something was typed wrong, or the database fails.
pub async fn run(config: &Config, command: ApiClientCommand, as_json: bool) -> anyhow::Result<()> {
    with_installation(config, async |installation| carry_out(installation, command, as_json).await)
        .await
}

async fn carry_out(
    installation: &Installation,
    command: ApiClientCommand,
    json: bool,
) -> anyhow::Result<()> {
    let desk = installation.api_clients_desk();
    let now = installation.clock.now();
    match command {
        ApiClientCommand::Create { name, scopes, organisation, expires_on } => {
            let form = form(name, scopes, organisation, expires_on);
            let created = desk.create_at_the_command_line(&form).await.map_err(in_arguments)?;
            let mut value = described(&created.client, now);
            value["client_secret"] = created.secret.as_deref().unwrap_or_default().into();
            answer(json, words(&created), &value);
        }
        ApiClientCommand::List => {
            let clients = desk.all().await?;
            let row = |client: &ApiClient| {
                [
                    client.id.to_string(),
                    client.state_at(now).label().to_owned(),
                    client.access.scope(),
                    client.name.to_string(),
                ]
            };
            let rows: Vec<_> = clients.iter().map(row).collect();
            let all: Vec<Value> = clients.iter().map(|client| described(client, now)).collect();
            answer(json, table(["CLIENT ID", "STATE", "SCOPE", "NAME"], &rows), &all.into());
        }
        ApiClientCommand::Revoke { id } => {
            let client = desk.revoke_at_the_command_line(id).await?;
            let client = client.ok_or_else(|| {
                WrongInput::argument("id", "ID", "There is no API client with this ID.")
            })?;
            answer(json, format!("{} is revoked.", client.name), &described(&client, now));
        }
    }
    Ok(())
}

fn form(
    name: String,
    scopes: Vec<String>,
    organisation: Option<OrganisationId>,
    expires_on: Option<String>,
) -> ApiClientForm {
    let all = || ManagementScope::ALL.map(|scope| scope.as_str().to_owned()).to_vec();
    ApiClientForm {
        name,
        access: if organisation.is_some() { "partner" } else { "management" }.to_owned(),
        scopes: if scopes.is_empty() { all() } else { scopes },
        organisation: organisation.map(|id| id.to_string()).unwrap_or_default(),
        expires_on: expires_on.unwrap_or_default(),
    }
}

/// What is wrong with a field, beside the argument that it came from.
fn in_arguments(error: anyhow::Error) -> anyhow::Error {
    let argument = |name: &str| match name {
        field::NAME => "NAME".to_owned(),
        field::SCOPES => "--scope".to_owned(),
        other => format!("--{}", other.replace('_', "-")),
    };
    error.downcast::<PublicError>().map_or_else(|error| error, |error| told(error, argument))
}

fn words(created: &CreatedApiClient) -> String {
    format!(
        "{} can use the API.\n  Client ID                       {}\n  Client secret, shown this once  {}",
        created.client.name,
        created.client.id,
        created.secret.as_deref().unwrap_or_default()
    )
}

fn described(client: &ApiClient, now: Timestamp) -> Value {
    let moment = |at: Option<Timestamp>| at.map(Timestamp::iso);
    json!({
        "client_id": client.id,
        "name": client.name,
        "state": client.state_at(now),
        "scope": client.access.scope(),
        "partner_org": client.access.organisation(),
        "created": client.created_at.iso(),
        "created_by": client.created_by,
        "last_used": moment(client.last_used_at),
        "expires": moment(client.expires_at),
        "revoked": moment(client.revoked_at),
    })
}
