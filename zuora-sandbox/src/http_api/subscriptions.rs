//! `/v1/subscriptions`.

use super::paging::page;
use super::parts::{Answer, Json, Query, good};
use crate::billing::metrics_of;
use crate::money::number;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::state::{Charge, ChargeKind, RatePlan, Segment, State as Known, Subscription};
use axum::extract::{Path, State};
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub(super) async fn get(State(sandbox): State<Sandbox>, Path(key): Path<String>) -> Answer {
    good(sandbox.read(|state| with_success(state, state.subscription(&key)?))?)
}

pub(super) async fn version(
    State(sandbox): State<Sandbox>,
    Path((key, version)): Path<(String, u32)>,
) -> Answer {
    good(sandbox.read(|state| {
        let number = &state.subscription(&key)?.number;
        let found = state
            .subscriptions
            .get(number)
            .and_then(|versions| versions.iter().find(|candidate| candidate.version == version))
            .ok_or_else(|| Refusal::not_found(&format!("{key}/versions/{version}")))?;
        with_success(state, found)
    })?)
}

fn with_success(state: &Known, subscription: &Subscription) -> Result<Value, Refusal> {
    let mut value = shape(state, subscription)?;
    value["success"] = json!(true);
    Ok(value)
}

/// The latest version of each subscription that the account owns, newest first.
pub(super) async fn by_account(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    good(sandbox.read(|state| {
        let account = state.account(&key)?;
        let mut owned: Vec<&Subscription> =
            state.latest().filter(|subscription| subscription.account_id == account.id).collect();
        owned.sort_by(|one, other| {
            (other.original_created, &other.number).cmp(&(one.original_created, &one.number))
        });
        page(&query, "subscriptions", 20, owned.into_iter(), |subscription| {
            shape(state, subscription).unwrap_or_default()
        })
    })?)
}

/// Changes the custom fields of the latest version.
pub(super) async fn custom_fields(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    body: Json,
) -> Answer {
    sandbox.write(|state| {
        let custom = body.fields()?.custom()?;
        state.tenant.check("Subscription", &custom)?;
        let number = state.subscription(&key)?.number.clone();
        if let Some(latest) = state.subscriptions.get_mut(&number).and_then(|all| all.last_mut()) {
            latest.custom.extend(custom);
        }
        Ok::<_, Refusal>(())
    })?;
    good(json!({ "success": true }))
}

/// What the subscription brings in a month.
pub(crate) fn monthly(subscription: &Subscription) -> Decimal {
    charges(subscription)
        .filter_map(|charge| metrics_of(subscription, &charge.number))
        .map(|metrics| metrics.monthly)
        .sum()
}

fn charges(subscription: &Subscription) -> impl Iterator<Item = &Charge> {
    subscription.rate_plans.iter().flat_map(|plan| &plan.charges)
}

fn shape(state: &Known, subscription: &Subscription) -> Result<Value, Refusal> {
    let owner = state.account(&subscription.account_id)?;
    let payer = state.account(&subscription.invoice_owner_id)?;
    let term = &subscription.term;
    let total: Decimal = charges(subscription)
        .filter_map(|charge| metrics_of(subscription, &charge.number))
        .map(|metrics| metrics.total)
        .sum();
    let mut value = json!({
        "id": subscription.id,
        "subscriptionNumber": subscription.number,
        "status": subscription.status.word(),
        "revision": format!("{}.0", subscription.version),
        "accountId": owner.id,
        "accountNumber": owner.number,
        "accountName": owner.name,
        "invoiceOwnerAccountId": payer.id,
        "invoiceOwnerAccountNumber": payer.number,
        "invoiceOwnerAccountName": payer.name,
        "invoiceSeparately": subscription.invoice_separately,
        "subscriptionStartDate": subscription.start,
        "contractEffectiveDate": subscription.contract_effective,
        "serviceActivationDate": subscription.service_activation,
        "customerAcceptanceDate": subscription.customer_acceptance,
        "termType": term.kind(),
        "termStartDate": term.start,
        "initialTerm": term.initial.count,
        "initialTermPeriodType": term.initial.unit.word(),
        "currentTerm": term.current.count,
        "currentTermPeriodType": term.current.unit.word(),
        "renewalTerm": term.renewal.count,
        "renewalTermPeriodType": term.renewal.unit.word(),
        "renewalSetting": term.renewal_setting(),
        "autoRenew": term.auto_renew,
        "notes": subscription.notes,
        "contractedMrr": number(monthly(subscription)),
        "totalContractedValue": number(total),
        "ratePlans": subscription
            .rate_plans
            .iter()
            .map(|plan| rate_plan(subscription, plan))
            .collect::<Vec<_>>(),
    });
    if let Some(end) = term.end {
        value["termEndDate"] = json!(end);
    }
    if let Some(end) = subscription.end() {
        value["subscriptionEndDate"] = json!(end);
    }
    if let Some(order) = &subscription.order_number {
        value["orderNumber"] = json!(order);
    }
    crate::state::extend(&mut value, &subscription.custom);
    Ok(value)
}

fn rate_plan(subscription: &Subscription, plan: &RatePlan) -> Value {
    let charges = plan.charges.iter().flat_map(|charge| {
        charge.segments.iter().map(|segment| rate_plan_charge(subscription, charge, segment))
    });
    let mut value = json!({
        "id": plan.id,
        "lastChangeType": plan.last_change,
        "productId": plan.product_id,
        "productName": plan.product_name,
        "productSku": plan.product_sku,
        "productRatePlanId": plan.product_rate_plan_id,
        "ratePlanName": plan.name,
        "ratePlanCharges": charges.collect::<Vec<_>>(),
        "subscriptionProductFeatures": [],
    });
    crate::state::extend(&mut value, &plan.custom);
    value
}

fn rate_plan_charge(subscription: &Subscription, charge: &Charge, segment: &Segment) -> Value {
    let recurring = charge.kind == ChargeKind::Recurring;
    let full = charge.full_amount(segment.price, segment.quantity);
    let monthly = crate::money::cents(full / Decimal::from(charge.period.months()));
    let mut value = json!({
        "id": segment.id,
        "originalChargeId": charge.original_id,
        "productRatePlanChargeId": charge.product_charge_id,
        "number": charge.number,
        "name": charge.name,
        "type": charge.kind.word(),
        "model": charge.model.word(),
        "version": segment.number,
        "segment": segment.number,
        "currency": subscription.currency,
        "quantity": number(segment.quantity),
        "price": number(segment.price),
        "uom": charge.uom,
        "pricingSummary": match &charge.uom {
            Some(uom) => format!("{}{} / {uom}", subscription.currency, segment.price),
            None => format!("{}{}", subscription.currency, segment.price),
        },
        "billingPeriod": recurring.then(|| charge.period.word()),
        "billingPeriodAlignment": recurring.then_some("AlignToSubscriptionStart"),
        "billingDay": "SubscriptionStartDay",
        "billingTiming": recurring.then_some("IN_ADVANCE"),
        "listPriceBase": recurring.then_some("Per_Billing_Period"),
        "priceChangeOption": recurring.then_some("NoChange"),
        "triggerEvent": "ContractEffective",
        "endDateCondition": "Subscription_End",
        "effectiveStartDate": segment.from,
        "effectiveEndDate": segment.to.or_else(|| subscription.end()),
        "chargedThroughDate": charge.charged_through().filter(|_| recurring),
        "processedThroughDate": charge.charged_through().filter(|_| recurring),
        "done": false,
        "tiers": Value::Null,
    });
    value["mrr"] = if recurring { number(monthly) } else { json!(0) };
    value
}
