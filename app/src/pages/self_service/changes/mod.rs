//! What a partner can do with a subscription: each change is a form that leads
//! to the order's page, where it is previewed and placed.

mod fields;
mod form;

use super::words::pending_words;
use crate::components::live::{Erase, any};
use crate::components::{Notice, Tone};
use crate::domain::billing::{Pending, Subscription, SubscriptionNumber};
use crate::domain::{SubscriptionActions, SubscriptionRow, day};
use fields::{add_add_on, cancel, quantity, remove_add_on, switch_plan};
use form::{Change, change_form};
use leptos::prelude::*;
use time::Date;

/// ID of the sentence that says why nothing can be changed.
const REASON: &str = "changes-blocked";

/// What the forms are about.
struct Subject {
    number: SubscriptionNumber,
    row: SubscriptionRow,
    subscription: Subscription,
    actions: SubscriptionActions,
    /// Today, or the subscription's first day.
    day: Date,
    /// When more takes effect: "today".
    at_once: String,
    /// When less does: "when the term ends, on 24 Nov 2027".
    at_term_end: String,
}

impl Subject {
    fn is_blocked(&self) -> bool {
        self.actions.blocked.is_some()
    }
}

/// The section.
#[component]
pub fn Changes(
    /// The subscription.
    subscription: Subscription,
    /// What the list says of it.
    row: SubscriptionRow,
    /// What can be done with it.
    actions: SubscriptionActions,
    /// Today in UTC.
    today: Date,
) -> impl IntoView {
    let start = subscription.starts_on.filter(|start| *start > today);
    let at_once =
        start.map_or_else(|| "today".to_owned(), |start| format!("on {}", day::short(start)));
    let at_term_end = subscription.term_ends_on.map_or_else(
        || at_once.clone(),
        |end| format!("when the term ends, on {}", day::short(end)),
    );
    let blocked = actions.blocked.clone().map(|reason| {
        view! { <Notice tone=Tone::Information id=REASON><p>{reason}</p></Notice> }
    });
    let pending = row.pending.filter(|_| actions.can_undo);
    let day = start.unwrap_or(today);
    let number = row.number.clone();
    let subject = Subject { number, row, subscription, actions, day, at_once, at_term_end };
    let undo = pending.map(|pending| undo(&subject, pending));
    view! {
        <section class="section" aria-labelledby="changes-title">
            <div class="page-head">
                <div>
                    <h2 id="changes-title">"Change this subscription"</h2>
                    <p class="lead">"Nothing changes before you have seen what it costs."</p>
                </div>
            </div>
            {any(blocked)}
            {undo}
            <div class="changes">
                {switch_plan(&subject)}
                {quantity(&subject)}
                {add_add_on(&subject)}
                {remove_add_on(&subject)}
                {cancel(&subject)}
            </div>
        </section>
    }
    .erase()
}

/// Takes the pending change back.
fn undo(subject: &Subject, pending: Pending) -> AnyView {
    let button = match pending {
        Pending::Cancellation(_) => "Undo the cancellation",
        Pending::Change(_) => "Undo the pending change",
    };
    let words = format!(
        "This subscription is {}.",
        match pending {
            Pending::Cancellation(_) => pending_words(pending),
            Pending::Change(on) => format!("to change on {}", day::short(on)),
        }
    );
    let change =
        Change { word: "undo", prefix: "undo-", button, first: Vec::new(), is_disabled: false };
    view! {
        <div class="undo">
            <p>{words}</p>
            {change_form(subject, change, |_| ().into_any())}
        </div>
    }
    .erase()
}
