//! The catalog: what can be sold.

use super::{ChargeId, RatePlanId};
use crate::domain::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::Date;

/// A product rate plan with its product and prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogPlan {
    /// Its ID.
    pub id: RatePlanId,
    /// Its name.
    pub name: String,
    /// The product's name.
    pub product: String,
    /// The product's stock-keeping unit.
    pub sku: Option<String>,
    /// The product's category, such as `Add On Services`.
    pub category: Option<String>,
    /// The first day it is sold on.
    pub from: Option<Date>,
    /// The day from which it is no longer sold.
    pub until: Option<Date>,
    /// What it costs.
    pub charges: Vec<CatalogCharge>,
}

impl CatalogPlan {
    /// Whether it is sold on this day.
    #[must_use]
    pub fn is_sold_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Whether buyers choose a quantity.
    #[must_use]
    pub fn takes_quantity(&self) -> bool {
        self.charges.iter().any(CatalogCharge::takes_quantity)
    }

    /// The currencies in which every charge has a price.
    #[must_use]
    pub fn currencies(&self) -> Vec<Currency> {
        let mut charges = self.charges.iter().filter(|charge| charge.kind != ChargeKind::Usage);
        let Some(first) = charges.next() else { return Vec::new() };
        let rest: Vec<_> = charges.collect();
        first
            .prices
            .iter()
            .map(|price| price.currency)
            .filter(|currency| rest.iter().all(|charge| charge.price_in(*currency).is_some()))
            .collect()
    }
}

/// A charge of a rate plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogCharge {
    /// Its ID.
    pub id: ChargeId,
    /// Its name.
    pub name: String,
    /// Whether it comes once, again and again, or by use.
    pub kind: ChargeKind,
    /// How the amount comes about.
    pub model: ChargeModel,
    /// How often it comes; `None` for what comes once.
    pub period: Option<BillingPeriod>,
    /// What the quantity counts, such as `Seat`.
    pub unit: Option<String>,
    /// The quantity where none is chosen.
    pub default_quantity: Option<Decimal>,
    /// A price in each currency.
    pub prices: Vec<Price>,
}

impl CatalogCharge {
    /// Whether buyers choose a quantity.
    #[must_use]
    pub fn takes_quantity(&self) -> bool {
        self.kind != ChargeKind::Usage && self.model.takes_quantity()
    }

    /// The price in a currency.
    #[must_use]
    pub fn price_in(&self, currency: Currency) -> Option<&Price> {
        self.prices.iter().find(|price| price.currency == currency)
    }

    /// What a period costs at the listed price, without tax, where the model
    /// says so from the price alone (flat fee, per unit).
    #[must_use]
    pub fn amount(&self, currency: Currency, quantity: Option<Decimal>) -> Option<Money> {
        let price = self.price_in(currency)?.price?;
        let amount = match self.model {
            ChargeModel::FlatFee => price.amount,
            ChargeModel::PerUnit => {
                let quantity = quantity.or(self.default_quantity).unwrap_or(Decimal::ONE);
                price.amount.checked_mul(quantity)?
            }
            _ => return None,
        };
        Some(Money::new(amount, currency))
    }
}

/// A charge's price in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The currency.
    pub currency: Currency,
    /// For a unit, or for all of it where the model is a flat fee; `None`
    /// where tiers say it.
    pub price: Option<Money>,
    /// Prices that depend on the quantity, in order.
    pub tiers: Vec<Tier>,
}

/// The price from a quantity on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The first quantity it holds for.
    pub from: Decimal,
    /// The last; `None` for all that follow.
    pub to: Option<Decimal>,
    /// The price.
    pub price: Money,
    /// Whether the price is for the whole tier instead of a unit.
    pub is_flat: bool,
}

/// Whether a charge comes once, again and again, or by use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeKind {
    /// Once.
    OneTime,
    /// Every period.
    Recurring,
    /// By what was used.
    Usage,
}

/// How an amount comes about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeModel {
    /// One amount.
    FlatFee,
    /// Price times quantity.
    PerUnit,
    /// Each unit at its tier's price.
    Tiered,
    /// All units at the price of the tier reached.
    Volume,
    /// One this installation does not know; in the billing system's word.
    Other(String),
}

impl ChargeModel {
    /// Whether the amount depends on a quantity that is bought.
    #[must_use]
    pub const fn takes_quantity(&self) -> bool {
        matches!(self, Self::PerUnit | Self::Tiered | Self::Volume)
    }
}

/// How often a charge comes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BillingPeriod {
    /// Every so many months.
    Months(u32),
    /// Every so many weeks.
    Weeks(u32),
    /// Otherwise; in the billing system's words.
    Other(String),
}

impl fmt::Display for BillingPeriod {
    /// `month`, `quarter`, `year`, `2 years`, `4 weeks`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Months(1) => f.write_str("month"),
            Self::Months(3) => f.write_str("quarter"),
            Self::Months(12) => f.write_str("year"),
            Self::Months(months) if months % 12 == 0 => write!(f, "{} years", months / 12),
            Self::Months(months) => write!(f, "{months} months"),
            Self::Weeks(1) => f.write_str("week"),
            Self::Weeks(weeks) => write!(f, "{weeks} weeks"),
            Self::Other(words) => f.write_str(words),
        }
    }
}
