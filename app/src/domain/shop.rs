//! The Shop: what a partner organisation may sell, and what is put together at
//! the checkout.

use super::billing::{CatalogCharge, Term};
use super::checkout::CheckoutForm;
use super::customer::{Customer, CustomerId};
use super::money::Currency;
use super::offer::OfferId;
use super::organisation::InvoiceOwner;
use serde::{Deserialize, Serialize};
use time::Date;

/// An offer as a partner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopOffer {
    /// Its ID.
    pub id: OfferId,
    /// The display name.
    pub name: String,
    /// What it is; may be empty.
    pub description: String,
    /// The feature lines.
    pub features: Vec<String>,
    /// The labels it is grouped by.
    pub labels: Vec<String>,
    /// For how long a subscription runs that begins with it.
    pub term: Term,
    /// What it costs, in the currencies in which it can be bought.
    pub charges: Vec<CatalogCharge>,
    /// The currencies in which it can be bought: with *Partner* that of the
    /// organisation's account alone.
    pub currencies: Vec<Currency>,
    /// Whether buyers choose a quantity.
    pub takes_quantity: bool,
}

/// What an organisation's users find in the Shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopFront {
    /// The plans they may sell, by label and name. Add-ons are offered at the
    /// checkout.
    pub offers: Vec<ShopOffer>,
}

/// What the checkout of an offer needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutPage {
    /// What is bought.
    pub offer: ShopOffer,
    /// The add-ons that the offer allows.
    pub add_ons: Vec<ShopOffer>,
    /// Some of the organisation's end customers, by name, at most
    /// [`CUSTOMERS_OFFERED`]; the one that was asked for among them.
    pub customers: Vec<Customer>,
    /// Whether there are more.
    pub has_more_customers: bool,
    /// The end customer that was asked for, if it is one of the organisation's.
    pub chosen: Option<CustomerId>,
    /// Who is invoiced.
    pub invoice_owner: InvoiceOwner,
    /// Today in UTC: the first day a subscription may begin on.
    pub today: Date,
    /// What was typed before, where a draft is being changed.
    pub typed: Option<CheckoutForm>,
}

/// How many end customers a checkout offers to choose from.
pub const CUSTOMERS_OFFERED: usize = 200;
