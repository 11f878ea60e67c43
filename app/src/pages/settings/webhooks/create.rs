//! *Create webhook*, and its secret, shown once.

use super::super::SETTINGS;
use super::WEBHOOKS;
use super::form::{WebhookFields, check, first_texts};
use super::secret::secret;
use crate::api::webhooks::CreateWebhook;
use crate::components::live::{Erase, live};
use crate::components::{Crumb, ErrorSummary, FormNotice, FormState, PageFrame, SubmitButton};
use crate::domain::WebhookWithSecret;
use crate::flash::{creation_key, use_flash};
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS, WEBHOOKS];

/// The page.
#[component]
pub fn CreateWebhookPage() -> impl IntoView {
    let before = use_flash(CreateWebhook::PATH);
    let created = before.as_ref().and_then(|flash| flash.outcome::<WebhookWithSecret>()?.ok());
    let created = RwSignal::new(created);
    view! {
        <PageFrame way=WAY here=|| "Create webhook">
            <div class="narrow">
                {live(move || match created.get() {
                    Some(created) => is_created(created),
                    None => view! { <Fields created /> }.erase(),
                })}
            </div>
        </PageFrame>
    }
    .erase()
}

#[component]
fn Fields(created: RwSignal<Option<WebhookWithSecret>>) -> impl IntoView {
    let texts = first_texts(None);
    let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let form = FormState::new("", CreateWebhook::PATH, &texts, check);
    let key = creation_key(CreateWebhook::PATH);
    let submit = move |submit: SubmitEvent| {
        form.send::<CreateWebhook>(&submit, move |answer| {
            created.set(Some(answer));
            false
        });
    };
    let title = move || {
        if form.is_refused() { "Error: Create webhook" } else { "Create webhook" }.to_owned()
    };
    view! {
        <Title text=title />
        <div class="page-head"><h1>"Create webhook"</h1></div>
        <form
            class="form"
            method="post"
            action=CreateWebhook::PATH
            novalidate=true
            aria-label="Create webhook"
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=key.to_string() />
            <ErrorSummary form />
            <WebhookFields form />
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton label="Create webhook" busy_label="Creating webhook…" busy=form.busy() />
                <a class="button plain" href=paths::WEBHOOKS>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}

/// The webhook's secret. It is shown nowhere else once the page is left.
fn is_created(created: WebhookWithSecret) -> AnyView {
    let WebhookWithSecret { webhook, secret: shown } = created;
    let shown = match shown {
        Some(shown) => secret(shown),
        None => view! {
            <p>"This form has created the webhook before. Its secret was shown then and is not shown again; if it is lost, rotate it on the webhook’s page."</p>
        }
        .erase(),
    };
    view! {
        <Title text="Webhook created" />
        <div class="page-head"><h1 tabindex="-1">"Webhook created"</h1></div>
        <section class="card form" aria-label="Secret">
            <p>
                <bdi>{webhook.name.to_string()}</bdi>
                " is told of what happens from now on. Send it a test event from its page."
            </p>
            <h2>"Signing secret"</h2>
            {shown}
            <div class="actions">
                <a class="button primary" href=paths::webhook(webhook.id)>"Go on"</a>
            </div>
        </section>
    }
    .erase()
}
