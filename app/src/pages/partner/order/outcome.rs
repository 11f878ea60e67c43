//! An order that was placed: on its way, carried out, refused, or stuck.

use super::facts::Facts;
use super::review::way_back;
use crate::components::live::{Erase, any};
use crate::components::{CopyId, Notice, Tone};
use crate::domain::billing::{OrderNumber, SubscriptionNumber};
use crate::domain::{Order, OrderKind};
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;

/// It is on its way.
#[component]
pub fn Placing(
    /// The order.
    shown: Order,
    /// Why it takes longer.
    delay: Option<String>,
) -> impl IntoView {
    let here = paths::order(shown.id);
    let delay = delay.map(|delay| view! { <p>{delay}</p> });
    view! {
        <div class="placing" role="status">
            <label for="placing">"The order is on its way to Zuora"</label>
            <progress id="placing"></progress>
            {any(delay)}
        </div>
        <p>
            "The order is saved. You can close this page: it goes on by itself, and is listed on your start page."
        </p>
        <p class="without-script"><a class="button" href=here>"See how it stands"</a></p>
        <Facts order=shown />
    }
    .erase()
}

/// It is carried out.
#[component]
pub fn Placed(
    /// The order.
    shown: Order,
    /// Its number in Zuora.
    number: Option<OrderNumber>,
    /// The subscription it made or changed.
    subscription: SubscriptionNumber,
) -> impl IntoView {
    let title = match shown.kind {
        OrderKind::Purchase => "The order is placed",
        OrderKind::Change => "The change is ordered",
        OrderKind::Undo => "The change is undone",
    };
    let can_look = matches!(use_viewer(), Viewer::Partner { open, .. } if open.self_service);
    let can_buy = matches!(use_viewer(), Viewer::Partner { open, .. } if open.shop);
    let look = can_look.then(|| {
        let href = paths::subscription(None, &subscription);
        view! { <a class="button primary" href=href>"Open the subscription"</a> }
    });
    let buy = can_buy.then(|| view! { <a class="button" href=paths::SHOP>"Back to the Shop"</a> });
    let number = number.map(|number| {
        view! {
            <div><dt>"Order number"</dt><dd><CopyId label="Order number" id=number.0 /></dd></div>
        }
    });
    view! {
        <Notice tone=Tone::Success><h2>{title}</h2></Notice>
        <dl class="facts numbers">
            {any(number)}
            <div>
                <dt>"Subscription number"</dt>
                <dd><CopyId label="Subscription number" id=subscription.0 /></dd>
            </div>
        </dl>
        <Facts order=shown />
        <div class="actions">{any(look)}{any(buy)}</div>
    }
    .erase()
}

/// Zuora has refused it.
#[component]
pub fn Refused(
    /// The order.
    shown: Order,
    /// Why.
    reason: String,
) -> impl IntoView {
    let back = way_back(&shown);
    view! {
        <Notice tone=Tone::Danger>
            <h2>"The order was refused"</h2>
            <p>{reason}</p>
        </Notice>
        <Facts order=shown />
        <div class="actions">{back}</div>
    }
    .erase()
}

/// It cannot go on without an admin.
#[component]
pub fn NeedsAttention(
    /// The order.
    shown: Order,
) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warning>
            <h2>"The order waits for an administrator"</h2>
            <p>
                "It is saved and nothing is lost, but it cannot go on by itself. The administrators of this installation see it and set it going again."
            </p>
            <p>"Do not order again: it could be bought twice."</p>
        </Notice>
        <dl class="facts numbers">
            <div>
                <dt>"Reference"</dt>
                <dd><CopyId label="Reference" id=shown.reference.clone() /></dd>
            </div>
        </dl>
        <Facts order=shown />
    }
    .erase()
}
