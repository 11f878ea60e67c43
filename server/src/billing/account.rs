//! Accounts: who owns subscriptions and who is invoiced.

use super::{AccountId, AccountNumber};
use partners_app::domain::Currency;

/// Whether an account can be ordered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Not yet in use; the first order makes it active.
    Draft,
    /// No longer in use.
    Cancelled,
}

/// An account as the billing system has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingAccount {
    /// Its ID.
    pub id: AccountId,
    /// Its number.
    pub number: AccountNumber,
    /// The company's or person's name.
    pub name: String,
    /// The currency it is invoiced in.
    pub currency: Currency,
    /// Whether it can be ordered for.
    pub status: AccountStatus,
    /// Its ID in the CRM, as somebody typed it there (Zuora: `crmId`).
    pub crm_id: Option<String>,
    /// Whether it is marked as a reseller's (Zuora: `partnerAccount`).
    pub is_partner_account: bool,
}
