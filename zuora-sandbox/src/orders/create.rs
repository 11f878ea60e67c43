//! `CreateSubscription`, with its two owners.

use super::account;
use super::actions::Triggers;
use super::rate_plan;
use super::terms;
use super::work::{Head, Work};
use crate::fields::{Custom, Fields};
use crate::refusal::{Category, Refusal};
use crate::state::{Account, AccountStatus, Subscription, SubscriptionStatus};
use serde_json::{Map, Value, json};

/// Works out the new subscription.
pub(super) fn subscription(
    work: &mut Work<'_>,
    head: &Head,
    action: &Fields<'_>,
    triggers: Triggers,
) -> Result<Subscription, Refusal> {
    let fields = action.need_object("createSubscription")?;
    let wished = fields.own_number("subscriptionNumber", 100)?;
    let number = work.subscription_number(wished)?;
    let owner = subscription_owner(work, head, &fields)?;
    let invoice_owner = invoice_owner(work, head, &fields)?;
    check_owners(work, &owner, &invoice_owner)?;
    let term = terms::read(fields.object("terms")?.as_ref(), triggers.contract)?;
    let start = term.start;
    let id = work.sequences.id();
    let mut subscription = Subscription {
        original_id: id.clone(),
        id,
        previous_id: None,
        number,
        version: 1,
        status: SubscriptionStatus::Active,
        account_id: owner.id,
        invoice_owner_id: invoice_owner.id,
        invoice_separately: fields.flag("invoiceSeparately")?.unwrap_or_default(),
        currency: invoice_owner.currency,
        start,
        contract_effective: triggers.contract,
        service_activation: triggers.service,
        customer_acceptance: triggers.acceptance,
        term,
        cancelled_on: None,
        notes: fields.text("notes", 500)?.unwrap_or_default(),
        custom: Custom::new(),
        rate_plans: Vec::new(),
        order_number: None,
        original_created: work.now,
        created: work.now,
    };
    for entry in fields.objects("subscribeToRatePlans")? {
        let plan = rate_plan::read(work, &entry, &subscription.currency, triggers.contract, "New")?;
        subscription.rate_plans.push(plan);
    }
    Ok(subscription)
}

fn subscription_owner(
    work: &mut Work<'_>,
    head: &Head,
    fields: &Fields<'_>,
) -> Result<Account, Refusal> {
    let existing = fields.text("subscriptionOwnerAccountNumber", 70)?;
    let new = fields.object("newSubscriptionOwnerAccount")?;
    match (existing, new) {
        (Some(_), Some(_)) => Err(Refusal::value(
            "'subscriptionOwnerAccountNumber' and 'newSubscriptionOwnerAccount' cannot both be \
             specified",
        )),
        (Some(number), None) => work.account(&number),
        (None, Some(account)) => account::for_order(work, &account),
        (None, None) => Ok(head.account.clone()),
    }
}

fn invoice_owner(work: &Work<'_>, head: &Head, fields: &Fields<'_>) -> Result<Account, Refusal> {
    let Some(number) = fields.text("invoiceOwnerAccountNumber", 70)? else {
        return Ok(head.account.clone());
    };
    if !work.state.tenant.invoice_owner_field {
        return Err(Refusal::new(
            Category::UnknownField,
            format!("'{}' is not a valid field", fields.name("invoiceOwnerAccountNumber")),
        ));
    }
    work.account(&number)
}

/// Checks that the two accounts may own one subscription together.
pub(super) fn check_owners(
    work: &Work<'_>,
    owner: &Account,
    invoice_owner: &Account,
) -> Result<(), Refusal> {
    if owner.id != invoice_owner.id && !work.state.tenant.owner_transfer {
        return Err(Refusal::rule(
            "The subscription owner and the invoice owner must be the same account, because the \
             Owner Transfer feature is not enabled for this tenant.",
        ));
    }
    if owner.currency != invoice_owner.currency {
        return Err(Refusal::rule(format!(
            "The subscription owner's currency {} differs from the invoice owner's currency {}.",
            owner.currency, invoice_owner.currency
        )));
    }
    match [owner, invoice_owner].iter().find(|account| account.status == AccountStatus::Canceled) {
        Some(account) => Err(Refusal::rule(format!("Account '{}' is not active.", account.number))),
        None => Ok(()),
    }
}

/// The action as the order shows it afterwards.
pub(super) fn shape(
    work: &Work<'_>,
    subscription: &Subscription,
    fields: &Fields<'_>,
) -> Result<Map<String, Value>, Refusal> {
    let mut shape = fields.raw().clone();
    shape.remove("newSubscriptionOwnerAccount");
    let owner = work.account(&subscription.account_id)?;
    shape.insert("subscriptionOwnerAccountNumber".to_owned(), json!(owner.number));
    shape.insert("subscriptionNumber".to_owned(), json!(subscription.number));
    if let Some(Value::Array(entries)) = shape.get_mut("subscribeToRatePlans") {
        for (entry, plan) in entries.iter_mut().zip(&subscription.rate_plans) {
            if let Value::Object(entry) = entry {
                entry.insert("newRatePlanId".to_owned(), json!(plan.id));
                entry.insert("productRatePlanId".to_owned(), json!(plan.product_rate_plan_id));
            }
        }
    }
    Ok(shape)
}
