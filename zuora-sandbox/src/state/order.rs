//! Orders as they were placed.

use crate::clock::Moment;
use crate::day::Day;
use crate::fields::Custom;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Number, given by the client or by the sandbox.
    pub number: String,
    /// The account it was placed for, by identifier.
    pub account_id: String,
    /// The day it was signed.
    pub date: Day,
    /// Its currency.
    pub currency: String,
    /// What it is about.
    pub description: String,
    /// Custom fields.
    pub custom: Custom,
    /// What it did to which subscriptions.
    pub subscriptions: Vec<OrderSubscription>,
    /// Invoices and credit memos made with it, by identifier.
    pub documents: Vec<String>,
    /// When it was placed.
    pub created: Moment,
    /// Its place among all orders, for orders of the same second.
    pub place: u64,
}

/// What an order did to one subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderSubscription {
    /// The subscription's number.
    pub number: String,
    /// The subscription's owner at that time, by identifier.
    pub owner_id: String,
    /// The invoice owner at that time, by identifier.
    pub invoice_owner_id: String,
    /// The version that was there before; none for a new subscription.
    pub base_version: Option<u32>,
    /// The version that the order made.
    pub new_version: u32,
    /// Custom fields that came with it.
    pub custom: Custom,
    /// The order actions, in Zuora's shape.
    pub actions: Vec<Value>,
}
