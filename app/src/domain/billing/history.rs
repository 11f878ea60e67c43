//! What happened to a subscription.

use super::OrderNumber;
use serde::{Deserialize, Serialize};
use time::Date;

/// An order in a subscription's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOrder {
    /// Its number.
    pub order: OrderNumber,
    /// The day of the order.
    pub ordered_on: Option<Date>,
    /// What it did to the subscription.
    pub actions: Vec<PastAction>,
}

/// Something an order did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAction {
    /// What.
    pub kind: PastActionKind,
    /// From when on.
    pub effective_on: Option<Date>,
}

/// What an order did to a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PastActionKind {
    /// It began.
    Created,
    /// A plan came.
    PlanAdded,
    /// A plan went.
    PlanRemoved,
    /// A quantity or price changed.
    PlanUpdated,
    /// A plan was exchanged for another.
    PlanChanged,
    /// Term or renewal changed.
    TermsChanged,
    /// Another term began.
    Renewed,
    /// It was cancelled.
    Cancelled,
    /// It got another owner or invoice owner.
    Transferred,
    /// Something else; in the billing system's word.
    Other(String),
}
