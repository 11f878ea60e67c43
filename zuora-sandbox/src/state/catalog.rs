//! Products, their rate plans and their charges.

use crate::day::Day;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Product {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Stock-keeping unit.
    pub sku: String,
    /// Number, such as `PC-00000001`.
    pub number: String,
    /// Name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// `Base Products` or `Add On Services`.
    pub category: String,
    /// The first day it can be sold.
    pub start: Day,
    /// The day from which it cannot be sold.
    pub end: Day,
    /// What it can be bought as.
    pub rate_plans: Vec<ProductRatePlan>,
}

/// A way to buy a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProductRatePlan {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Number, such as `PRP-00000001`.
    pub number: String,
    /// Name.
    pub name: String,
    /// The first day it can be sold.
    pub start: Day,
    /// The day from which it cannot be sold.
    pub end: Day,
    /// Its place among the plans of a product family; higher is more.
    pub grade: u32,
    /// What it costs.
    pub charges: Vec<ProductCharge>,
}

/// Whether a charge comes once or again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeKind {
    /// Once, at the start.
    OneTime,
    /// Every billing period, in advance.
    Recurring,
}

impl ChargeKind {
    /// As Zuora writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OneTime => "OneTime",
            Self::Recurring => "Recurring",
        }
    }
}

/// How a charge's amount comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeModel {
    /// The price, whatever the quantity.
    FlatFee,
    /// The price times the quantity.
    PerUnit,
}

impl ChargeModel {
    /// As Zuora's v1 answers write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FlatFee => "FlatFee",
            Self::PerUnit => "PerUnit",
        }
    }

    /// As object queries write it.
    #[must_use]
    pub const fn long_word(self) -> &'static str {
        match self {
            Self::FlatFee => "Flat Fee Pricing",
            Self::PerUnit => "Per Unit Pricing",
        }
    }
}

/// How often a recurring charge comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BillingPeriod {
    /// Every month.
    Month,
    /// Every three months.
    Quarter,
    /// Every year.
    Annual,
}

impl BillingPeriod {
    /// As Zuora writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Annual => "Annual",
        }
    }

    /// Its length in months.
    #[must_use]
    pub const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Annual => 12,
        }
    }
}

/// What a rate plan costs, or one part of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProductCharge {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Number, such as `PRPC-00000001`.
    pub number: String,
    /// Name.
    pub name: String,
    /// Once, or again and again.
    pub kind: ChargeKind,
    /// How the amount comes about.
    pub model: ChargeModel,
    /// How often it comes; means nothing for a charge that comes once.
    pub period: BillingPeriod,
    /// What the quantity counts: `Seat`.
    pub uom: Option<String>,
    /// The quantity that is taken when none is given.
    #[serde(with = "rust_decimal::serde::str")]
    pub default_quantity: Decimal,
    /// The price in each currency it is sold in, by ISO 4217 code.
    pub prices: BTreeMap<String, Decimal>,
}
