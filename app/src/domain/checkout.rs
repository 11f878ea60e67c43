//! The checkout's form: for whom, how many, from when.

use super::customer::CustomerId;
use super::money::Currency;
use super::offer::OfferId;
use super::user::Email;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::Date;

/// Names of the form's fields, which are the API's too.
pub mod field {
    /// *End customer*: [`NEW_CUSTOMER`](super::NEW_CUSTOMER) or an ID.
    pub const CUSTOMER: &str = "customer";
    /// *Company* or *Person*
    pub const CUSTOMER_KIND: &str = "customer_kind";
    /// *Company name*
    pub const COMPANY: &str = "company";
    /// *First name*
    pub const FIRST_NAME: &str = "first_name";
    /// *Last name*
    pub const LAST_NAME: &str = "last_name";
    /// *Email address*
    pub const EMAIL: &str = "email";
    /// *Address*
    pub const ADDRESS1: &str = "address1";
    /// *Address, second line*
    pub const ADDRESS2: &str = "address2";
    /// *City*
    pub const CITY: &str = "city";
    /// *State or province*
    pub const STATE: &str = "state";
    /// *Postal code*
    pub const POSTAL_CODE: &str = "postal_code";
    /// *Country*: two letters (ISO 3166-1).
    pub const COUNTRY: &str = "country";
    /// *Currency*: three letters.
    pub const CURRENCY: &str = "currency";
    /// *Quantity*
    pub const QUANTITY: &str = "quantity";
    /// *Start date*
    pub const STARTS_ON: &str = "starts_on";
    /// *Add-ons*: `add_ons[ID]` with a quantity.
    pub const ADD_ONS: &str = "add_ons";
}

/// The value of *End customer* for one that is new.
pub const NEW_CUSTOMER: &str = "new";

/// What was typed at the checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckoutForm {
    /// [`NEW_CUSTOMER`] or an end customer's ID.
    pub customer: String,
    /// `company` or `person`.
    pub customer_kind: String,
    /// *Company name*
    pub company: String,
    /// *First name*
    pub first_name: String,
    /// *Last name*
    pub last_name: String,
    /// *Email address*
    pub email: String,
    /// *Address*
    pub address1: String,
    /// *Address, second line*
    pub address2: String,
    /// *City*
    pub city: String,
    /// *State or province*
    pub state: String,
    /// *Postal code*
    pub postal_code: String,
    /// *Country*
    pub country: String,
    /// *Currency*
    pub currency: String,
    /// *Quantity*
    pub quantity: String,
    /// *Start date*
    pub starts_on: String,
    /// The add-ons by offer ID, each with its quantity: empty or `0` for none,
    /// `1` for one that has no quantity.
    pub add_ons: BTreeMap<String, String>,
}

/// What is ordered at the checkout, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// For whom.
    pub customer: CheckoutCustomer,
    /// How many units; `None` where the offer counts none.
    pub quantity: Option<Decimal>,
    /// The subscription's first day.
    pub starts_on: Date,
    /// The add-ons, each with its quantity where it counts any.
    pub add_ons: Vec<(OfferId, Option<Decimal>)>,
}

/// For whom something is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutCustomer {
    /// One of the organisation's end customers.
    Existing(CustomerId),
    /// One that is made with the order.
    New(Box<NewEndCustomer>),
}

/// An end customer that is made with an order. Limits as in Zuora's API
/// (contact of "Create an order").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEndCustomer {
    /// The company's name, or the person's: one line, 1 to 255 characters.
    pub name: String,
    /// One line, 1 to 100 characters.
    pub first_name: String,
    /// One line, 1 to 100 characters.
    pub last_name: String,
    /// The email address.
    pub email: Email,
    /// One line, 1 to 255 characters.
    pub address1: String,
    /// One line, up to 255 characters; may be empty.
    pub address2: String,
    /// One line, 1 to 100 characters.
    pub city: String,
    /// One line, up to 100 characters; may be empty.
    pub state: String,
    /// One line, up to 20 characters; may be empty.
    pub postal_code: String,
    /// Two letters (ISO 3166-1).
    pub country: String,
    /// One of the offer's currencies.
    pub currency: Currency,
}

impl CheckoutForm {
    /// Checks what was typed at this checkout.
    ///
    /// # Errors
    /// What is wrong with each field, in words for the partner.
    pub fn parse(
        &self,
        _page: &super::shop::CheckoutPage,
    ) -> Result<Checkout, super::fields::FieldErrors> {
        Err(super::fields::FieldErrors::one(field::CUSTOMER, "Nothing can be ordered yet."))
    }
}
