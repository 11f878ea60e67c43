//! The table of webhooks.

use super::super::SETTINGS;
use crate::api::webhooks::ListWebhooks;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::stopped_webhooks::use_stopped_webhooks;
use crate::components::{Crumb, Empty, Failure, Icon, Moment, Notice, PageFrame, Tone};
use crate::domain::{Webhook, WebhookDisabled, WebhookEvents, WebhookState};
use crate::paths;
use leptos::prelude::*;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS];

/// The page.
#[component]
pub fn WebhooksPage() -> impl IntoView {
    let webhooks = load(|| ListWebhooks {});
    let reload = Callback::new(move |()| webhooks.refetch());
    let stopped = use_stopped_webhooks();
    Effect::new(move |_| {
        if let Some(Ok(webhooks)) = webhooks.get() {
            stopped.are(&webhooks);
        }
    });
    view! {
        <Title text="Webhooks" />
        <PageFrame way=WAY here=|| "Webhooks">
            <div class="page-head">
                <div>
                    <h1>"Webhooks"</h1>
                    <p class="lead">
                        "Addresses that are told of what happens here, signed as "
                        <a href="https://www.standardwebhooks.com" rel="external noreferrer">"Standard Webhooks"</a>
                        " describes it."
                    </p>
                </div>
                <a class="button primary" href=paths::CREATE_WEBHOOK>
                    <Icon name="plus" />
                    "Create webhook"
                </a>
            </div>
            <Transition>
                {shown(move || webhooks.get().map(|answer| match answer {
                    Ok(webhooks) if webhooks.is_empty() => empty(),
                    Ok(webhooks) => table(webhooks),
                    Err(error) => view! {
                        <Failure title="The webhooks could not be read" error retry=reload />
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
            title="No webhooks yet"
            text="A webhook tells a program of yours at once when a partner organisation or a partner user is created or changed, when an order is placed or refused, and when a subscription changes. Events are tried again for three days, so nothing is lost while the program is away."
        >
            <div class="actions">
                <a class="button" href=paths::CREATE_WEBHOOK>"Create the first webhook"</a>
            </div>
        </Empty>
    }
    .erase()
}

fn table(webhooks: Vec<Webhook>) -> AnyView {
    let given_up: Vec<_> = webhooks
        .iter()
        .filter(|one| one.has_stopped())
        .map(|one| {
            view! {
                <li>
                    <a href=paths::webhook(one.id)><bdi>{one.name.to_string()}</bdi></a>
                    ": "
                    {why(one)}
                </li>
            }
            .erase()
        })
        .collect();
    let notice = (!given_up.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Danger>
                <h2>"No longer told of anything"</h2>
                <ul>{given_up}</ul>
            </Notice>
        }
    });
    let rows = webhooks.into_iter().map(row).collect::<Vec<_>>();
    view! {
        {any(notice)}
        <div class="table-box">
            <table class="table webhooks-table">
                <caption class="hidden">"Webhooks, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Webhook"</th>
                        <th scope="col" class="col-events">"Events"</th>
                        <th scope="col" class="col-waiting number">"Waiting"</th>
                        <th scope="col" class="col-date">"Created"</th>
                        <th scope="col" class="col-state">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

/// Why a webhook was disabled that no admin has disabled.
fn why(webhook: &Webhook) -> &'static str {
    match webhook.disabled {
        Some((_, WebhookDisabled::Gone)) => "it answered that it is gone (410).",
        _ => "an event was not taken for three days.",
    }
}

fn row(webhook: Webhook) -> AnyView {
    let events = match &webhook.events {
        WebhookEvents::All => "All".to_owned(),
        WebhookEvents::Chosen(chosen) => match chosen.as_slice() {
            [one] => one.to_string(),
            several => format!("{} kinds", several.len()),
        },
    };
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <p><a class="row-link" href=paths::webhook(webhook.id)><bdi>{webhook.name.to_string()}</bdi></a></p>
                <p class="quiet mono small address">{webhook.url.to_string()}</p>
            </th>
            <td data-label="Events">{events}</td>
            <td data-label="Waiting" class="number">{webhook.waiting}</td>
            <td data-label="Created"><Moment at=webhook.created_at /></td>
            <td data-label="State">{state(&webhook)}</td>
        </tr>
    }
    .erase()
}

/// How a webhook stands: a dot with a word.
pub fn state(webhook: &Webhook) -> AnyView {
    let state = webhook.state();
    let word = match state {
        WebhookState::Active => "active",
        WebhookState::Failing => "failed",
        WebhookState::Disabled => "disabled",
    };
    view! { <span class="status" data-status=word>{state.label()}</span> }.erase()
}
