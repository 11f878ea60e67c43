//! What partners and admins are told about orders.

use super::OrderContent;
use crate::billing::{BillingError, Passing, Reason};
use partners_app::domain::billing::{Pending, Subscription, SubscriptionStatus};
use partners_app::domain::day;
use time::Date;

/// From this attempt on the partner is told why it takes longer.
const NOTICED: i64 = 3;

/// Why a change is not made that was put together before another.
pub(super) const CHANGED_SINCE: &str =
    "This subscription has been changed since. Nothing was changed. Open it and choose again.";

/// Why a change is not taken back that was pending when that was put together.
pub(super) const TAKEN_EFFECT: &str = "The change has taken effect meanwhile and can no longer be taken back. Open the subscription to see how it stands.";

/// Why a subscription cannot be changed on a day, in words for the partner:
/// it has ended, is paused, or a change is pending.
#[must_use]
pub fn blocked(subscription: &Subscription, today: Date) -> Option<String> {
    if subscription.is_over(today) {
        return Some("This subscription has ended.".to_owned());
    }
    if subscription.status == SubscriptionStatus::Suspended {
        return Some(
            "This subscription is paused. It can be changed once it runs again.".to_owned(),
        );
    }
    subscription.pending(today).map(|pending| match pending {
        Pending::Cancellation(on) => format!(
            "This subscription is cancelled with effect from {}. Undo the cancellation to change it.",
            day::full(on)
        ),
        Pending::Change(on) => format!(
            "A change is pending and takes effect on {}. Undo it, or wait until then, to change something else.",
            day::full(on)
        ),
    })
}

/// What was not done.
const fn nothing(content: &OrderContent) -> &'static str {
    match content {
        OrderContent::Purchase(_) => "Nothing was ordered.",
        OrderContent::Change(_) | OrderContent::Undo { .. } => "Nothing was changed.",
    }
}

/// The billing system's sentence, ended by a full stop.
#[must_use]
pub fn sentence(reason: &Reason) -> String {
    let words = reason.message.trim();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{words}{stop}")
}

/// The billing system refuses it, and would again.
pub(super) fn refused(content: &OrderContent, reason: &Reason) -> String {
    let next = match content {
        OrderContent::Purchase(_) => "Change the order and place it again.",
        OrderContent::Change(_) | OrderContent::Undo { .. } => {
            "Open the subscription and choose again."
        }
    };
    format!("Zuora did not accept this: {} {} {next}", sentence(reason), nothing(content))
}

/// What an order names is not there any more, in words for the partner.
#[must_use]
pub fn missing(content: &OrderContent, reason: &Reason) -> String {
    format!(
        "Something in this order is no longer there: {} {} Put the order together again.",
        sentence(reason),
        nothing(content)
    )
}

/// Why an order takes longer, for the partner; nothing at first.
pub(super) fn delay(error: &BillingError, attempts: i64) -> Option<String> {
    if attempts < NOTICED {
        return None;
    }
    let why = match error {
        BillingError::TryAgain { cause: Passing::Throttled | Passing::Busy, .. } => {
            "Zuora is busy at the moment."
        }
        BillingError::AnswerLost { .. } => {
            "Zuora’s answer did not arrive. We are finding out whether it has the order already."
        }
        BillingError::Broken { .. } => {
            "Something went wrong at Zuora. We are finding out whether it has the order already."
        }
        _ => "Zuora does not answer at the moment.",
    };
    Some(format!("{why} Your order is saved and is placed once, as soon as that is possible."))
}

/// It has been tried for too long, for the admin.
pub(super) fn stuck(error: &BillingError) -> String {
    format!("Zuora could not carry this order out for three days. Its last answer: {error}")
}

/// What the partner is told of an order that an admin gave up.
#[must_use]
pub const fn given_up(content: &OrderContent) -> &'static str {
    match content {
        OrderContent::Purchase(_) => "An administrator gave this order up. Nothing was ordered.",
        OrderContent::Change(_) | OrderContent::Undo { .. } => {
            "An administrator gave this order up. Nothing was changed."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::{OrderNumber, SubscriptionNumber};

    fn undo() -> OrderContent {
        OrderContent::Undo {
            order: OrderNumber::from("O-1"),
            subscription: SubscriptionNumber::from("A-S1"),
        }
    }

    #[test]
    fn a_refusal_says_what_happened_and_what_to_do() {
        let reason = Reason { code: Some(53_500_030), message: "It was invoiced".to_owned() };
        assert_eq!(
            refused(&undo(), &reason),
            "Zuora did not accept this: It was invoiced. Nothing was changed. Open the subscription and choose again."
        );
    }

    #[test]
    fn a_short_delay_is_not_worth_a_word() {
        let error =
            BillingError::TryAgain { cause: Passing::Busy, after: None, message: String::new() };
        assert_eq!(delay(&error, 1), None);
        assert!(delay(&error, NOTICED).is_some_and(|words| words.contains("busy")));
    }
}
