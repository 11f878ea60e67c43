//! Where money is: the `Billing` port, and the system behind it.

mod account;
mod change;
mod error;
mod ids;
mod invoice;
mod order;
mod port;
mod subscriptions_of;
mod zuora;

pub use account::{AccountStatus, BillingAccount};
pub use change::{Change, ChangeOrder, Effective};
pub use error::{BillingError, Passing, Reason};
pub use ids::{IdempotencyKey, MOST_ACCOUNTS, MOST_INVOICES, OrderReference, PageToken, Portion};
pub use invoice::{Invoice, InvoiceItem, Pdf};
pub use order::{
    Attempt, Attribution, Contact, EndCustomer, NewCustomer, NewOrder, OrderInvoiceOwner,
    OrderedPlan, PlacedOrder,
};
pub use partners_app::domain::billing::{
    AccountId, AccountNumber, BillingPeriod, CatalogCharge, CatalogPlan, ChargeId, ChargeKind,
    ChargeModel, InvoiceId, OrderNumber, Party, PastAction, PastActionKind, PastOrder, Pending,
    PeriodTotal, PlanId, Preview, PreviewLine, Price, RatePlanId, SubscribedCharge, SubscribedPlan,
    Subscription, SubscriptionNumber, SubscriptionStatus, Term, Tier,
};
pub use port::Billing;
pub use subscriptions_of::SubscriptionsOf;
pub use zuora::{Zuora, ZuoraFields, ZuoraSettings, ZuoraTimeouts, is_loopback};
