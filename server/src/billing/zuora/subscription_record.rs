//! Subscriptions as object queries give them, in other words than the rest of
//! Zuora's API.

use super::super::{
    AccountId, AccountNumber, ChargeId, Party, PlanId, RatePlanId, SubscribedCharge,
    SubscribedPlan, Subscription, SubscriptionNumber,
};
use super::number::{Day, Number, text};
use super::{charges, subscriptions};
use partners_app::domain::Currency;
use serde::Deserialize;

/// A subscription with what was asked for inside it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    name: String,
    status: String,
    account_id: String,
    #[serde(default)]
    invoice_owner_id: Option<String>,
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
    account: Option<Account>,
    #[serde(default)]
    invoice_owner: Option<Account>,
    #[serde(default)]
    rate_plans: Vec<RatePlan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    #[serde(default)]
    account_number: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    currency: Option<Currency>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RatePlan {
    id: String,
    product_rate_plan_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    amendment_type: Option<String>,
    #[serde(default)]
    rate_plan_charges: Vec<Charge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Charge {
    charge_number: String,
    product_rate_plan_charge_id: String,
    #[serde(default)]
    name: Option<String>,
    charge_type: String,
    charge_model: String,
    #[serde(default)]
    billing_period: Option<String>,
    #[serde(default)]
    specific_billing_period: Option<u32>,
    #[serde(default)]
    list_price_base: Option<String>,
    #[serde(default)]
    quantity: Option<Number>,
    #[serde(default, rename = "uOM")]
    unit: Option<String>,
    #[serde(default)]
    sales_price: Option<Number>,
    #[serde(default)]
    effective_start_date: Option<Day>,
    #[serde(default)]
    effective_end_date: Option<Day>,
    #[serde(default)]
    charged_through_date: Option<Day>,
}

fn party(id: String, account: Option<&Account>) -> Party {
    Party {
        id: AccountId(id),
        number: account.and_then(|account| account.account_number.clone()).map(AccountNumber),
        name: account.and_then(|account| account.name.clone()),
    }
}

impl Record {
    pub(super) fn in_our_terms(self, organisation: Option<String>) -> Subscription {
        let payer = self.invoice_owner.as_ref().or(self.account.as_ref());
        let currency = self.currency.or_else(|| payer.and_then(|account| account.currency));
        let invoice_owner = match self.invoice_owner_id {
            Some(id) if id != self.account_id => party(id, self.invoice_owner.as_ref()),
            _ => party(self.account_id.clone(), payer),
        };
        Subscription {
            number: SubscriptionNumber(self.name),
            status: subscriptions::status(&self.status),
            owner: party(self.account_id, self.account.as_ref()),
            invoice_owner,
            currency,
            starts_on: self.subscription_start_date.map(|day| day.0),
            ends_on: self.subscription_end_date.map(|day| day.0),
            term_starts_on: self.term_start_date.map(|day| day.0),
            term_ends_on: self.term_end_date.map(|day| day.0),
            auto_renews: self.auto_renew.unwrap_or_default(),
            plans: self.rate_plans.into_iter().map(|plan| plan.in_our_terms(currency)).collect(),
            latest_order: None,
            organisation,
        }
    }
}

impl RatePlan {
    fn in_our_terms(self, currency: Option<Currency>) -> SubscribedPlan {
        let charges = self.rate_plan_charges.into_iter();
        SubscribedPlan {
            id: PlanId(self.id),
            rate_plan: RatePlanId(self.product_rate_plan_id),
            name: self.name.unwrap_or_default(),
            product: None,
            is_removed: self.amendment_type.as_deref() == Some("RemoveProduct"),
            charges: charges.map(|charge| charge.in_our_terms(currency)).collect(),
        }
    }
}

impl Charge {
    fn in_our_terms(self, currency: Option<Currency>) -> SubscribedCharge {
        let word = self.billing_period.as_deref();
        let period = word.map(|word| charges::period(word, self.specific_billing_period));
        let base = self.list_price_base.as_deref();
        let price = self
            .sales_price
            .zip(currency)
            .map(|(price, of)| charges::per_period(price.0, of, period.as_ref(), base));
        SubscribedCharge {
            number: self.charge_number,
            charge: ChargeId(self.product_rate_plan_charge_id),
            name: self.name.unwrap_or_default(),
            kind: charges::kind(&self.charge_type),
            model: charges::model(&self.charge_model),
            period,
            quantity: self.quantity.map(|number| number.0),
            unit: text(self.unit),
            price,
            from: self.effective_start_date.map(|day| day.0),
            until: self.effective_end_date.map(|day| day.0),
            invoiced_until: self.charged_through_date.map(|day| day.0),
        }
    }
}
