//! `partners api-client`: the programs that use the API.

use anyhow::Context;
use clap::Subcommand;
use partners_app::domain::{
    ApiClient, ApiClientForm, ApiClientId, CreatedApiClient, ManagementScope, OrganisationId,
    Timestamp,
};
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::config::Config;
use serde_json::{Value, json};

/// What can be done with API clients.
#[derive(Subcommand)]
pub(crate) enum ApiClientCommand {
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
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
    /// List all API clients, newest first
    List {
        /// Answer in JSON
        #[arg(long)]
        json: bool,
    },
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
#[expect(clippy::print_stdout, reason = "a command's answer")]
pub(crate) async fn run(config: &Config, command: ApiClientCommand) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let desk = installation.api_clients_desk();
    match command {
        ApiClientCommand::Create { name, scopes, organisation, expires_on, json } => {
            let form = form(name, scopes, organisation, expires_on);
            let created = desk.create_at_the_command_line(&form).await?;
            println!("{}", told(&created, json)?);
        }
        ApiClientCommand::List { json } => {
            let clients = desk.all().await?;
            if json {
                let all: Vec<Value> = clients.iter().map(described).collect();
                println!("{}", serde_json::to_string_pretty(&all)?);
            } else {
                let now = installation.clock.now();
                for client in &clients {
                    let state = client.state_at(now).label();
                    let scope = client.access.scope();
                    println!("{}  {state:<8} {}  ({scope})", client.id, client.name);
                }
            }
        }
        ApiClientCommand::Revoke { id } => {
            let client = desk.revoke_at_the_command_line(id).await?;
            let client = client.context("there is no API client with this ID")?;
            println!("{} is revoked.", client.name);
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

fn told(created: &CreatedApiClient, json: bool) -> anyhow::Result<String> {
    let secret = created.secret.as_deref().unwrap_or_default();
    if json {
        let mut answer = described(&created.client);
        answer["client_secret"] = secret.into();
        return Ok(serde_json::to_string_pretty(&answer)?);
    }
    Ok(format!(
        "{} can use the API.\n  Client ID                       {}\n  Client secret, shown this once  {secret}",
        created.client.name, created.client.id
    ))
}

fn described(client: &ApiClient) -> Value {
    let moment = |at: Option<Timestamp>| at.map(Timestamp::iso);
    json!({
        "client_id": client.id,
        "name": client.name,
        "scope": client.access.scope(),
        "partner_org": client.access.organisation(),
        "created": client.created_at.iso(),
        "created_by": client.created_by,
        "last_used": moment(client.last_used_at),
        "expires": moment(client.expires_at),
        "revoked": moment(client.revoked_at),
    })
}
