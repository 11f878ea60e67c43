//! Subscriptions: who has what, until when, and who is invoiced for it.

use super::{
    AccountId, AccountNumber, BillingPeriod, ChargeId, ChargeKind, ChargeModel, OrderNumber,
    PlanId, RatePlanId, SubscriptionNumber,
};
use crate::domain::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

/// A subscription in its latest version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its number.
    pub number: SubscriptionNumber,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Who uses it: the end customer.
    pub owner: Party,
    /// Who is invoiced for it.
    pub invoice_owner: Party,
    /// Its currency, where a charge or the subscription says it.
    pub currency: Option<Currency>,
    /// Its first day.
    pub starts_on: Option<Date>,
    /// The day from which it is over: the term's end, or the cancellation's.
    pub ends_on: Option<Date>,
    /// The current term's first day.
    pub term_starts_on: Option<Date>,
    /// The day on which the current term is over; `None` without end.
    pub term_ends_on: Option<Date>,
    /// Whether another term follows by itself.
    pub auto_renews: bool,
    /// What was bought. Plans that were removed stay until they have ended.
    pub plans: Vec<SubscribedPlan>,
    /// The order that made this version; lists do not say it.
    pub latest_order: Option<OrderNumber>,
    /// The partner organisation's ID in the configured custom field.
    pub organisation: Option<String>,
}

/// An account's part in a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The account.
    pub id: AccountId,
    /// Its number.
    pub number: Option<AccountNumber>,
    /// Its name.
    pub name: Option<String>,
}

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionStatus {
    /// Not yet ordered for good.
    Draft,
    /// Waits for activation or acceptance.
    Pending,
    /// Runs.
    Active,
    /// Paused.
    Suspended,
    /// Cancelled, perhaps with effect on a day to come: see
    /// [`Subscription::pending`].
    Cancelled,
    /// Over.
    Expired,
}

/// A rate plan in a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribedPlan {
    /// Its ID in this version of the subscription.
    pub id: PlanId,
    /// The rate plan of the catalog.
    pub rate_plan: RatePlanId,
    /// Its name.
    pub name: String,
    /// The product's name; lists do not say it.
    pub product: Option<String>,
    /// Whether it was removed.
    pub is_removed: bool,
    /// What it costs: a charge once for each span of time with its own
    /// quantity and price.
    pub charges: Vec<SubscribedCharge>,
}

/// A charge in a subscription, for a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribedCharge {
    /// Its number, the same in all spans.
    pub number: String,
    /// The charge of the catalog.
    pub charge: ChargeId,
    /// Its name.
    pub name: String,
    /// Whether it comes once, again and again, or by use.
    pub kind: ChargeKind,
    /// How the amount comes about.
    pub model: ChargeModel,
    /// How often it comes.
    pub period: Option<BillingPeriod>,
    /// How many units.
    pub quantity: Option<Decimal>,
    /// What the quantity counts.
    pub unit: Option<String>,
    /// For a unit, or for all of it.
    pub price: Option<Money>,
    /// The span's first day.
    pub from: Option<Date>,
    /// The day from which it is over.
    pub until: Option<Date>,
    /// The day up to which it has been invoiced.
    pub invoiced_until: Option<Date>,
}

impl SubscribedCharge {
    /// Whether it holds on this day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Whether its quantity can be changed.
    #[must_use]
    pub fn takes_quantity(&self) -> bool {
        self.kind == ChargeKind::Recurring && self.model.takes_quantity()
    }
}

impl SubscribedPlan {
    /// The quantity on a day, of the first charge that takes one.
    #[must_use]
    pub fn quantity_on(&self, day: Date) -> Option<Decimal> {
        self.charges
            .iter()
            .find(|charge| charge.takes_quantity() && charge.holds_on(day))
            .and_then(|charge| charge.quantity)
    }

    /// Whether it is in use on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.charges.iter().any(|charge| charge.holds_on(day))
    }
}

/// A change that has been ordered and has not yet taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pending {
    /// It ends on this day.
    Cancellation(Date),
    /// Plans or quantities change on this day.
    Change(Date),
}

impl Pending {
    /// The day it takes effect.
    #[must_use]
    pub const fn on(self) -> Date {
        match self {
            Self::Cancellation(day) | Self::Change(day) => day,
        }
    }
}

impl Subscription {
    /// The change that is pending on a day, if there is one.
    #[must_use]
    pub fn pending(&self, today: Date) -> Option<Pending> {
        let later = |day: Option<Date>| day.filter(|day| *day > today);
        if self.status == SubscriptionStatus::Cancelled {
            return later(self.ends_on).map(Pending::Cancellation);
        }
        let has_begun = self.starts_on.is_none_or(|start| start <= today);
        let removals = self
            .plans
            .iter()
            .filter(|plan| plan.is_removed)
            .flat_map(|plan| &plan.charges)
            .filter_map(|charge| later(charge.until));
        let arrivals = self
            .plans
            .iter()
            .flat_map(|plan| &plan.charges)
            .filter(|_| has_begun)
            .filter_map(|charge| later(charge.from));
        removals.chain(arrivals).min().map(Pending::Change)
    }

    /// Whether it has ended on a day.
    #[must_use]
    pub fn is_over(&self, today: Date) -> bool {
        self.status == SubscriptionStatus::Expired
            || self.status == SubscriptionStatus::Cancelled && self.pending(today).is_none()
    }
}
