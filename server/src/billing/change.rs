//! Changes of a subscription.

use super::{Attribution, OrderNumber, OrderedPlan, PlanId, SubscriptionNumber};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

/// A change to be made to a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeOrder {
    /// Which subscription.
    pub subscription: SubscriptionNumber,
    /// What changes.
    pub change: Change,
    /// From when on.
    pub effective: Effective,
    /// The day of the order.
    pub ordered_on: Date,
    /// Whether the invoice or credit is made with the order, instead of with
    /// the billing system's next bill run. What has been invoiced cannot be
    /// undone.
    pub invoice_now: bool,
    /// For whom it is reported.
    pub attribution: Attribution,
    /// The subscription's latest order when this was put together, where that
    /// was known. It is not sent.
    #[serde(default)]
    pub based_on: Option<OrderNumber>,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Another plan instead of this one: an upgrade or a downgrade.
    SwitchPlan {
        /// The plan that goes.
        from: PlanId,
        /// The plan that comes.
        to: OrderedPlan,
    },
    /// The quantity of a plan.
    Quantity {
        /// Which plan.
        plan: PlanId,
        /// How many units, above nought.
        quantity: Decimal,
    },
    /// An add-on comes.
    AddPlan(OrderedPlan),
    /// An add-on goes.
    RemovePlan(PlanId),
    /// It ends.
    Cancel,
}

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effective {
    /// On this day.
    On(Date),
    /// When the current term is over.
    TermEnd,
}
