//! Subscriptions, version by version.

use super::{BillingPeriod, ChargeKind, ChargeModel};
use crate::clock::Moment;
use crate::day::Day;
use crate::fields::Custom;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionStatus {
    /// Running.
    Active,
    /// Cancelled; Zuora says so from the day of the order, even when the
    /// cancellation takes effect later.
    Cancelled,
}

impl SubscriptionStatus {
    /// As Zuora writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// In what a term is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TermUnit {
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

impl TermUnit {
    /// The words for it.
    pub const WORDS: [&'static str; 4] = ["Month", "Year", "Day", "Week"];

    /// As Zuora writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Year => "Year",
        }
    }

    /// The unit with this word; months for any other.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "Day" => Self::Day,
            "Week" => Self::Week,
            "Year" => Self::Year,
            _ => Self::Month,
        }
    }
}

/// How long a term is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// How many units.
    pub count: u32,
    /// Of what.
    pub unit: TermUnit,
}

impl Length {
    /// The day this long after `start`.
    #[must_use]
    pub fn after(self, start: Day) -> Day {
        match self.unit {
            TermUnit::Day => start.plus_days(i64::from(self.count)),
            TermUnit::Week => start.plus_days(7 * i64::from(self.count)),
            TermUnit::Month => start.plus_months(self.count),
            TermUnit::Year => start.plus_months(12 * self.count),
        }
    }
}

/// For how long a subscription runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Term {
    /// Whether it runs on without an end.
    pub evergreen: bool,
    /// The current term's first day.
    pub start: Day,
    /// The day on which the current term is over; none when evergreen.
    pub end: Option<Day>,
    /// The first term's length.
    pub initial: Length,
    /// The current term's length.
    pub current: Length,
    /// The length of the terms to come.
    pub renewal: Length,
    /// Whether another term follows by itself.
    pub auto_renew: bool,
    /// Whether renewal makes it evergreen.
    pub renew_to_evergreen: bool,
}

impl Term {
    /// `TERMED` or `EVERGREEN`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        if self.evergreen { "EVERGREEN" } else { "TERMED" }
    }

    /// `RENEW_WITH_SPECIFIC_TERM` or `RENEW_TO_EVERGREEN`.
    #[must_use]
    pub const fn renewal_setting(&self) -> &'static str {
        if self.renew_to_evergreen { "RENEW_TO_EVERGREEN" } else { "RENEW_WITH_SPECIFIC_TERM" }
    }
}

/// A version of a subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subscription {
    /// This version's identifier.
    pub id: String,
    /// The first version's identifier.
    pub original_id: String,
    /// The version before.
    pub previous_id: Option<String>,
    /// Number, the same in all versions.
    pub number: String,
    /// 1 for the first.
    pub version: u32,
    /// How it stands.
    pub status: SubscriptionStatus,
    /// Who uses it: the subscription owner, by identifier.
    pub account_id: String,
    /// Who is billed for it: the invoice owner, by identifier.
    pub invoice_owner_id: String,
    /// Whether it gets invoices of its own.
    pub invoice_separately: bool,
    /// Its currency.
    pub currency: String,
    /// Its first day.
    pub start: Day,
    /// When the contract took effect.
    pub contract_effective: Day,
    /// When the service was activated.
    pub service_activation: Day,
    /// When the customer accepted.
    pub customer_acceptance: Day,
    /// For how long it runs.
    pub term: Term,
    /// The day from which a cancellation takes effect.
    pub cancelled_on: Option<Day>,
    /// Notes.
    pub notes: String,
    /// Custom fields.
    pub custom: Custom,
    /// What was bought.
    pub rate_plans: Vec<RatePlan>,
    /// The order that made this version; none for a renewal.
    pub order_number: Option<String>,
    /// When the first version was made.
    pub original_created: Moment,
    /// When this version was made.
    pub created: Moment,
}

impl Subscription {
    /// The day from which nothing is billed any more, as far as is known.
    #[must_use]
    pub fn end(&self) -> Option<Day> {
        self.cancelled_on.or(self.term.end)
    }
}

/// A rate plan in a subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RatePlan {
    /// Identifier; a changed rate plan gets a new one, as in Zuora.
    pub id: String,
    /// The first identifier it had.
    pub original_id: String,
    /// Number, the same through all changes.
    pub number: String,
    /// The product rate plan behind it.
    pub product_rate_plan_id: String,
    /// That one's name.
    pub name: String,
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// Its stock-keeping unit.
    pub product_sku: String,
    /// `New`, `Add`, `Update` or `Remove`.
    pub last_change: String,
    /// What it costs.
    pub charges: Vec<Charge>,
    /// Custom fields.
    pub custom: Custom,
}

/// A charge in a subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Charge {
    /// The first segment's identifier.
    pub original_id: String,
    /// Number, the same through all changes.
    pub number: String,
    /// The product charge behind it.
    pub product_charge_id: String,
    /// Name.
    pub name: String,
    /// Once, or again and again.
    pub kind: ChargeKind,
    /// How the amount comes about.
    pub model: ChargeModel,
    /// How often it comes.
    pub period: BillingPeriod,
    /// What the quantity counts.
    pub uom: Option<String>,
    /// What it costs from when to when, in order of time.
    pub segments: Vec<Segment>,
    /// What has been billed, in order of time.
    pub billed: Vec<Span>,
}

impl Charge {
    /// The day from which it has not been billed.
    #[must_use]
    pub fn charged_through(&self) -> Option<Day> {
        self.billed.last().map(|span| span.to)
    }

    /// What it comes to for a whole period at this price and quantity.
    #[must_use]
    pub fn full_amount(&self, price: Decimal, quantity: Decimal) -> Decimal {
        match self.model {
            ChargeModel::FlatFee => price,
            ChargeModel::PerUnit => price * quantity,
        }
    }
}

/// What a charge costs from one day to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Segment {
    /// Identifier.
    pub id: String,
    /// 1 for the first.
    pub number: u32,
    /// The first day.
    pub from: Day,
    /// The day after the last; none while it goes on.
    pub to: Option<Day>,
    /// How many.
    #[serde(with = "rust_decimal::serde::str")]
    pub quantity: Decimal,
    /// What one costs for a whole period.
    #[serde(with = "rust_decimal::serde::str")]
    pub price: Decimal,
}

/// What has been billed from one day to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub to: Day,
    /// How many.
    #[serde(with = "rust_decimal::serde::str")]
    pub quantity: Decimal,
    /// At what price.
    #[serde(with = "rust_decimal::serde::str")]
    pub price: Decimal,
}
