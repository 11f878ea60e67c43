//! Subscriptions, one as it is now and lists of them.

use super::super::{
    AccountId, AccountNumber, BillingError, ChargeId, OrderNumber, PageToken, Party, PlanId,
    Portion, RatePlanId, SubscribedCharge, SubscribedPlan, Subscription, SubscriptionNumber,
    SubscriptionStatus, SubscriptionsOf,
};
use super::charges;
use super::http::Http;
use super::number::{Day, Number, text};
use super::object_query::{self, MOST};
use super::subscription_record::Record;
use partners_app::domain::Currency;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// `GET /v1/subscriptions/{number}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    subscription_number: String,
    status: String,
    account_id: String,
    #[serde(default)]
    account_number: Option<String>,
    #[serde(default)]
    account_name: Option<String>,
    #[serde(default)]
    invoice_owner_account_id: Option<String>,
    #[serde(default)]
    invoice_owner_account_number: Option<String>,
    #[serde(default)]
    invoice_owner_account_name: Option<String>,
    #[serde(default)]
    currency: Option<Currency>,
    #[serde(default)]
    subscription_start_date: Option<Day>,
    #[serde(default)]
    subscription_end_date: Option<Day>,
    #[serde(default)]
    term_start_date: Option<Day>,
    #[serde(default)]
    term_end_date: Option<Day>,
    #[serde(default)]
    auto_renew: Option<bool>,
    #[serde(default)]
    order_number: Option<String>,
    #[serde(default)]
    rate_plans: Vec<WirePlan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePlan {
    id: String,
    product_rate_plan_id: String,
    rate_plan_name: String,
    #[serde(default)]
    product_name: Option<String>,
    #[serde(default)]
    last_change_type: Option<String>,
    #[serde(default)]
    rate_plan_charges: Vec<WireCharge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCharge {
    number: String,
    product_rate_plan_charge_id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    model: String,
    #[serde(default)]
    currency: Option<Currency>,
    #[serde(default)]
    quantity: Option<Number>,
    #[serde(default)]
    uom: Option<String>,
    #[serde(default)]
    price: Option<Number>,
    #[serde(default)]
    billing_period: Option<String>,
    #[serde(default)]
    specific_billing_period: Option<u32>,
    #[serde(default)]
    list_price_base: Option<String>,
    #[serde(default)]
    effective_start_date: Option<Day>,
    #[serde(default)]
    effective_end_date: Option<Day>,
    #[serde(default)]
    charged_through_date: Option<Day>,
}

/// The subscription with this number.
pub(super) async fn find(
    http: &Http,
    number: &SubscriptionNumber,
) -> Result<Option<Subscription>, BillingError> {
    let request = http.get(&["v1", "subscriptions", number.as_str()]);
    // Without it a charge shows the last of its spans only.
    let request = request.with("charge-detail", "all-segments");
    let found: Option<Box<RawValue>> = http.json_if_there(request).await?;
    let organisation = http.settings().fields.partner_organisation.as_deref();
    found
        .map(|raw| {
            let whole: Whole = serde_json::from_str(raw.get()).map_err(unreadable)?;
            Ok(whole.in_our_terms(organisation.and_then(|name| custom_field(&raw, name))))
        })
        .transpose()
}

/// A page of accounts' subscriptions, with all it takes to show them.
pub(super) async fn list(
    http: &Http,
    of: &SubscriptionsOf,
    page: Option<&PageToken>,
) -> Result<Portion<Subscription>, BillingError> {
    let (field, accounts) = match of {
        SubscriptionsOf::Owners(accounts) => ("accountid", accounts),
        SubscriptionsOf::InvoiceOwners(accounts) => ("invoiceownerid", accounts),
    };
    let Some(filter) = object_query::of_accounts(field, accounts)? else {
        return Ok(Portion { items: Vec::new(), next: None });
    };
    let query = object_query::query(http, "subscriptions", MOST)
        .with("filter[]", &filter)
        .with("filter[]", "islatestversion.EQ:true")
        .with("expand[]", "account")
        .with("expand[]", "invoiceowner")
        .with("expand[]", "rateplans.rateplancharges");
    let Portion { items, next } = object_query::page::<Box<RawValue>>(http, query, page).await?;
    let organisation = http.settings().fields.partner_organisation.as_deref();
    let items = items.into_iter().map(|raw| {
        let record: Record = serde_json::from_str(raw.get()).map_err(unreadable)?;
        Ok(record.in_our_terms(organisation.and_then(|name| custom_field(&raw, name))))
    });
    Ok(Portion { items: items.collect::<Result<_, BillingError>>()?, next })
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn unreadable(error: serde_json::Error) -> BillingError {
    BillingError::unavailable(format!("Zuora’s subscription cannot be read ({error})."))
}

/// A custom field of a record, whatever the case of its name: object queries
/// may write it otherwise.
fn custom_field(raw: &RawValue, name: &str) -> Option<String> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    let (_, value) = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    text(serde_json::from_str(value.get()).ok()?)
}

/// Zuora's word for how a subscription stands.
pub(super) fn status(word: &str) -> SubscriptionStatus {
    match word {
        "Draft" => SubscriptionStatus::Draft,
        "Active" => SubscriptionStatus::Active,
        "Suspended" => SubscriptionStatus::Suspended,
        "Cancelled" | "Canceled" => SubscriptionStatus::Cancelled,
        "Expired" => SubscriptionStatus::Expired,
        _ => SubscriptionStatus::Pending,
    }
}

impl Whole {
    fn in_our_terms(self, organisation: Option<String>) -> Subscription {
        let plans: Vec<SubscribedPlan> =
            self.rate_plans.into_iter().map(WirePlan::in_our_terms).collect();
        let of_charges = || {
            let mut prices = plans.iter().flat_map(|plan| &plan.charges);
            prices.find_map(|charge| charge.price).map(|price| price.currency)
        };
        let owner = Party {
            id: AccountId(self.account_id),
            number: self.account_number.map(AccountNumber),
            name: self.account_name,
        };
        let invoice_owner = match self.invoice_owner_account_id {
            Some(id) => Party {
                id: AccountId(id),
                number: self.invoice_owner_account_number.map(AccountNumber),
                name: self.invoice_owner_account_name,
            },
            None => owner.clone(),
        };
        Subscription {
            number: SubscriptionNumber(self.subscription_number),
            status: status(&self.status),
            owner,
            invoice_owner,
            currency: self.currency.or_else(of_charges),
            starts_on: self.subscription_start_date.map(|day| day.0),
            ends_on: self.subscription_end_date.map(|day| day.0),
            term_starts_on: self.term_start_date.map(|day| day.0),
            term_ends_on: self.term_end_date.map(|day| day.0),
            auto_renews: self.auto_renew.unwrap_or_default(),
            plans,
            latest_order: self.order_number.map(OrderNumber),
            organisation,
        }
    }
}

impl WirePlan {
    fn in_our_terms(self) -> SubscribedPlan {
        SubscribedPlan {
            id: PlanId(self.id),
            rate_plan: RatePlanId(self.product_rate_plan_id),
            name: self.rate_plan_name,
            product: text(self.product_name),
            is_removed: self.last_change_type.as_deref() == Some("Remove"),
            charges: self.rate_plan_charges.into_iter().map(WireCharge::in_our_terms).collect(),
        }
    }
}

impl WireCharge {
    fn in_our_terms(self) -> SubscribedCharge {
        let period = self
            .billing_period
            .as_deref()
            .map(|word| charges::period(word, self.specific_billing_period));
        let base = self.list_price_base.as_deref();
        let price = self
            .price
            .zip(self.currency)
            .map(|(price, currency)| charges::per_period(price.0, currency, period.as_ref(), base));
        SubscribedCharge {
            number: self.number,
            charge: ChargeId(self.product_rate_plan_charge_id),
            name: self.name,
            kind: charges::kind(&self.kind),
            model: charges::model(&self.model),
            period,
            quantity: self.quantity.map(|number| number.0),
            unit: text(self.uom),
            price,
            from: self.effective_start_date.map(|day| day.0),
            until: self.effective_end_date.map(|day| day.0),
            invoiced_until: self.charged_through_date.map(|day| day.0),
        }
    }
}
