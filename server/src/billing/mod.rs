//! Where money is: the `Billing` port, and the system behind it.

mod account;
mod catalog;
mod change;
mod error;
mod ids;
mod invoice;
mod order;
mod port;
mod preview;
mod subscription;
mod zuora;

pub use account::{AccountStatus, BillingAccount};
pub use catalog::{
    BillingPeriod, CatalogCharge, CatalogPlan, ChargeKind, ChargeModel, Price, Tier,
};
pub use change::{Change, ChangeOrder, Effective};
pub use error::{BillingError, Passing, Reason};
pub use ids::{
    AccountId, AccountNumber, ChargeId, IdempotencyKey, InvoiceId, MOST_ACCOUNTS, OrderNumber,
    OrderReference, PageToken, PlanId, Portion, RatePlanId, SubscriptionNumber,
};
pub use invoice::{Invoice, Pdf};
pub use order::{
    Attempt, Attribution, Contact, EndCustomer, NewCustomer, NewOrder, OrderInvoiceOwner,
    OrderedPlan, PastAction, PastActionKind, PastOrder, PlacedOrder, Term,
};
pub use port::Billing;
pub use preview::{PeriodTotal, Preview, PreviewLine};
pub use subscription::{
    Party, Pending, SubscribedCharge, SubscribedPlan, Subscription, SubscriptionStatus,
    SubscriptionsOf,
};
pub use zuora::{Zuora, ZuoraFields, ZuoraSettings, ZuoraTimeouts, is_loopback};
