//! The table of API clients.

use super::super::SETTINGS;
use super::revoke::{RevokeDialog, Revoking};
use crate::api::api_clients::ListApiClients;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::{CopyId, Crumb, Empty, Failure, Icon, Moment, PageFrame};
use crate::domain::{ApiAccess, ApiClient, ApiClientState, OrganisationStanding, Timestamp};
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use std::time::Duration;

const WAY: &[Crumb] = &[SETTINGS];

/// The page.
#[component]
pub fn ApiClientsPage() -> impl IntoView {
    let clients = load(|| ListApiClients {});
    let reload = Callback::new(move |()| clients.refetch());
    view! {
        <Title text="API clients" />
        <PageFrame way=WAY here=|| "API clients">
            <div class="page-head">
                <div>
                    <h1>"API clients"</h1>
                    <p class="lead">
                        "Programs that use the API with credentials of their own. "
                        <a href=paths::API_DOCS rel="external">"What the API can do"</a>
                    </p>
                </div>
                <a class="button primary" href=paths::CREATE_API_CLIENT>
                    <Icon name="plus" />
                    "Create API client"
                </a>
            </div>
            <Transition>
                {shown(move || clients.get().map(|answer| match answer {
                    Ok(clients) if clients.is_empty() => empty(),
                    Ok(clients) => table(clients, reload),
                    Err(error) => view! {
                        <Failure title="The API clients could not be read" error retry=reload />
                    }.erase(),
                }))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

fn empty() -> AnyView {
    view! {
        <Empty
            first=true
            title="No API clients yet"
            text="A client lets a program of yours, or of one of your partners, do over the API what people do on these pages: create partner organisations, place orders, read the audit trail."
        >
            <div class="actions">
                <a class="button" href=paths::CREATE_API_CLIENT>"Create the first API client"</a>
            </div>
        </Empty>
    }
    .erase()
}

fn table(clients: Vec<(ApiClient, ApiClientState)>, reload: Callback<()>) -> AnyView {
    let revoking = Revoking::new(&clients);
    let rows =
        clients.into_iter().map(|(client, state)| row(client, state, revoking)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table api-clients-table">
                <caption class="hidden">"API clients, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="col-access">"Access"</th>
                        <th scope="col" class="col-date">"Last used"</th>
                        <th scope="col" class="col-date">"Expires"</th>
                        <th scope="col" class="col-state">"State"</th>
                        <th scope="col" class="col-revoke"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <RevokeDialog revoking reload />
    }
    .erase()
}

fn row(client: ApiClient, state: ApiClientState, revoking: Revoking) -> AnyView {
    let word = match state {
        ApiClientState::Active => "active",
        ApiClientState::Suspended | ApiClientState::Expired => "disabled",
        ApiClientState::Revoked => "failed",
    };
    let access = match &client.access {
        ApiAccess::Management(_) => view! { <p>{client.access.scope()}</p> }.erase(),
        ApiAccess::Partner(id) => {
            let organisation = match client.organisation.clone() {
                Some(own) if own.standing != OrganisationStanding::Deleted => {
                    view! { <a href=paths::organisation(*id)>{own.name}</a> }.erase()
                }
                own => {
                    let name = own.map_or_else(|| id.to_string(), |own| own.name);
                    view! { <bdi>{name}</bdi> }.erase()
                }
            };
            view! {
                <p>{organisation}</p>
                <p class="quiet">{client.access.scope()}</p>
            }
            .erase()
        }
    };
    let revoke = (state != ApiClientState::Revoked).then(|| revoke_button(&client, revoking));
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <p><bdi>{client.name.to_string()}</bdi></p>
                <CopyId label="Client ID" id=client.id.to_string() />
            </th>
            <td data-label="Access">{access}</td>
            <td data-label="Last used">{moment_or(client.last_used_at, "Never")}</td>
            <td data-label="Expires">{moment_or(client.expires_at.map(last_moment), "Never")}</td>
            <td data-label="State">
                <span class="status long" data-status=word>{state.label()}</span>
            </td>
            <td data-label="Actions">{any(revoke)}</td>
        </tr>
    }
    .erase()
}

/// The last moment before an end: its day is the last one a client works on.
fn last_moment(end: Timestamp) -> Timestamp {
    end.minus(Duration::from_millis(1))
}

fn moment_or(at: Option<Timestamp>, none: &'static str) -> AnyView {
    match at {
        Some(at) => view! { <Moment at /> }.erase(),
        None => view! { <span class="quiet">{none}</span> }.erase(),
    }
}

/// Asks first: without scripts on a page that has the dialog open.
fn revoke_button(client: &ApiClient, revoking: Revoking) -> AnyView {
    let label = format!("Revoke {}", client.name);
    let id = client.id.to_string();
    let asked = client.clone();
    let submit = move |submit: SubmitEvent| {
        submit.prevent_default();
        revoking.ask(asked.clone());
    };
    view! {
        <form action=paths::API_CLIENTS on:submit=submit>
            <button class="button small" name=paths::OPENS_REVOKE value=id aria-label=label>
                "Revoke"
            </button>
        </form>
    }
    .erase()
}
