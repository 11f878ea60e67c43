//! What an order or a change would cost.

use super::{BillingPeriod, ChargeId};
use crate::domain::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

/// What an order or a change would cost, as the billing system works it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The currency of all amounts.
    pub currency: Currency,
    /// The day of the order.
    pub ordered_on: Date,
    /// The day it takes effect.
    pub effective_on: Date,
    /// What falls due with it: charges, and credits below nought.
    pub lines: Vec<PreviewLine>,
    /// The lines' sum without tax.
    pub net: Money,
    /// The lines' tax.
    pub tax: Money,
    /// What is owed with it; below nought for a credit.
    pub total: Money,
    /// What each whole period costs from then on, tax included, of the plans
    /// that come with the order or change; the shortest period first. Where a
    /// term ends before a whole period of a charge, it is that charge's list
    /// price without tax. Empty where nothing comes again.
    pub per_period: Vec<PeriodTotal>,
}

/// A line of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLine {
    /// The charge in the catalog.
    pub charge: Option<ChargeId>,
    /// The product.
    pub product: String,
    /// The charge's name.
    pub name: String,
    /// How many units.
    pub quantity: Option<Decimal>,
    /// What the quantity counts.
    pub unit: Option<String>,
    /// The first day it pays for.
    pub from: Option<Date>,
    /// The last day it pays for.
    pub through: Option<Date>,
    /// Without tax; below nought for a credit.
    pub net: Money,
    /// The tax on it.
    pub tax: Money,
}

/// What a whole period costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodTotal {
    /// How often.
    pub period: BillingPeriod,
    /// Tax included.
    pub total: Money,
}
