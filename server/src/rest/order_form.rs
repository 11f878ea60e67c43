//! An order as it is sent, and the checkout's form that it comes to.

use super::Rest;
use super::error::ApiError;
use axum::http::StatusCode;
use partners_app::desks::{PartnerSession, ShopDesk, Sight};
use partners_app::domain::checkout::{NEW_CUSTOMER, field};
use partners_app::domain::{CheckoutForm, OfferId, ShopOffer, day};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An order that makes a subscription.
///
/// `initiated_source`, `source`, `process_immediately`, `payment` and
/// `checkoutId` are taken, so that what was written for other order APIs need
/// not change, and change nothing: invoices are paid to whoever sends them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateSubscription {
    /// `new`
    #[serde(default)]
    #[schema(required = true, pattern = "^new$")]
    order_type: String,
    /// One plan, and add-ons that it allows.
    #[serde(default, rename = "orderItems")]
    #[schema(required = true, min_items = 1, max_items = 50)]
    order_items: Vec<OrderItem>,
    /// The end customer who is new: required without `customerId`.
    #[serde(rename = "billingDetails")]
    billing_details: Option<Address>,
    /// Left out, or the same as `billingDetails`.
    #[serde(rename = "deliveryDetails")]
    delivery_details: Option<Address>,
    /// An end customer of the organisation’s, in the place of one who is new.
    #[serde(rename = "customerId")]
    #[schema(format = "uuid")]
    customer_id: Option<String>,
    /// The three letters of the currency for a new end customer; may be left
    /// out where the plan is sold in one alone.
    #[schema(min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// The subscription’s first day, such as 2026-11-26: today (UTC) where it
    /// is left out, or up to a year later.
    #[serde(rename = "orderDate")]
    #[schema(format = "date")]
    order_date: Option<String>,
    /// The country of the address, where `billingDetails` has none.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// A name of your own for the order, which its answer repeats.
    #[schema(max_length = 255)]
    pub(super) external_id: Option<String>,
    /// Taken; there are no discounts, so that it must be empty.
    #[serde(rename = "orderDiscount")]
    #[schema(value_type = Option<Object>)]
    order_discount: Option<Value>,
    #[serde(rename = "initiated_source")]
    #[schema(max_length = 255)]
    _initiated_source: Option<String>,
    #[serde(rename = "source")]
    #[schema(max_length = 255)]
    _source: Option<String>,
    #[serde(rename = "process_immediately")]
    _process_immediately: Option<bool>,
    #[serde(rename = "payment")]
    #[schema(value_type = Option<Object>)]
    _payment: Option<Value>,
    #[serde(rename = "checkoutId")]
    #[schema(max_length = 255)]
    _checkout_id: Option<String>,
}

/// What is ordered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderItem {
    offer: OfferPayload,
    /// How many units: 1 where it is left out.
    #[schema(value_type = u32, minimum = 1, maximum = 1_000_000, default = 1, required = false)]
    quantity: Option<u32>,
}

/// Which offer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfferPayload {
    /// The offer’s ID, as `GET /api/partner/offer` has it.
    #[schema(format = "uuid")]
    id: String,
    /// Taken; an offer is ordered as it is.
    #[serde(rename = "version")]
    #[schema(max_length = 255)]
    _version: Option<String>,
}

/// A person, and the company they order for where there is one.
#[derive(Clone, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Address {
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 100)]
    first_name: String,
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 100)]
    last_name: String,
    #[serde(default)]
    #[schema(required = true, format = "email", max_length = 80)]
    email: String,
    /// The company; left out for a person.
    #[schema(max_length = 255)]
    company: Option<String>,
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 255)]
    address1: String,
    #[schema(max_length = 255)]
    address2: Option<String>,
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 100)]
    city: String,
    #[schema(max_length = 100)]
    state: Option<String>,
    #[schema(max_length = 20)]
    postal_code: Option<String>,
    /// Two letters (ISO 3166-1); may stand beside the address instead.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// Taken and not kept, as are the other numbers and addresses.
    #[schema(max_length = 255)]
    phone: Option<String>,
    #[schema(max_length = 255)]
    work_phone: Option<String>,
    #[schema(max_length = 255)]
    other_phone: Option<String>,
    #[schema(max_length = 255)]
    work_email: Option<String>,
}

/// A purchase, as the checkout takes it.
pub(super) struct Purchase {
    pub(super) offer: OfferId,
    pub(super) form: CheckoutForm,
}

/// What the API calls the checkout's fields.
pub(super) fn called(name: &str) -> String {
    match name {
        field::CUSTOMER => "customerId",
        field::CUSTOMER_KIND | field::COMPANY => "billingDetails.company",
        field::FIRST_NAME => "billingDetails.firstName",
        field::LAST_NAME => "billingDetails.lastName",
        field::EMAIL => "billingDetails.email",
        field::ADDRESS1 => "billingDetails.address1",
        field::ADDRESS2 => "billingDetails.address2",
        field::CITY => "billingDetails.city",
        field::STATE => "billingDetails.state",
        field::POSTAL_CODE => "billingDetails.postalCode",
        field::COUNTRY => "billingDetails.country",
        field::STARTS_ON => "orderDate",
        field::QUANTITY | field::ADD_ONS => "orderItems",
        other => other,
    }
    .to_owned()
}

fn wrong(field: impl Into<String>, message: &str) -> ApiError {
    ApiError::of_field(StatusCode::UNPROCESSABLE_ENTITY, field, message)
}

impl CreateSubscription {
    /// What the checkout makes of it.
    ///
    /// # Errors
    /// What is wrong with a field that only the API has.
    pub(super) async fn purchase(
        self,
        rest: &Rest,
        partner: &PartnerSession,
    ) -> Result<Purchase, ApiError> {
        if self.order_type != "new" {
            return Err(wrong(
                "order_type",
                "Send new: subscriptions are not changed by this API.",
            ));
        }
        if self.order_discount.as_ref().is_some_and(is_something) {
            return Err(wrong("orderDiscount", "There are no discounts on partners’ orders."));
        }
        if self.delivery_details.is_some() && self.delivery_details != self.billing_details {
            let message = "Leave this out, or send the same as billingDetails.";
            return Err(wrong("deliveryDetails", message));
        }
        let front = rest.shop.front(&Sight::Partner(partner.clone())).await;
        let front = front.map_err(|error| ApiError::of_zuora(error, called))?;
        let (plan, quantity, add_ons) = items(&self.order_items, &front.offers)?;
        let today = rest.clock.today();
        let only_currency = match plan.currencies.as_slice() {
            [only] => Some(only.to_string()),
            _ => None,
        };
        let form = CheckoutForm {
            quantity: quantity.to_string(),
            starts_on: self.order_date.unwrap_or_else(|| day::iso(today)),
            currency: self.currency.or(only_currency).unwrap_or_default(),
            add_ons,
            ..buyer(self.customer_id, self.billing_details, self.country)?
        };
        Ok(Purchase { offer: plan.id, form })
    }
}

/// Whether a JSON value says anything.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The plan, how many of it, and the add-ons by ID, each with its quantity.
type Items<'a> = (&'a ShopOffer, u32, BTreeMap<String, String>);

fn items<'a>(items: &[OrderItem], plans: &'a [ShopOffer]) -> Result<Items<'a>, ApiError> {
    let mut plan = None;
    let mut add_ons = BTreeMap::new();
    for (item, place) in items.iter().zip(0_usize..) {
        let of_id = format!("orderItems[{place}].offer.id");
        let id: OfferId = item.offer.id.parse().map_err(|_| wrong(&of_id, NO_SUCH_OFFER))?;
        let quantity = item.quantity.unwrap_or(1);
        if quantity == 0 {
            return Err(wrong(format!("orderItems[{place}].quantity"), "Order 1 or more."));
        }
        match plans.iter().find(|offer| offer.id == id) {
            Some(_) if plan.is_some() => {
                return Err(wrong(&of_id, "Order one plan at a time, with its add-ons."));
            }
            Some(found) => plan = Some((found, quantity)),
            None if add_ons.insert(id.to_string(), quantity.to_string()).is_some() => {
                return Err(wrong(&of_id, "This add-on is there already."));
            }
            None => {}
        }
    }
    match plan {
        Some((plan, quantity)) => Ok((plan, quantity, add_ons)),
        None if items.is_empty() => Err(wrong("orderItems", "Order a plan.")),
        None => Err(wrong("orderItems[0].offer.id", NO_SUCH_OFFER)),
    }
}

const NO_SUCH_OFFER: &str = "There is no such plan that your organisation may order.";

/// The part of the form that says for whom it is.
fn buyer(
    customer: Option<String>,
    address: Option<Address>,
    country: Option<String>,
) -> Result<CheckoutForm, ApiError> {
    match (customer, address) {
        (Some(_), Some(_)) => Err(wrong(
            "customerId",
            "Send customerId for a known end customer, or billingDetails for one who is new.",
        )),
        (Some(customer), None) => Ok(CheckoutForm { customer, ..CheckoutForm::default() }),
        (None, None) => Err(wrong("billingDetails", "Say who the end customer is.")),
        (None, Some(address)) => {
            let company = address.company.unwrap_or_default();
            let kind = if company.trim().is_empty() { "person" } else { "company" };
            Ok(CheckoutForm {
                customer: NEW_CUSTOMER.to_owned(),
                customer_kind: kind.to_owned(),
                company,
                first_name: address.first_name,
                last_name: address.last_name,
                email: address.email,
                address1: address.address1,
                address2: address.address2.unwrap_or_default(),
                city: address.city,
                state: address.state.unwrap_or_default(),
                postal_code: address.postal_code.unwrap_or_default(),
                country: address.country.or(country).unwrap_or_default(),
                ..CheckoutForm::default()
            })
        }
    }
}
