//! *Rotate secret* and *Delete* ask first, and say what happens.

use crate::api::webhooks::{DeleteWebhook, RotateWebhookSecret};
use crate::components::live::Erase;
use crate::components::messages::use_messages;
use crate::components::{
    CancelButton, Dialog, ErrorSummary, FormNotice, FormState, SubmitButton, TextField, Typed,
};
use crate::domain::fields::{CONFIRMATION, confirmed};
use crate::domain::{FieldErrors, Timestamp, Webhook, WebhookWithSecret};
use crate::flash::use_flash;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

/// Whether a question is open: as the page's address asks for it, or as a plain
/// post left it that did not work.
pub fn is_asked(action: &str, parameter: &str) -> bool {
    match use_flash(action) {
        Some(flash) => flash.outcome.is_err(),
        None => use_query_map().with_untracked(|query| query.get(parameter).is_some()),
    }
}

/// The button that opens a question: without scripts on a page that has it open.
pub fn opening(
    webhook: &Webhook,
    parameter: &'static str,
    label: &'static str,
    open: RwSignal<bool>,
) -> AnyView {
    let submit = move |submit: SubmitEvent| {
        submit.prevent_default();
        open.set(true);
    };
    view! {
        <form action=paths::webhook(webhook.id) on:submit=submit>
            <button class="button" name=parameter value="1">{label}</button>
        </form>
    }
    .erase()
}

/// Whether to rotate the secret.
#[component]
pub fn RotateQuestion(
    /// Of which webhook.
    webhook: Webhook,
    /// Whether it is asked.
    open: RwSignal<bool>,
    /// Where the answer goes, with the new secret.
    rotated: RwSignal<Option<WebhookWithSecret>>,
) -> impl IntoView {
    let form = FormState::new("rotate-", RotateWebhookSecret::PATH, &[], |_| FieldErrors::new());
    let submit = move |submit: SubmitEvent| {
        form.send::<RotateWebhookSecret>(&submit, move |answer| {
            open.set(false);
            rotated.set(Some(answer));
            true
        });
    };
    let title = format!("Rotate the secret of {}", webhook.name);
    let seen = webhook.old_secret_until.map_or(0, Timestamp::millis);
    view! {
        <Dialog id="rotate-secret" open title>
            <form method="post" action=RotateWebhookSecret::PATH on:submit=submit>
                <input type="hidden" name="id" value=webhook.id.to_string() />
                <input type="hidden" name="seen" value=seen.to_string() />
                <div class="dialog-body">
                    <FormNotice form />
                    <p>"The webhook gets a new secret, which is shown once."</p>
                    <p class="quiet">
                        "For 24 hours events are signed with the new secret and with the present one, so that nothing has to stand still while it is changed over there. A secret from an earlier rotation stops working at once."
                    </p>
                </div>
                <div class="dialog-foot">
                    <SubmitButton label="Rotate secret" busy_label="Rotating secret…" busy=form.busy() />
                    <CancelButton open />
                </div>
            </form>
        </Dialog>
    }
    .erase()
}

/// Whether to delete it.
#[component]
pub fn DeleteQuestion(
    /// Which webhook.
    webhook: Webhook,
    /// Whether it is asked.
    open: RwSignal<bool>,
) -> impl IntoView {
    let name = webhook.name.to_string();
    let check = {
        let name = name.clone();
        move |typed: &Typed| confirmed(typed.get(CONFIRMATION), &name).err().unwrap_or_default()
    };
    let form = FormState::new("delete-", DeleteWebhook::PATH, &[(CONFIRMATION, "")], check);
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<DeleteWebhook>(&submit, move |name: String| {
            messages.say(outcome::webhook_deleted(&name));
            false
        });
    };
    let title = format!("Delete {name}");
    view! {
        <Dialog id="delete-webhook" open title>
            <form method="post" action=DeleteWebhook::PATH novalidate=true on:submit=submit>
                <input type="hidden" name="id" value=webhook.id.to_string() />
                <div class="dialog-body">
                    <ErrorSummary form />
                    <FormNotice form />
                    <p>
                        <bdi>{name.clone()}</bdi>
                        " is told of nothing any more. What waits for it is dropped, and so is the log."
                    </p>
                    <p class="quiet">
                        "This cannot be undone. To stop for a while, disable it instead: what waits is kept then."
                    </p>
                    <p>"To confirm, type "<strong><bdi>{name}</bdi></strong>"."</p>
                    <TextField form name=CONFIRMATION label="Name" />
                </div>
                <div class="dialog-foot">
                    <SubmitButton class="danger" label="Delete" busy_label="Deleting…" busy=form.busy() />
                    <CancelButton open />
                </div>
            </form>
        </Dialog>
    }
    .erase()
}
