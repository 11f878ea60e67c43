//! The log of a webhook: what was sent, what came back, and sending it again.

use crate::api::webhooks::{ListDeliveries, ReplayDeliveries, ReplayDelivery, SkipDelivery};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::progress::use_fetching;
use crate::components::{
    DateField, Empty, ErrorSummary, Failure, FormNotice, FormState, Icon, ListSkeleton, Pagination,
    RadioGroup, SubmitButton, Typed,
};
use crate::domain::delivery::{SHOWN, field};
use crate::domain::{
    Delivery, DeliveryFilter, DeliveryPage, DeliveryQuery, DeliveryState, FieldErrors, ReplayForm,
    WebhookId,
};
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::{use_location, use_query_map};

const WHICH: &[(&str, &str)] =
    &[("failing", "Those that were not taken"), ("all", "All, also those that were taken")];

/// The section.
#[component]
pub fn Deliveries(
    /// Of which webhook.
    id: Memo<WebhookId>,
    /// Read anew whenever this changes.
    looks: RwSignal<u32>,
    /// Reads the webhook anew.
    reload: Callback<()>,
) -> impl IntoView {
    let parameters = use_query_map();
    let here = use_location().pathname;
    let query = of_address(move |before: Option<&DeliveryQuery>| {
        // On the server the page may be gone when this is asked for once more.
        let id = id.try_get().unwrap_or_default();
        match before {
            // While another page is on its way it stays what it is.
            Some(before) if here.with(|here| *here != paths::webhook(id)) => before.clone(),
            _ => parameters
                .with(|parameters| DeliveryQuery::from_parameters(id, |name| parameters.get(name))),
        }
    });
    let page = load(move || ListDeliveries { query: query.try_get().unwrap_or_default() });
    let again = Callback::new(move |()| {
        page.refetch();
        reload.run(());
    });
    Effect::new(move |before: Option<u32>| {
        let looks = looks.get();
        if before.is_some_and(|before| before != looks) {
            page.refetch();
        }
        looks
    });
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <section class="deliveries" aria-labelledby="deliveries-title">
            <div class="page-head">
                <h2 id="deliveries-title">"Deliveries"</h2>
                <p class="quiet">"Kept for 30 days."</p>
            </div>
            {shown(move || query.try_with(narrowing))}
            <Transition
                fallback=|| view! { <ListSkeleton label="Loading deliveries" columns=4 /> }
                set_pending=use_fetching()
            >
                {shown(move || page.get().and_then(|answer| match answer {
                    Ok(page) => query.try_with_untracked(|query| loaded(query, page, again)),
                    Err(error) => Some(view! {
                        <Failure title="The deliveries could not be read" error retry nested=true />
                    }
                    .erase()),
                }))}
            </Transition>
            {shown(move || id.try_get().map(|id| view! { <SendAgain id again /> }.erase()))}
        </section>
    }
    .erase()
}

/// The address of the log in a state.
fn path_of(query: &DeliveryQuery) -> String {
    let path = paths::webhook(query.webhook);
    match query.filter {
        None => path,
        Some(filter) => format!("{path}?{SHOWN}={}", filter.as_str()),
    }
}

/// The form that narrows the log. It is sent as any form for an address is,
/// with scripts and without.
fn narrowing(query: &DeliveryQuery) -> AnyView {
    let any_state = std::iter::once(("", "Any"))
        .chain(DeliveryFilter::ALL.map(|filter| (filter.as_str(), filter.label())));
    let chosen = query.filter.map(DeliveryFilter::as_str).unwrap_or_default();
    let states = any_state
        .map(|(value, label)| {
            view! { <option value=value selected=chosen == value>{label}</option> }.erase()
        })
        .collect::<Vec<_>>();
    let clear = query.filter.map(|_| {
        view! { <a class="button plain" href=paths::webhook(query.webhook)>"Clear"</a> }
    });
    view! {
        <form class="toolbar" method="get" action=paths::webhook(query.webhook) role="search" aria-label="Deliveries">
            <div class="filter">
                <label for="delivery-state">"State"</label>
                <span class="select">
                    <select id="delivery-state" name=SHOWN>{states}</select>
                    <Icon name="chevrons-up-down" />
                </span>
            </div>
            <div class="actions">
                <button class="button">"Filter"</button>
                {any(clear)}
            </div>
        </form>
    }
    .erase()
}

fn loaded(query: &DeliveryQuery, page: DeliveryPage, again: Callback<()>) -> AnyView {
    if page.rows.is_empty() && query.filter.is_some() {
        let all = paths::webhook(query.webhook);
        return view! {
            <Empty nested=true title="Nothing matches" text="No delivery is in this state.">
                <div class="actions">
                    <a class="button" href=all>"Clear"</a>
                </div>
            </Empty>
        }
        .erase();
    }
    if page.rows.is_empty() {
        return view! {
            <Empty
                nested=true
                title="Nothing was sent yet"
                text="Each event will be listed here, with what the address answered. Send a test event to see whether it arrives."
            >
                <div class="actions"></div>
            </Empty>
        }
        .erase();
    }
    let at = |name: &str, place: Option<i64>| {
        place.map(|place| {
            let path = path_of(query);
            let separator = if path.contains('?') { '&' } else { '?' };
            format!("{path}{separator}{name}={place}")
        })
    };
    let (previous, next) = (at("before", page.previous), at("after", page.next));
    let pages =
        (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
    let webhook = query.webhook;
    let rows =
        page.rows.into_iter().map(|delivery| row(webhook, delivery, again)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table deliveries-table">
                <caption class="hidden">"Deliveries, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="col-event">"Event"</th>
                        <th scope="col" class="col-when">"Happened (UTC)"</th>
                        <th scope="col" class="col-state">"State"</th>
                        <th scope="col">"Last attempt"</th>
                        <th scope="col" class="col-again"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {any(pages)}
    }
    .erase()
}

/// How a delivery stands: the kind of dot, and the words.
fn state(delivery: &Delivery) -> (&'static str, &'static str) {
    match delivery.state {
        DeliveryState::Delivered => ("active", "Delivered"),
        DeliveryState::Failed => ("failed", "Not taken"),
        DeliveryState::Waiting if delivery.is_failing() => ("failed", "Failing"),
        DeliveryState::Waiting => ("setting-up", "Waiting"),
    }
}

fn row(webhook: WebhookId, delivery: Delivery, again: Callback<()>) -> AnyView {
    let (dot, word) = state(&delivery);
    let organisation = delivery.organisation.clone().map(|(id, name)| match name {
        Some(name) => view! {
            <p><a dir="auto" href=paths::organisation(id)>{name.to_string()}</a></p>
        }
        .erase(),
        None => view! { <p class="quiet mono small">{id.to_string()}</p> }.erase(),
    });
    let next = delivery.next_attempt_at.map(|at| {
        view! { <p class="quiet small">"Next attempt "{at.minute()}</p> }
    });
    let seq = delivery.seq;
    let label = format!("{}, {}", delivery.event, delivery.at.minute());
    let skip =
        delivery.is_failing().then(|| view! { <Skip id=webhook seq label=label.clone() again /> });
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <p class="mono">{delivery.event.as_str()}</p>
                {any(organisation)}
                {details(&delivery)}
            </th>
            <td data-label="Happened (UTC)">
                <time datetime=delivery.at.iso() title=delivery.at.full()>{delivery.at.minute()}</time>
            </td>
            <td data-label="State"><span class="status" data-status=dot>{word}</span></td>
            <td data-label="Last attempt" class="whole-card">{attempt(&delivery)}{any(next)}</td>
            <td data-label="Actions">
                <div class="delivery-actions">
                    <Again id=webhook seq label again />
                    {any(skip)}
                </div>
            </td>
        </tr>
    }
    .erase()
}

/// How the last attempt ended.
fn attempt(delivery: &Delivery) -> AnyView {
    let Some(at) = delivery.attempted_at else {
        return view! { <p class="quiet">"None yet"</p> }.erase();
    };
    let status = match delivery.status {
        Some(status) => format!("Answered {status}"),
        None => "No answer".to_owned(),
    };
    let times = match delivery.attempts {
        1 => "first attempt".to_owned(),
        count => format!("attempt {count}"),
    };
    let answer = delivery.answer.clone().filter(|answer| !answer.is_empty());
    view! {
        <p>{status}", "{times}</p>
        <p class="quiet small">{at.minute()}" (UTC)"</p>
        {any(answer.map(|answer| view! { <p class="answer small">{answer}</p> }))}
    }
    .erase()
}

/// What is sent, folded away.
fn details(delivery: &Delivery) -> AnyView {
    view! {
        <details class="fold">
            <summary><Icon name="chevron-right" />"What is sent"</summary>
            <p class="mono small">"webhook-id: "{delivery.message_id.clone()}</p>
            <p class="mono small body">{delivery.body.clone()}</p>
        </details>
    }
    .erase()
}

/// *Replay*
#[component]
fn Again(id: WebhookId, seq: i64, label: String, again: Callback<()>) -> impl IntoView {
    let place = seq.to_string();
    let said = use_flash(ReplayDelivery::PATH).filter(|said| said.field("seq") == Some(&place));
    let form = FormState::after("", said, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<ReplayDelivery>(&submit, move |()| {
            messages.say(outcome::replayed(1));
            again.run(());
            true
        });
    };
    view! {
        <form method="post" action=ReplayDelivery::PATH aria-label=label on:submit=submit>
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="seq" value=place />
            <SubmitButton class="small" label="Replay" busy_label="Replaying…" busy=form.busy() />
            <FormNotice form />
        </form>
    }
    .erase()
}

/// *Skip*: an event that is never taken keeps back those behind it.
#[component]
fn Skip(id: WebhookId, seq: i64, label: String, again: Callback<()>) -> impl IntoView {
    let place = seq.to_string();
    let said = use_flash(SkipDelivery::PATH).filter(|said| said.field("seq") == Some(&place));
    let form = FormState::after("", said, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SkipDelivery>(&submit, move |()| {
            messages.say(outcome::SKIPPED);
            again.run(());
            true
        });
    };
    view! {
        <form method="post" action=SkipDelivery::PATH aria-label=label on:submit=submit>
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="seq" value=place />
            <SubmitButton class="small" label="Skip" busy_label="Skipping…" busy=form.busy() />
            <FormNotice form />
        </form>
    }
    .erase()
}

fn check(typed: &Typed) -> FieldErrors {
    let form = ReplayForm {
        which: typed.get(field::WHICH).to_owned(),
        since: typed.get(field::SINCE).to_owned(),
    };
    form.parse().err().unwrap_or_default()
}

/// *Replay several*
#[component]
fn SendAgain(id: WebhookId, again: Callback<()>) -> impl IntoView {
    let texts = [(field::WHICH, "failing"), (field::SINCE, "")];
    let form = FormState::new("replay-", ReplayDeliveries::PATH, &texts, check);
    let is_open = use_flash(ReplayDeliveries::PATH).is_some_and(|flash| flash.outcome.is_err());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<ReplayDeliveries>(&submit, move |count| {
            messages.say(outcome::replayed(count));
            again.run(());
            true
        });
    };
    view! {
        <details class="fold replay" open=is_open>
            <summary><Icon name="chevron-right" />"Replay several"</summary>
            <form
                class="form narrow"
                method="post"
                action=ReplayDeliveries::PATH
                novalidate=true
                aria-label="Replay several"
                on:submit=submit
            >
                <input type="hidden" name="id" value=id.to_string() />
                <ErrorSummary form />
                <RadioGroup form name=field::WHICH label="Which" choices=WHICH />
                <DateField
                    form
                    name=field::SINCE
                    label="Since"
                    help="The first day, in UTC. Events go out in their order, with the same IDs and contents as before; new ones of the same partner organisation follow after them."
                />
                <FormNotice form />
                <div class="form-foot">
                    <SubmitButton class="" label="Replay" busy_label="Replaying…" busy=form.busy() />
                </div>
            </form>
        </details>
    }
    .erase()
}
