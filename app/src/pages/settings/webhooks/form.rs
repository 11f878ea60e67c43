//! What is asked for about a webhook, when it is created and when it is edited.

use crate::components::field::Kind;
use crate::components::live::Erase;
use crate::components::{CheckList, FormState, RadioGroup, TextField, Typed};
use crate::domain::webhook::field;
use crate::domain::{FieldErrors, Webhook, WebhookEvent, WebhookEvents, WebhookForm};
use leptos::prelude::*;

const EVENTS: &[(&str, &str)] =
    &[("all", "All, also those that are added later"), ("chosen", "Some of them")];

/// What stands in the fields at first: what the webhook has, if there is one.
pub fn first_texts(webhook: Option<&Webhook>) -> [(&'static str, String); 4] {
    let text = |read: fn(&Webhook) -> String| webhook.map(read).unwrap_or_default();
    let events = |webhook: &Webhook| match webhook.events {
        WebhookEvents::All => "all".to_owned(),
        WebhookEvents::Chosen(_) => "chosen".to_owned(),
    };
    [
        (field::NAME, text(|webhook| webhook.name.to_string())),
        (field::URL, text(|webhook| webhook.url.to_string())),
        (field::EVENTS, text(events)),
        (field::EVENT_TYPES, text(|webhook| webhook.events.words().replace(' ', "\n"))),
    ]
}

/// What was typed. Whether the address may be reached is the server's to check.
pub fn check(typed: &Typed) -> FieldErrors {
    let text = |name| typed.get(name).to_owned();
    let form = WebhookForm {
        name: text(field::NAME),
        url: text(field::URL),
        events: text(field::EVENTS),
        event_types: typed.get(field::EVENT_TYPES).lines().map(str::to_owned).collect(),
    };
    form.parse().err().unwrap_or_default()
}

/// The fields.
#[component]
pub fn WebhookFields(
    /// The form that they belong to.
    form: FormState,
) -> impl IntoView {
    let events = form.text(field::EVENTS);
    // Without scripts the list is there, and is not looked at where all is chosen.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let is_not_some = move || alive.get() && events.with(|events| events != "chosen");
    let choices = WebhookEvent::ALL.map(|event| (event.to_string(), event.to_string()));
    view! {
        <TextField form name=field::NAME label="Name" help="Who receives the events." />
        <TextField
            form
            name=field::URL
            label="Address (URL)"
            help="Events are posted to it as JSON. It starts with https:// and is on the public internet."
            kind=Kind::Url
        />
        <RadioGroup form name=field::EVENTS label="Events" choices=EVENTS />
        <div hidden=is_not_some>
            <CheckList form name=field::EVENT_TYPES label="Which events" choices=choices.to_vec() />
        </div>
    }
    .erase()
}
