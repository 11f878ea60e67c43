//! What a subscription is: whose, until when, and who is invoiced.

use super::super::place::Place;
use super::super::words::{end, renewal, subscription_status};
use crate::components::live::{Erase, any};
use crate::components::{CopyId, Day};
use crate::domain::SubscriptionRow;
use crate::domain::billing::{Party, Subscription};
use crate::paths;
use leptos::prelude::*;

/// The facts.
pub fn of(place: Place, row: &SubscriptionRow, subscription: &Subscription) -> AnyView {
    let customer = paths::customer(place.organisation(), row.customer);
    let starts =
        subscription.starts_on.map(|on| view! { <div><dt>"Starts"</dt><dd><Day on /></dd></div> });
    view! {
        <dl class="facts pairs">
            <div>
                <dt>"Subscription"</dt>
                <dd><CopyId label="Subscription" id=row.number.to_string() /></dd>
            </div>
            <div>
                <dt>"Status"</dt>
                <dd>{subscription_status(row.state, row.pending)}</dd>
            </div>
            <div>
                <dt>"Customer"</dt>
                <dd><a href=customer><bdi>{row.customer_name.clone()}</bdi></a></dd>
            </div>
            <div><dt>"Plan"</dt><dd><bdi>{row.plan.clone()}</bdi></dd></div>
            {any(starts)}
            <div><dt>"Term ends"</dt><dd>{end(row.term_ends_on)}</dd></div>
            <div>
                <dt>"Renewal"</dt>
                <dd>{renewal(row.auto_renews, row.pending, row.state)}</dd>
            </div>
            <div>
                <dt>"Invoiced to"</dt>
                <dd><bdi>{party(&subscription.invoice_owner)}</bdi></dd>
            </div>
        </dl>
    }
    .erase()
}

/// `Example GmbH · A00000012`.
fn party(party: &Party) -> String {
    let number = party.number.as_ref().map(ToString::to_string);
    match (&party.name, number) {
        (Some(name), Some(number)) => format!("{name} · {number}"),
        (Some(name), None) => name.clone(),
        (None, Some(number)) => number,
        (None, None) => party.id.to_string(),
    }
}
