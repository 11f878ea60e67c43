//! A webhook: how it stands, what can be done with it, and its log.

use super::super::SETTINGS;
use super::WEBHOOKS;
use super::deliveries::Deliveries;
use super::list::state;
use super::questions::{DeleteQuestion, RotateQuestion, is_asked, opening};
use super::secret::secret;
use crate::api::webhooks::{
    DeleteWebhook, GetWebhook, RotateWebhookSecret, SetWebhookEnabled, TestWebhook,
};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::stopped_webhooks::use_stopped_webhooks;
use crate::components::{
    Crumb, Failure, FormNotice, FormState, Notice, PageFrame, SubmitButton, Tone,
};
use crate::domain::delivery::PERSISTENCE;
use crate::domain::{
    Delivery, DeliveryState, FieldErrors, Webhook, WebhookDisabled, WebhookEvents, WebhookId,
    WebhookWithSecret,
};
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

const WAY: &[Crumb] = &[SETTINGS, WEBHOOKS];

/// The page.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let parameters = use_params_map();
    // What is no ID at all is asked for as one that no webhook has.
    let id = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("id")?.parse().ok());
        id.unwrap_or_default()
    });
    // On the server the page may be gone when this is asked for once more.
    let webhook = load(move || GetWebhook { id: id.try_get().unwrap_or_default() });
    let reload = Callback::new(move |()| webhook.refetch());
    // What was done with it on this page, which outlives a look at how it stands.
    let done = Done {
        rotated: RwSignal::new(
            use_flash(RotateWebhookSecret::PATH)
                .and_then(|flash| flash.outcome::<WebhookWithSecret>()?.ok()),
        ),
        tested: RwSignal::new(
            use_flash(TestWebhook::PATH).and_then(|flash| flash.outcome::<Delivery>()?.ok()),
        ),
        looks: RwSignal::new(0),
    };
    // The router keeps the page where only the webhook is another.
    Effect::new(move |before: Option<WebhookId>| {
        let id = id.get();
        if before.is_some_and(|before| before != id) {
            done.rotated.set(None);
            done.tested.set(None);
        }
        id
    });
    let name = move || webhook.get()?.ok().map(|webhook| webhook.name.to_string());
    let here = move || view! { <Transition><bdi>{name}</bdi></Transition> };
    view! {
        <PageFrame way=WAY here>
            <Transition>
                {shown(move || webhook.get().map(|answer| match answer {
                    Ok(webhook) => view! { <Content webhook done reload /> }.erase(),
                    Err(error) => view! {
                        <Failure title="The webhook could not be read" error retry=reload />
                    }.erase(),
                }))}
            </Transition>
            <Deliveries id looks=done.looks reload />
        </PageFrame>
    }
    .erase()
}

/// What was done on this page.
#[derive(Clone, Copy)]
struct Done {
    rotated: RwSignal<Option<WebhookWithSecret>>,
    tested: RwSignal<Option<Delivery>>,
    /// Raised to have the log read anew.
    looks: RwSignal<u32>,
}

#[component]
fn Content(webhook: Webhook, done: Done, reload: Callback<()>) -> impl IntoView {
    let rotating = RwSignal::new(is_asked(RotateWebhookSecret::PATH, paths::OPENS_ROTATE));
    let deleting = RwSignal::new(is_asked(DeleteWebhook::PATH, paths::OPENS_DELETE_WEBHOOK));
    let again = Callback::new(move |()| {
        done.looks.update(|looks| *looks += 1);
        reload.run(());
    });
    let enabled = webhook.disabled.is_none();
    let test = enabled.then(|| view! { <Test id=webhook.id done again /> });
    let disable = enabled.then(|| view! { <Switch id=webhook.id enable=false again /> });
    view! {
        <Title text=webhook.name.to_string() />
        <div class="page-head">
            <div>
                <h1><bdi>{webhook.name.to_string()}</bdi></h1>
                <p class="lead">{state(&webhook)}</p>
            </div>
            <div class="actions">
                {any(test)}
                <a class="button" href=paths::edit_webhook(webhook.id)>"Edit"</a>
                {any(disable)}
            </div>
        </div>
        {notice(&webhook, again)}
        {shown(move || done.tested.get().map(tested))}
        {shown(move || done.rotated.get().and_then(|rotated| rotated.secret).map(|new| view! {
            <section class="card form" aria-label="New secret">
                <h2>"New signing secret"</h2>
                {secret(new)}
            </section>
        }))}
        {facts(&webhook, rotating)}
        <RotateQuestion webhook=webhook.clone() open=rotating rotated=done.rotated />
        <div class="delete-line">{opening(&webhook, paths::OPENS_DELETE_WEBHOOK, "Delete webhook", deleting)}</div>
        <DeleteQuestion webhook open=deleting />
    }
    .erase()
}

/// What is wrong, and what becomes of the events meanwhile.
fn notice(webhook: &Webhook, again: Callback<()>) -> AnyView {
    let (id, waits) = (webhook.id, waiting(webhook.waiting));
    if let Some((since, why)) = webhook.disabled {
        let (tone, title) = match why {
            WebhookDisabled::Admin => (Tone::Warning, format!("Disabled since {}", since.minute())),
            WebhookDisabled::Failing => (
                Tone::Danger,
                format!("Disabled since {}: an event was not taken for three days", since.minute()),
            ),
            WebhookDisabled::Gone => (
                Tone::Danger,
                format!("Disabled since {}: it answered that it is gone (410)", since.minute()),
            ),
        };
        return view! {
            <Notice tone>
                <h2>{title}" (UTC)"</h2>
                <p>
                    "Nothing is sent. Events are kept for 30 days, and are sent in their order once you enable it"
                    {waits}
                    "."
                </p>
                <Switch id enable=true again />
            </Notice>
        }
        .erase();
    }
    let Some(since) = webhook.failing_since else { return ().into_any() };
    view! {
        <Notice tone=Tone::Warning>
            <h2>{format!("Has not taken an event since {} (UTC)", since.minute())}</h2>
            <p>
                "It is tried again, at longer and longer intervals. If it is not taken by "
                {since.plus(PERSISTENCE).minute()}
                " (UTC), the webhook is disabled. Later events of the same partner organisation wait until then, or until you skip it in the log below"
                {waits}
                "."
            </p>
        </Notice>
    }
    .erase()
}

fn waiting(count: i64) -> String {
    match count {
        0 => "; none waits at present".to_owned(),
        1 => "; one waits".to_owned(),
        count => format!("; {count} wait"),
    }
}

fn facts(webhook: &Webhook, rotating: RwSignal<bool>) -> AnyView {
    let events = match &webhook.events {
        WebhookEvents::All => view! { "All, also those that are added later" }.into_any(),
        WebhookEvents::Chosen(chosen) => {
            let items = chosen.iter().map(|event| view! { <li>{event.as_str()}</li> }.erase());
            view! { <ul class="plain-list mono small">{items.collect::<Vec<_>>()}</ul> }.erase()
        }
    };
    let signed = match webhook.old_secret_until {
        Some(until) => format!(
            "Events are signed with the new secret, and until {} (UTC) with the one before, too.",
            until.minute()
        ),
        None => "Shown once. Rotate it where it is lost, or known to somebody else.".to_owned(),
    };
    view! {
        <dl class="facts">
            <div>
                <dt>"Address"</dt>
                <dd class="mono">{webhook.url.to_string()}</dd>
            </div>
            <div>
                <dt>"Events"</dt>
                <dd>{events}</dd>
            </div>
            <div>
                <dt>"Signing secret"</dt>
                <dd>
                    {opening(webhook, paths::OPENS_ROTATE, "Rotate secret", rotating)}
                    <p class="reason">{signed}</p>
                </dd>
            </div>
            <div>
                <dt>"Created"</dt>
                <dd>
                    {webhook.created_at.short()}
                    " by "
                    <bdi>{webhook.created_by.clone()}</bdi>
                </dd>
            </div>
        </dl>
    }
    .erase()
}

/// *Send test event*
#[component]
fn Test(id: WebhookId, done: Done, again: Callback<()>) -> impl IntoView {
    let form = FormState::new("test-", TestWebhook::PATH, &[], |_| FieldErrors::new());
    let submit = move |submit: SubmitEvent| {
        form.send::<TestWebhook>(&submit, move |delivery| {
            done.tested.set(Some(delivery));
            again.run(());
            true
        });
    };
    view! {
        <form method="post" action=TestWebhook::PATH on:submit=submit>
            <input type="hidden" name="id" value=id.to_string() />
            <SubmitButton
                class=""
                label="Send test event"
                busy_label="Waiting for the answer…"
                busy=form.busy()
            />
            <FormNotice form />
        </form>
    }
    .erase()
}

/// What came of a test.
fn tested(delivery: Delivery) -> AnyView {
    let status = delivery.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let (tone, title) = match delivery.state {
        DeliveryState::Delivered => (Tone::Success, format!("The test event was taken{status}")),
        DeliveryState::Failed => (Tone::Danger, format!("The test event was not taken{status}")),
        DeliveryState::Waiting => (
            Tone::Information,
            "The test event is still on its way; the log will say more".to_owned(),
        ),
    };
    let answer = delivery.answer.filter(|answer| !answer.is_empty());
    view! {
        <Notice tone urgent=true>
            <p><strong>{title}</strong></p>
            {any(answer.map(|answer| view! { <p class="answer">{answer}</p> }))}
        </Notice>
    }
    .erase()
}

/// *Disable* or *Enable*
#[component]
fn Switch(id: WebhookId, enable: bool, again: Callback<()>) -> impl IntoView {
    let form = FormState::new("switch-", SetWebhookEnabled::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let stopped = use_stopped_webhooks();
    let submit = move |submit: SubmitEvent| {
        form.send::<SetWebhookEnabled>(&submit, move |webhook: Webhook| {
            stopped.look_again();
            messages.say(outcome::webhook_enabled(webhook.disabled.is_none()));
            again.run(());
            true
        });
    };
    let (label, busy) =
        if enable { ("Enable", "Enabling…") } else { ("Disable", "Disabling…") };
    view! {
        <form method="post" action=SetWebhookEnabled::PATH on:submit=submit>
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="enabled" value=enable.to_string() />
            <FormNotice form />
            <SubmitButton class="" label busy_label=busy busy=form.busy() />
        </form>
    }
    .erase()
}
