//! How things stand, in a dot and words.

use crate::components::Day;
use crate::components::live::Erase;
use crate::domain::billing::Pending;
use crate::domain::{InvoiceStatus, SubscriptionState, day};
use crate::viewer::use_page;
use leptos::prelude::*;
use rust_decimal::Decimal;
use time::Date;

/// A subscription's status with the change that is pending: "Active, cancelled
/// from 24 Nov 2027".
pub fn subscription_status(state: SubscriptionState, pending: Option<Pending>) -> AnyView {
    let key = match state {
        SubscriptionState::NotStarted => "invited",
        SubscriptionState::Active => "active",
        SubscriptionState::Suspended => "setting-up",
        SubscriptionState::Ended => "disabled",
    };
    let words = match pending {
        None => state.label().to_owned(),
        Some(pending) => format!("{}, {}", state.label(), pending_words(pending)),
    };
    view! { <span class="status long" data-status=key>{words}</span> }.erase()
}

/// `cancelled from 24 Nov 2027`, `changes on 24 Nov 2027`.
#[must_use]
pub fn pending_words(pending: Pending) -> String {
    match pending {
        Pending::Cancellation(on) => format!("cancelled from {}", day::short(on)),
        Pending::Change(on) => format!("changes on {}", day::short(on)),
    }
}

/// An invoice's status.
pub fn invoice_status(status: InvoiceStatus) -> AnyView {
    let key = match status {
        InvoiceStatus::Paid => "active",
        InvoiceStatus::Unpaid => "invited",
        InvoiceStatus::Overdue => "failed",
    };
    view! { <span class="status" data-status=key>{status.label()}</span> }.erase()
}

/// Whether another term follows.
#[must_use]
pub const fn renewal(
    auto_renews: bool,
    pending: Option<Pending>,
    state: SubscriptionState,
) -> &'static str {
    match (state, pending, auto_renews) {
        (SubscriptionState::Ended, ..) | (_, Some(Pending::Cancellation(_)), _) | (_, _, false) => {
            "None"
        }
        (_, _, true) => "Automatic",
    }
}

/// A number of units, or that none are counted.
#[must_use]
pub fn units(quantity: Option<Decimal>) -> String {
    quantity.map_or_else(|| "–".to_owned(), |quantity| use_page().locale.number(quantity))
}

/// The day on which something is over.
pub fn end(on: Option<Date>) -> AnyView {
    match on {
        Some(on) => view! { <Day on /> }.into_any(),
        None => view! { <span class="quiet">"No end"</span> }.erase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Month;

    #[test]
    fn what_is_to_come_is_told_with_its_day() {
        let day = Date::from_calendar_date(2027, Month::November, 24).expect("a day");
        assert_eq!(pending_words(Pending::Cancellation(day)), "cancelled from 24 Nov 2027");
        assert_eq!(pending_words(Pending::Change(day)), "changes on 24 Nov 2027");
        let cancelled = Some(Pending::Cancellation(day));
        assert_eq!(renewal(true, cancelled, SubscriptionState::Active), "None");
        assert_eq!(renewal(true, None, SubscriptionState::Active), "Automatic");
    }
}
