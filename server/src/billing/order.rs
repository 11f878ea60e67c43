//! Orders: what a partner buys for an end customer.

use super::{
    AccountNumber, IdempotencyKey, OrderNumber, OrderReference, RatePlanId, SubscriptionNumber,
    Term,
};
use partners_app::domain::{Currency, OrganisationId, SalesforceAccountId, ZuoraAccountId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

/// A subscription to be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Whom the subscription is for: its owner.
    pub customer: EndCustomer,
    /// Who is invoiced for it.
    pub invoice_owner: OrderInvoiceOwner,
    /// The base plan.
    pub plan: OrderedPlan,
    /// What is added to it.
    pub add_ons: Vec<OrderedPlan>,
    /// The day of the order.
    pub ordered_on: Date,
    /// The subscription's first day.
    pub starts_on: Date,
    /// For how long.
    pub term: Term,
    /// Whether the first invoice is made with the order, instead of with the
    /// billing system's next bill run.
    pub invoice_now: bool,
    /// For whom it is reported.
    pub attribution: Attribution,
}

/// Whom a subscription is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndCustomer {
    /// An account to be made with the order, in one transaction.
    New(Box<NewCustomer>),
    /// An account that is there.
    Existing(AccountNumber),
}

/// An end customer's account to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCustomer {
    /// The company's or person's name; up to 255 characters.
    pub name: String,
    /// The currency; must be the invoice owner's.
    pub currency: Currency,
    /// The person to turn to.
    pub contact: Contact,
}

/// A person with an address. Empty texts are not sent. Limits as in Zuora's
/// API (contact of "Create an order").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Up to 100 characters.
    pub first_name: String,
    /// Up to 100 characters.
    pub last_name: String,
    /// Up to 80 characters.
    pub email: String,
    /// An address at work beside that one, up to 80 characters.
    #[serde(default)]
    pub work_email: String,
    /// Mobile telephone, up to 40 characters.
    #[serde(default)]
    pub phone: String,
    /// Telephone at work, up to 40 characters.
    #[serde(default)]
    pub work_phone: String,
    /// Another telephone, up to 40 characters.
    #[serde(default)]
    pub other_phone: String,
    /// Up to 255 characters.
    pub address1: String,
    /// Up to 255 characters.
    pub address2: String,
    /// Up to 100 characters.
    pub city: String,
    /// State or province, up to 100 characters.
    pub state: String,
    /// Up to 100 characters.
    #[serde(default)]
    pub county: String,
    /// Up to 20 characters.
    pub postal_code: String,
    /// ISO code or English name, up to 64 characters.
    pub country: String,
}

/// Who is invoiced for a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderInvoiceOwner {
    /// The partner, on this account.
    Partner(ZuoraAccountId),
    /// The end customer.
    EndCustomer,
}

/// A rate plan to be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedPlan {
    /// Which one.
    pub rate_plan: RatePlanId,
    /// How many units, of every charge that takes a quantity; `None` for each
    /// charge's default.
    pub quantity: Option<Decimal>,
}

/// For whom an order is reported: travels on the order and the subscription in
/// the configured custom fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// The partner organisation.
    pub organisation: OrganisationId,
    /// Its Salesforce account, where Salesforce is used.
    pub salesforce_account: Option<SalesforceAccountId>,
}

/// One attempt to carry an order out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Our own reference: the same for all attempts.
    pub reference: OrderReference,
    /// This attempt's key.
    pub key: IdempotencyKey,
}

/// An order that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its number.
    pub order: OrderNumber,
    /// The subscription it made or changed.
    pub subscription: SubscriptionNumber,
    /// The account that owns the subscription: the end customer's.
    pub customer: AccountNumber,
}
