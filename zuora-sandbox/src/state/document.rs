//! Invoices and credit memos.

use crate::clock::Moment;
use crate::day::Day;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Which way the money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentKind {
    /// The account owes it.
    Invoice,
    /// The account is owed it.
    CreditMemo,
}

/// An invoice or a credit memo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Which way the money goes.
    pub kind: DocumentKind,
    /// Number, such as `INV00000001`.
    pub number: String,
    /// The account it falls to, by identifier: the invoice owner.
    pub account_id: String,
    /// Its date.
    pub date: Day,
    /// The day by which it is to be paid.
    pub due: Day,
    /// Up to which day it bills.
    pub target: Day,
    /// Its currency.
    pub currency: String,
    /// The sum of its lines; of a credit memo too, it is not negative.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// What of it is open.
    #[serde(with = "rust_decimal::serde::str")]
    pub balance: Decimal,
    /// Its lines.
    pub items: Vec<Item>,
    /// The order that made it; none for those made when they fell due.
    pub order_number: Option<String>,
    /// The identifier of its PDF.
    pub file_id: String,
    /// When it was made.
    pub created: Moment,
}

/// A line of an invoice or credit memo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The subscription it is for.
    pub subscription_number: String,
    /// The charge it is for.
    pub charge_number: String,
    /// The product charge behind that.
    pub product_charge_id: String,
    /// The charge's name.
    pub charge_name: String,
    /// The product's name.
    pub product_name: String,
    /// How many.
    #[serde(with = "rust_decimal::serde::str")]
    pub quantity: Decimal,
    /// What the quantity counts.
    pub uom: Option<String>,
    /// The price of one for a whole period.
    #[serde(with = "rust_decimal::serde::str")]
    pub unit_price: Decimal,
    /// The first day it is for.
    pub from: Day,
    /// The last day it is for.
    pub through: Day,
    /// What it comes to; negative for what is given back.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
}
