//! *Revoke* asks first: which client, and what happens.

use crate::api::api_clients::RevokeApiClient;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{CancelButton, Dialog, FormNotice, FormState, SubmitButton};
use crate::domain::{ApiClient, ApiClientState, FieldErrors};
use crate::flash::use_flash;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

/// Which client is asked about, and whether the question is shown.
#[derive(Clone, Copy)]
pub struct Revoking {
    client: RwSignal<Option<ApiClient>>,
    open: RwSignal<bool>,
}

impl Revoking {
    /// As the page's address asks for it, or as a plain post left it that did
    /// not work.
    pub fn new(clients: &[(ApiClient, ApiClientState)]) -> Self {
        let flash = use_flash(RevokeApiClient::PATH);
        let asked = match &flash {
            Some(flash) if flash.outcome.is_ok() => None,
            Some(flash) => flash.field("id").map(str::to_owned),
            None => use_query_map().with_untracked(|query| query.get(paths::OPENS_REVOKE)),
        };
        let client = asked.and_then(|id| {
            let found = clients.iter().find(|(client, _)| client.id.to_string() == id);
            found
                .filter(|(_, state)| *state != ApiClientState::Revoked)
                .map(|(client, _)| client.clone())
        });
        Self { open: RwSignal::new(client.is_some()), client: RwSignal::new(client) }
    }

    /// Asks about a client.
    pub fn ask(self, client: ApiClient) {
        self.client.set(Some(client));
        self.open.set(true);
    }
}

/// The dialog.
#[component]
pub fn RevokeDialog(
    /// Which client it asks about.
    revoking: Revoking,
    /// Reads the table anew.
    reload: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("revoke-", RevokeApiClient::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let title = Signal::derive(move || {
        revoking.client.with(|client| {
            client
                .as_ref()
                .map_or_else(|| "Revoke".to_owned(), |one| format!("Revoke {}", one.name))
        })
    });
    let submit = move |submit: SubmitEvent| {
        form.send::<RevokeApiClient>(&submit, move |client| {
            messages.say(outcome::revoked(client.name.as_str()));
            revoking.open.set(false);
            reload.run(());
            true
        });
    };
    view! {
        <Dialog id="revoke-api-client" open=revoking.open title>
            {shown(move || revoking.client.get().map(|client| view! {
                <form method="post" action=RevokeApiClient::PATH on:submit=submit>
                    <input type="hidden" name="id" value=client.id.to_string() />
                    <div class="dialog-body">
                        <FormNotice form />
                        <p>
                            {client.name.to_string()}
                            " can no longer use the API: its next request is refused, and it gets no new token."
                        </p>
                        <p class="quiet">
                            "This cannot be undone. What it has done stays as it is; to let the program in again, create a new client."
                        </p>
                    </div>
                    <div class="dialog-foot">
                        <SubmitButton class="danger" label="Revoke" busy_label="Revoking…" busy=form.busy() />
                        <CancelButton open=revoking.open first=true />
                    </div>
                </form>
            }))}
        </Dialog>
    }
    .erase()
}
