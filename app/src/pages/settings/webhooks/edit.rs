//! *Edit webhook*

use super::super::SETTINGS;
use super::WEBHOOKS;
use super::form::{WebhookFields, check, first_texts};
use crate::api::webhooks::{GetWebhook, UpdateWebhook};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{
    Crumb, ErrorSummary, Failure, FormNotice, FormState, PageFrame, SubmitButton,
};
use crate::domain::Webhook;
use crate::domain::webhook::field;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

const WAY: &[Crumb] = &[SETTINGS, WEBHOOKS];
const TITLE: &str = "Edit webhook";

/// The page.
#[component]
pub fn EditWebhookPage() -> impl IntoView {
    // What is no ID at all is asked for as one that no webhook has.
    let id = use_params_map().with_untracked(|parameters| parameters.get("id")?.parse().ok());
    let webhook = load(move || GetWebhook { id: id.unwrap_or_default() });
    let retry = Callback::new(move |()| webhook.refetch());
    view! {
        <PageFrame way=WAY here=|| TITLE>
            <div class="narrow">
                <div class="page-head"><h1>{TITLE}</h1></div>
                <Suspense>
                    {shown(move || webhook.get().map(|answer| match answer {
                        Ok(webhook) => view! { <Form webhook /> }.erase(),
                        Err(error) => view! {
                            <Failure title="The webhook could not be read" error retry />
                        }.erase(),
                    }))}
                </Suspense>
            </div>
        </PageFrame>
    }
    .erase()
}

#[component]
fn Form(webhook: Webhook) -> impl IntoView {
    let texts = first_texts(Some(&webhook));
    let seen = webhook.seen();
    let mut texts: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    // A form that was refused comes back with what it had seen.
    texts.push((field::SEEN, &seen));
    let form = FormState::new("", UpdateWebhook::PATH, &texts, check);
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<UpdateWebhook>(&submit, move |webhook: Webhook| {
            messages.say(outcome::webhook_saved(webhook.name.as_str()));
            // Its page is on its way.
            false
        });
    };
    let title =
        move || if form.is_refused() { format!("Error: {TITLE}") } else { TITLE.to_owned() };
    let waits = webhook.waiting > 0;
    view! {
        <Title text=title />
        <form
            class="form"
            method="post"
            action=UpdateWebhook::PATH
            novalidate=true
            aria-label=TITLE
            on:submit=submit
        >
            <input type="hidden" name="id" value=webhook.id.to_string() />
            <input type="hidden" name=field::SEEN value=form.first(field::SEEN) />
            <ErrorSummary form />
            <WebhookFields form />
            {waits.then(|| view! {
                <p class="quiet">"What waits for the webhook is sent to the address given here."</p>
            })}
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton label="Save" busy_label="Saving…" busy=form.busy() />
                <a class="button plain" href=paths::webhook(webhook.id)>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}
