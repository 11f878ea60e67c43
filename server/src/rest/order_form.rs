//! An order as it is sent, and what the desk makes of it.

use super::Rest;
use super::error::ApiError;
use super::extract::typed;
use crate::desks::OrderRequest;
use axum::http::StatusCode;
use partners_app::desks::{PartnerSession, ShopDesk, Sight};
use partners_app::domain::billing::{PlanId, SubscriptionNumber};
use partners_app::domain::change::parse_quantity;
use partners_app::domain::checkout::{NEW_CUSTOMER, field};
use partners_app::domain::{
    CancelWhen, ChangeRequest, CheckoutForm, OfferId, ShopOffer, change, day,
};
use partners_app::error::PublicError;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The longest name that a program may have for an order, in characters.
const LONGEST_EXTERNAL_ID: usize = 255;
/// The most units of one thing in an order.
const MOST_UNITS: u32 = 1_000_000;
/// The longest number of a subscription (Zuora's API: `subscriptionNumber`).
const LONGEST_NUMBER: usize = 100;

/// An order to be placed: `order_type` says which kind it is.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what SentOrder reads")]
pub(super) enum SubmitOrder {
    New(Box<CreateSubscription>),
    Update(UpdateSubscription),
}

/// An order that makes a subscription.
///
/// `initiated_source`, `source`, `process_immediately`, `payment` and
/// `checkoutId` are taken, so that what was written for other order APIs need
/// not change, and change nothing: invoices are paid to whoever sends them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateSubscription {
    /// `new`
    #[serde(rename = "order_type")]
    #[schema(value_type = String, pattern = "^new$")]
    _order_type: String,
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
    /// What you call the order: kept with it, and given back.
    #[schema(max_length = 255)]
    external_id: Option<String>,
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

/// An order that changes a subscription of an end customer’s, or takes a change
/// back.
///
/// More takes effect today: an upgrade, more units, an add-on. Less takes effect
/// when the term ends. `GET /api/partner/subscription/{subscriptionNumber}` says
/// what can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateSubscription {
    /// `update_subscription`
    #[serde(rename = "order_type")]
    #[schema(value_type = String, pattern = "^update_subscription$")]
    _order_type: String,
    /// The subscription’s number.
    #[serde(default, rename = "forSubscription")]
    #[schema(
        required = true,
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
    )]
    for_subscription: String,
    /// What is done.
    change: SubscriptionChange,
    /// With `switch_plan` and `add_add_on`: the offer that comes.
    offer: Option<OfferPayload>,
    /// With `quantity` and `remove_add_on`: the `id` of one of the
    /// subscription’s `plans`.
    #[serde(rename = "planId")]
    #[schema(min_length = 1, max_length = 100)]
    plan_id: Option<String>,
    /// With `quantity`: how many units from then on. With `switch_plan` and
    /// `add_add_on`: how many of what comes; left out, a plan keeps the number
    /// of units there are, and an add-on has 1.
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: Option<u32>,
    /// With `cancel`: when it ends.
    when: Option<CancelledWhen>,
    /// What you call the order: kept with it, and given back.
    #[schema(max_length = 255)]
    external_id: Option<String>,
}

/// What an order does with a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubscriptionChange {
    /// Another plan: an upgrade or a downgrade.
    SwitchPlan,
    /// Another number of units of a plan or add-on.
    Quantity,
    /// An add-on comes.
    AddAddOn,
    /// An add-on goes.
    RemoveAddOn,
    /// The subscription ends.
    Cancel,
    /// The change that is pending does not happen.
    Undo,
}

/// When a subscription ends that is cancelled.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CancelledWhen {
    /// When the current term is over.
    TermEnd,
    /// Today.
    Now,
}

/// What is ordered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderItem {
    offer: OfferPayload,
    /// How many units: 1 where it is left out. What counts no units is sold
    /// once.
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
    #[schema(max_length = 100)]
    county: Option<String>,
    #[schema(max_length = 20)]
    postal_code: Option<String>,
    /// Two letters (ISO 3166-1); may stand beside the address instead.
    #[schema(min_length = 2, max_length = 2)]
    country: Option<String>,
    /// The mobile telephone (Zuora: `mobilePhone`).
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// The telephone at work.
    #[schema(max_length = 40)]
    work_phone: Option<String>,
    /// Another telephone.
    #[schema(max_length = 40)]
    other_phone: Option<String>,
    /// An address at work. With it, `email` is Zuora’s `personalEmail`; without
    /// it, `email` is `workEmail`.
    #[schema(format = "email", max_length = 80)]
    work_email: Option<String>,
}

/// An order that was read.
pub(super) enum SentOrder {
    New(Box<CreateSubscription>),
    Update(UpdateSubscription),
}

/// What is ordered, and how to tell what is wrong with it.
pub(super) struct Ordered {
    pub(super) request: OrderRequest,
    pub(super) external_id: Option<String>,
    pub(super) words: Words,
}

/// What an order's problems are told in.
#[derive(Clone, Copy)]
pub(super) enum Words {
    Purchase,
    Change(SubscriptionChange),
}

impl Words {
    /// As for any error of the desk.
    pub(super) fn problem(self, error: PublicError) -> ApiError {
        match (self, error) {
            (Self::Purchase, error) => ApiError::of_zuora(error, called),
            (Self::Change(_), PublicError::NotFound) => ApiError::of_field(
                StatusCode::NOT_FOUND,
                "forSubscription",
                "Your organisation has no such subscription.",
            ),
            (Self::Change(change), error) if names_target(&error) => wrong(
                change.target(),
                "The subscription’s changes do not have this. Read the subscription for those that it has.",
            ),
            (Self::Change(_), error) => ApiError::of_zuora(error, str::to_owned),
        }
    }
}

fn names_target(error: &PublicError) -> bool {
    let mut fields = error.fields().into_iter().flat_map(|errors| errors.iter());
    fields.any(|error| error.field == change::field::TARGET)
}

/// What the API calls the checkout's fields.
fn called(name: &str) -> String {
    match name {
        field::CUSTOMER => "customerId",
        field::CUSTOMER_KIND | field::COMPANY => "billingDetails.company",
        field::FIRST_NAME => "billingDetails.firstName",
        field::LAST_NAME => "billingDetails.lastName",
        field::EMAIL => "billingDetails.email",
        field::WORK_EMAIL => "billingDetails.workEmail",
        field::PHONE => "billingDetails.phone",
        field::WORK_PHONE => "billingDetails.workPhone",
        field::OTHER_PHONE => "billingDetails.otherPhone",
        field::ADDRESS1 => "billingDetails.address1",
        field::ADDRESS2 => "billingDetails.address2",
        field::CITY => "billingDetails.city",
        field::STATE => "billingDetails.state",
        field::COUNTY => "billingDetails.county",
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

impl SentOrder {
    /// Reads a body by its `order_type`.
    ///
    /// # Errors
    /// What cannot be understood.
    pub(super) fn read(body: Map<String, Value>) -> Result<Self, ApiError> {
        match body.get("order_type").unwrap_or(&Value::Null) {
            Value::String(kind) if kind == "new" => {
                typed(body.into()).map(|order| Self::New(Box::new(order)))
            }
            Value::String(kind) if kind == "update_subscription" => {
                typed(body.into()).map(Self::Update)
            }
            Value::String(_) | Value::Null => {
                Err(wrong("order_type", "Send new or update_subscription."))
            }
            _ => Err(ApiError::of_field(
                StatusCode::BAD_REQUEST,
                "order_type",
                "Send new or update_subscription.",
            )),
        }
    }

    /// What the desk makes of it.
    ///
    /// # Errors
    /// What is wrong with a field that only the API has.
    pub(super) async fn ordered(
        self,
        rest: &Rest,
        partner: &PartnerSession,
    ) -> Result<Ordered, ApiError> {
        match self {
            Self::New(order) => order.ordered(rest, partner).await,
            Self::Update(order) => order.ordered(),
        }
    }
}

/// What a program calls its order: kept as it is.
fn external_id(sent: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(sent) = sent.filter(|sent| !sent.is_empty()) else { return Ok(None) };
    if sent.contains(char::is_control) {
        return Err(wrong("external_id", "Remove the control characters."));
    }
    if sent.chars().count() > LONGEST_EXTERNAL_ID {
        let message = format!("Shorten this to {LONGEST_EXTERNAL_ID} characters or fewer.");
        return Err(wrong("external_id", &message));
    }
    Ok(Some(sent))
}

impl SubscriptionChange {
    /// The field that says what is changed.
    const fn target(self) -> &'static str {
        match self {
            Self::SwitchPlan | Self::AddAddOn => "offer.id",
            Self::Quantity | Self::RemoveAddOn => "planId",
            Self::Cancel | Self::Undo => "change",
        }
    }

    /// The fields that belong to it.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::SwitchPlan | Self::AddAddOn => &["offer", "quantity"],
            Self::Quantity => &["planId", "quantity"],
            Self::RemoveAddOn => &["planId"],
            Self::Cancel => &["when"],
            Self::Undo => &[],
        }
    }
}

impl UpdateSubscription {
    fn ordered(self) -> Result<Ordered, ApiError> {
        let number = &self.for_subscription;
        if number.is_empty() || number.contains(char::is_control) || number.len() > LONGEST_NUMBER {
            return Err(wrong("forSubscription", "Send the subscription’s number."));
        }
        let own = self.change.fields();
        for (field, is_sent) in [
            ("offer", self.offer.is_some()),
            ("planId", self.plan_id.is_some()),
            ("quantity", self.quantity.is_some()),
            ("when", self.when.is_some()),
        ] {
            if is_sent && !own.contains(&field) {
                return Err(wrong(field, "Leave this out: it does not belong to this change."));
            }
        }
        let request = self.request()?;
        Ok(Ordered {
            request: OrderRequest::Change(SubscriptionNumber(self.for_subscription), request),
            external_id: external_id(self.external_id)?,
            words: Words::Change(self.change),
        })
    }

    fn request(&self) -> Result<ChangeRequest, ApiError> {
        Ok(match self.change {
            SubscriptionChange::SwitchPlan => {
                ChangeRequest::SwitchPlan { to: self.offer()?, quantity: self.units()? }
            }
            SubscriptionChange::AddAddOn => ChangeRequest::AddAddOn {
                offer: self.offer()?,
                quantity: Some(self.units()?.unwrap_or(Decimal::ONE)),
            },
            SubscriptionChange::Quantity => ChangeRequest::Quantity {
                plan: self.plan()?,
                quantity: self.units()?.ok_or_else(|| wrong("quantity", "Send how many."))?,
            },
            SubscriptionChange::RemoveAddOn => ChangeRequest::RemoveAddOn { plan: self.plan()? },
            SubscriptionChange::Cancel => ChangeRequest::Cancel {
                when: match self.when {
                    Some(CancelledWhen::TermEnd) => CancelWhen::TermEnd,
                    Some(CancelledWhen::Now) => CancelWhen::Now,
                    None => return Err(wrong("when", "Send term_end or now.")),
                },
            },
            SubscriptionChange::Undo => ChangeRequest::Undo,
        })
    }

    fn offer(&self) -> Result<OfferId, ApiError> {
        let offer = self.offer.as_ref().ok_or_else(|| wrong("offer", "Send the offer."))?;
        offer.id.parse().map_err(|_| wrong("offer.id", NO_SUCH_OFFER))
    }

    fn plan(&self) -> Result<PlanId, ApiError> {
        let plan = self.plan_id.as_deref().filter(|plan| !plan.is_empty());
        let plan = plan.ok_or_else(|| wrong("planId", "Send one of the subscription’s plans."))?;
        Ok(PlanId::from(plan))
    }

    fn units(&self) -> Result<Option<Decimal>, ApiError> {
        let units = self.quantity.map(|units| parse_quantity(&units.to_string()));
        units.transpose().map_err(|message| wrong("quantity", &message))
    }
}

impl CreateSubscription {
    async fn ordered(self, rest: &Rest, partner: &PartnerSession) -> Result<Ordered, ApiError> {
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
        Ok(Ordered {
            request: OrderRequest::Purchase(plan.id, Box::new(form)),
            external_id: external_id(self.external_id)?,
            words: Words::Purchase,
        })
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
        let of_quantity = || format!("orderItems[{place}].quantity");
        if quantity == 0 {
            return Err(wrong(of_quantity(), "Order 1 or more."));
        }
        if quantity > MOST_UNITS {
            return Err(wrong(of_quantity(), "Order 1,000,000 or fewer."));
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
        None if items.len() == 1 => Err(wrong("orderItems[0].offer.id", NO_SUCH_OFFER)),
        // Which of them is to be the plan is not known.
        None => Err(wrong("orderItems", NO_SUCH_OFFER)),
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
                work_email: address.work_email.unwrap_or_default(),
                phone: address.phone.unwrap_or_default(),
                work_phone: address.work_phone.unwrap_or_default(),
                other_phone: address.other_phone.unwrap_or_default(),
                address1: address.address1,
                address2: address.address2.unwrap_or_default(),
                city: address.city,
                state: address.state.unwrap_or_default(),
                county: address.county.unwrap_or_default(),
                postal_code: address.postal_code.unwrap_or_default(),
                country: address.country.or(country).unwrap_or_default(),
                ..CheckoutForm::default()
            })
        }
    }
}
