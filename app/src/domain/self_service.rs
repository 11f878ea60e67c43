//! Self-Service: an organisation's end customers, subscriptions and invoices,
//! as far as this installation has read them from the billing system.

use super::billing::{
    InvoiceId, PastOrder, Pending, PlanId, Subscription, SubscriptionNumber, SubscriptionStatus,
};
use super::change::PlanChoice;
use super::customer::{Customer, CustomerId};
use super::listing::PageSize;
use super::money::Money;
use super::order::Order;
use super::shop::ShopOffer;
use super::timestamp::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

/// A page of a list that was read from the billing system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage<T> {
    /// The rows, at most as many as were asked for.
    pub rows: Vec<T>,
    /// Where the page before this one ends, for `before`; `None` on the first.
    pub previous: Option<String>,
    /// Where the page after this one begins, for `after`; `None` on the last.
    pub next: Option<String>,
    /// How many rows match in all; `None` above
    /// [`COUNT_LIMIT`](super::listing::COUNT_LIMIT).
    pub total: Option<i64>,
    /// How old it is.
    pub freshness: Freshness,
}

/// How old what is shown of the billing system is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// When it was last read whole; `None` before the first time.
    pub read_at: Option<Timestamp>,
    /// Whether the billing system did not answer when it was last asked.
    pub is_away: bool,
}

/// Which end customers to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerQuery {
    /// Text to look for in names and emails; trimmed, may be empty.
    pub search: String,
    /// Rows after this place.
    pub after: Option<String>,
    /// Rows before this place. Not together with `after`.
    pub before: Option<String>,
    /// How many rows; browsers cannot choose.
    #[serde(skip)]
    pub size: PageSize,
}

/// An end customer in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// The end customer.
    pub customer: Customer,
    /// How many of its subscriptions are active.
    pub active_subscriptions: i64,
}

/// An end customer's page; its subscriptions are listed with
/// [`SubscriptionQuery::customer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// The end customer.
    pub row: CustomerRow,
    /// The latest orders for it, newest first, at most 20.
    pub orders: Vec<Order>,
}

/// How a subscription stands, for a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionFilter {
    /// Running, without a cancellation to come.
    Active,
    /// Running, with a change or cancellation to come.
    ChangePending,
    /// Cancelled or expired, and over.
    Ended,
}

impl SubscriptionFilter {
    /// All, in the order of the choice.
    pub const ALL: [Self; 3] = [Self::Active, Self::ChangePending, Self::Ended];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ChangePending => "change_pending",
            Self::Ended => "ended",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::ChangePending => "Change pending",
            Self::Ended => "Ended",
        }
    }

    /// Reads the word of an address.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == word)
    }
}

/// Which subscriptions to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionQuery {
    /// Text to look for in numbers, plans and end customers' names.
    pub search: String,
    /// Only those that stand so.
    pub status: Option<SubscriptionFilter>,
    /// Only those of this end customer.
    pub customer: Option<CustomerId>,
    /// Rows after this place.
    pub after: Option<String>,
    /// Rows before this place. Not together with `after`.
    pub before: Option<String>,
    /// How many rows; browsers cannot choose.
    #[serde(skip)]
    pub size: PageSize,
}

/// A subscription in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionRow {
    /// Its number.
    pub number: SubscriptionNumber,
    /// Whose it is.
    pub customer: CustomerId,
    /// The end customer's name.
    pub customer_name: String,
    /// The plan's name, as the offer or else the catalog has it.
    pub plan: String,
    /// How many units; `None` where none are counted.
    pub quantity: Option<Decimal>,
    /// How it stands.
    pub state: SubscriptionState,
    /// The change that is pending.
    pub pending: Option<Pending>,
    /// The day on which the term is over; `None` without end.
    pub term_ends_on: Option<Date>,
    /// Whether another term follows by itself.
    pub auto_renews: bool,
}

/// How a subscription stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// Waits for activation, or for its first day.
    NotStarted,
    /// Runs, also where a cancellation is to come.
    Active,
    /// Paused.
    Suspended,
    /// Over.
    Ended,
}

impl SubscriptionState {
    /// How a subscription stands on a day, of which this is told.
    #[must_use]
    pub fn on(
        day: Date,
        status: SubscriptionStatus,
        starts_on: Option<Date>,
        ends_on: Option<Date>,
    ) -> Self {
        match status {
            SubscriptionStatus::Expired => Self::Ended,
            SubscriptionStatus::Cancelled if ends_on.is_none_or(|end| end <= day) => Self::Ended,
            SubscriptionStatus::Draft | SubscriptionStatus::Pending => Self::NotStarted,
            SubscriptionStatus::Suspended => Self::Suspended,
            SubscriptionStatus::Active | SubscriptionStatus::Cancelled => {
                if starts_on.is_some_and(|start| start > day) {
                    Self::NotStarted
                } else {
                    Self::Active
                }
            }
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotStarted => "Not started",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Ended => "Ended",
        }
    }
}

/// A subscription's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionPage {
    /// What the list says of it.
    pub row: SubscriptionRow,
    /// The subscription: read now, or from the last reading where
    /// [`Freshness::is_away`].
    pub subscription: Subscription,
    /// How old it is.
    pub freshness: Freshness,
    /// What happened to it, newest first; `None` where the billing system did
    /// not answer.
    pub history: Option<Vec<PastOrder>>,
    /// An order for it that is on its way or needs attention.
    pub order_under_way: Option<Order>,
    /// What can be done with it; `None` for an admin, who looks.
    pub actions: Option<SubscriptionActions>,
    /// Today in UTC.
    pub today: Date,
}

/// What a partner can do with a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionActions {
    /// Why nothing can be changed now, in words for the partner: a change is
    /// pending, the billing system is away, it has ended.
    pub blocked: Option<String>,
    /// Whether the pending change can be undone.
    pub can_undo: bool,
    /// The plans it may be changed to.
    pub plans: Vec<PlanChoice>,
    /// The add-ons that may come.
    pub add_ons: Vec<ShopOffer>,
    /// The plans beside the main one, which may go.
    #[serde(default)]
    pub removable: Vec<PlanId>,
}

/// How an invoice stands, for rows and filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Nothing is left to be paid.
    Paid,
    /// Something is, and it is not yet late.
    Unpaid,
    /// Something is, and the day it was due has passed.
    Overdue,
}

impl InvoiceStatus {
    /// All, in the order of the choice.
    pub const ALL: [Self; 3] = [Self::Paid, Self::Unpaid, Self::Overdue];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Unpaid => "unpaid",
            Self::Overdue => "overdue",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Paid => "Paid",
            Self::Unpaid => "Unpaid",
            Self::Overdue => "Overdue",
        }
    }

    /// Reads the word of an address.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// Which invoices to show. *Unpaid* has the overdue ones too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InvoiceQuery {
    /// Only those that stand so.
    pub status: Option<InvoiceStatus>,
    /// Rows after this place.
    pub after: Option<String>,
    /// Rows before this place. Not together with `after`.
    pub before: Option<String>,
    /// How many rows; browsers cannot choose.
    #[serde(skip)]
    pub size: PageSize,
}

/// An invoice in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRow {
    /// Its ID.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: Date,
    /// When it is due.
    pub due: Option<Date>,
    /// The end customer it is for; `None` where it is the organisation's own.
    pub customer: Option<CustomerId>,
    /// Whom it is for: the end customer's or the organisation's name.
    pub addressee: String,
    /// What it comes to, tax included.
    pub amount: Money,
    /// What is still to be paid.
    pub balance: Money,
    /// How it stands today.
    pub status: InvoiceStatus,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn how_a_subscription_stands_follows_from_the_day() {
        let on = |day, status| {
            SubscriptionState::on(
                day,
                status,
                Some(date!(2026 - 11 - 24)),
                Some(date!(2026 - 12 - 24)),
            )
        };
        for (day, active, cancelled) in [
            (date!(2026 - 11 - 23), SubscriptionState::NotStarted, SubscriptionState::NotStarted),
            (date!(2026 - 11 - 24), SubscriptionState::Active, SubscriptionState::Active),
            (date!(2026 - 12 - 23), SubscriptionState::Active, SubscriptionState::Active),
            (date!(2026 - 12 - 24), SubscriptionState::Active, SubscriptionState::Ended),
        ] {
            assert_eq!(on(day, SubscriptionStatus::Active), active, "{day}");
            assert_eq!(on(day, SubscriptionStatus::Cancelled), cancelled, "{day}");
        }
        assert_eq!(
            on(date!(2026 - 11 - 24), SubscriptionStatus::Expired),
            SubscriptionState::Ended
        );
    }
}
