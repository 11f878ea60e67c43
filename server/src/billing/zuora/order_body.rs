//! The bodies of orders and previews ("Create an order", developer.zuora.com).

use super::number::{Day, Number};
use serde::Serialize;
use std::collections::BTreeMap;

/// Custom fields by their names in the tenant.
pub(super) type CustomFields = BTreeMap<String, String>;

/// An order, or a preview of one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderBody {
    pub order_date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    #[serde(flatten)]
    pub account: OrderAccount,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: CustomFields,
    pub subscriptions: [SubscriptionBody; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_options: Option<ProcessingOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_options: Option<PreviewOptions>,
}

/// The order's account: it becomes subscription owner and invoice owner where
/// nothing else is said.
#[derive(Debug, Serialize)]
pub(super) enum OrderAccount {
    #[serde(rename = "existingAccountNumber")]
    Number(String),
    #[serde(rename = "existingAccountId")]
    Id(String),
    /// One to be made with the order.
    #[serde(rename = "newAccount")]
    New(Box<NewAccount>),
    /// One to be thought of: previews only.
    #[serde(rename = "previewAccountInfo")]
    Preview(Box<PreviewAccount>),
}

/// An account to be made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewAccount {
    pub name: String,
    pub currency: String,
    /// 0: the day of the first order.
    pub bill_cycle_day: u8,
    pub auto_pay: bool,
    pub bill_to_contact: ContactBody,
    pub sold_to_contact: ContactBody,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewAccount {
    pub currency: String,
    pub bill_cycle_day: u8,
    pub sold_to_contact: Place,
}

/// Where taxes are paid.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContactBody {
    pub first_name: String,
    pub last_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub work_email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub personal_email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mobile_phone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub work_phone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub other_phone: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address1: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address2: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub county: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionBody {
    /// `None` for a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_number: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: CustomFields,
    pub order_actions: Vec<OrderAction>,
}

/// One thing done to a subscription, and from when on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderAction {
    #[serde(flatten)]
    pub action: Action,
    pub trigger_dates: [TriggerDate; 3],
}

/// The day of all three triggers.
pub(super) fn triggers(day: Day) -> [TriggerDate; 3] {
    ["ContractEffective", "ServiceActivation", "CustomerAcceptance"]
        .map(|name| TriggerDate { name, trigger_date: day })
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TriggerDate {
    pub name: &'static str,
    pub trigger_date: Day,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Action {
    CreateSubscription {
        #[serde(rename = "createSubscription")]
        body: Box<CreateSubscription>,
    },
    AddProduct {
        #[serde(rename = "addProduct")]
        body: RatePlanBody,
    },
    RemoveProduct {
        #[serde(rename = "removeProduct")]
        body: RemoveProduct,
    },
    UpdateProduct {
        #[serde(rename = "updateProduct")]
        body: UpdateProduct,
    },
    CancelSubscription {
        #[serde(rename = "cancelSubscription")]
        body: CancelSubscription,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateSubscription {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_owner_account_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_subscription_owner_account: Option<NewAccount>,
    pub terms: Terms,
    pub subscribe_to_rate_plans: Vec<RatePlanBody>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terms {
    pub initial_term: InitialTerm,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewal_setting: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renewal_terms: Vec<Length>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_renew: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InitialTerm {
    pub start_date: Day,
    pub term_type: &'static str,
    #[serde(flatten)]
    pub length: Option<Length>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Length {
    pub period: u32,
    pub period_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RatePlanBody {
    pub product_rate_plan_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charge_overrides: Vec<ChargeOverride>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargeOverride {
    pub product_rate_plan_charge_id: String,
    pub pricing: Pricing,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoveProduct {
    pub rate_plan_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateProduct {
    pub rate_plan_id: String,
    pub charge_updates: Vec<ChargeUpdate>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChargeUpdate {
    pub charge_number: String,
    pub pricing: Pricing,
}

/// A quantity, under the name of the charge's kind and model.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Pricing {
    RecurringPerUnit { quantity: Number },
    RecurringTiered { quantity: Number },
    RecurringVolume { quantity: Number },
    OneTimePerUnit { quantity: Number },
    OneTimeTiered { quantity: Number },
    OneTimeVolume { quantity: Number },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancelSubscription {
    pub cancellation_policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_effective_date: Option<Day>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProcessingOptions {
    pub run_billing: bool,
    pub billing_options: BillingOptions,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BillingOptions {
    pub target_date: Day,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewOptions {
    pub preview_thru_type: &'static str,
    pub specific_preview_thru_date: Day,
    pub preview_types: [&'static str; 1],
}
