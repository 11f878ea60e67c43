//! End customers: for whom partners buy.

use super::billing::AccountNumber;
use super::ids::uuid_id;
use super::money::Currency;
use super::organisation::OrganisationId;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

uuid_id! {
    /// An end customer's ID, a UUID of version 7.
    CustomerId;
}

/// An end customer: one organisation's, and no other's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Its ID.
    pub id: CustomerId,
    /// Whose customer it is.
    pub organisation: OrganisationId,
    /// The company's or person's name.
    pub name: String,
    /// The email address, where it is known.
    pub email: Option<String>,
    /// The number of its account in the billing system.
    pub account: AccountNumber,
    /// The currency of that account, where it is known.
    pub currency: Option<Currency>,
    /// When the last order for it was placed.
    pub last_order_at: Option<Timestamp>,
}
