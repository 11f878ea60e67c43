//! How the tenant is set up: what differs between Zuora tenants and matters to
//! those who order.

use crate::fields::Custom;
use crate::refusal::{Category, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The tenant's features. Everything is on unless it is switched off with
/// `POST /sandbox/tenant`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Tenant {
    /// Whether the Orders feature is there.
    pub orders: bool,
    /// Whether `invoiceOwnerAccountNumber` (of January 2025) is known.
    pub invoice_owner_field: bool,
    /// Whether subscription owner and invoice owner may differ, and
    /// subscriptions may change hands.
    pub owner_transfer: bool,
    /// The custom fields that an object has (`Account`, `Order`,
    /// `Subscription`); an object that is not named takes any.
    pub custom_fields: BTreeMap<String, BTreeSet<String>>,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            orders: true,
            invoice_owner_field: true,
            owner_transfer: true,
            custom_fields: BTreeMap::new(),
        }
    }
}

impl Tenant {
    /// Checks custom fields against those that the object has.
    ///
    /// # Errors
    /// For the first that the object does not have.
    pub fn check(&self, object: &str, custom: &Custom) -> Result<(), Refusal> {
        let Some(known) = self.custom_fields.get(object) else { return Ok(()) };
        match custom.keys().find(|name| !known.contains(*name)) {
            Some(name) => Err(Refusal::new(
                Category::UnknownField,
                format!("'{name}' is not a valid custom field of {object}"),
            )),
            None => Ok(()),
        }
    }
}
