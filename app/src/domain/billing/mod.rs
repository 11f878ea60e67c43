//! What the billing system deals in, in our terms: plans and prices,
//! subscriptions, and what an order costs.

mod catalog;
mod history;
mod ids;
mod preview;
mod subscription;
mod term;

pub use catalog::{
    BillingPeriod, CatalogCharge, CatalogPlan, ChargeKind, ChargeModel, Price, Tier,
};
pub use history::{PastAction, PastActionKind, PastOrder};
pub use ids::{
    AccountId, AccountNumber, ChargeId, InvoiceId, OrderNumber, PlanId, RatePlanId,
    SubscriptionNumber,
};
pub use preview::{PeriodTotal, Preview, PreviewLine};
pub use subscription::{
    Party, Pending, SubscribedCharge, SubscribedPlan, Subscription, SubscriptionStatus,
};
pub use term::Term;
