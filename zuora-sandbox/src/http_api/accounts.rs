//! `/v1/accounts`.

use super::parts::{Answer, Json, good};
use crate::fields::Fields;
use crate::money::number;
use crate::orders::new_account;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::state::{Account, AccountStatus, DocumentKind, State as Known, Subscription};
use axum::extract::{Path, State};
use rust_decimal::Decimal;
use serde_json::{Value, json};

pub(super) async fn create(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    let now = sandbox.clock().now();
    let account = sandbox.write(|state| {
        let fields = body.fields()?;
        let mut sequences = state.sequences.clone();
        let account = new_account(state, &mut sequences, now, &fields, fields.custom_here())?;
        state.sequences = sequences;
        state.put_account(account.clone());
        Ok::<_, Refusal>(account)
    })?;
    good(json!({
        "success": true,
        "accountId": account.id,
        "accountNumber": account.number,
        "billToContactId": account.bill_to.id,
        "soldToContactId": account.sold_to.id,
    }))
}

pub(super) async fn get(State(sandbox): State<Sandbox>, Path(key): Path<String>) -> Answer {
    good(sandbox.read(|state| state.account(&key).map(|account| whole(state, account)))?)
}

pub(super) async fn summary(State(sandbox): State<Sandbox>, Path(key): Path<String>) -> Answer {
    good(sandbox.read(|state| state.account(&key).map(|account| in_short(state, account)))?)
}

/// Changes the fields that resellers' integrations change: name, CRM id, notes,
/// whether it is a reseller account, and custom fields.
pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    body: Json,
) -> Answer {
    let now = sandbox.clock().now();
    sandbox.write(|state| {
        let mut account = state.account(&key)?.clone();
        let fields = body.fields()?;
        change(&mut account, &fields)?;
        state.tenant.check("Account", &fields.custom_here())?;
        account.custom.extend(fields.custom_here());
        account.updated = now;
        state.put_account(account);
        Ok::<_, Refusal>(())
    })?;
    good(json!({ "success": true }))
}

fn change(account: &mut Account, fields: &Fields<'_>) -> Result<(), Refusal> {
    if let Some(name) = fields.text("name", 255)? {
        account.name = name;
    }
    if let Some(crm_id) = fields.text("crmId", 100)? {
        account.crm_id = crm_id;
    }
    if let Some(notes) = fields.text("notes", 65_535)? {
        account.notes = notes;
    }
    if let Some(partner) = fields.flag("partnerAccount")? {
        account.partner_account = partner;
    }
    let words = [AccountStatus::Active, AccountStatus::Draft, AccountStatus::Canceled];
    if let Some(word) = fields.word("status", &words.map(AccountStatus::word))? {
        account.status =
            words.into_iter().find(|status| status.word() == word).unwrap_or(account.status);
    }
    Ok(())
}

fn whole(state: &Known, account: &Account) -> Value {
    let owed = state.invoice_balance(&account.id);
    let credit = state.credit_balance(&account.id);
    let mut basic = json!({
        "id": account.id,
        "name": account.name,
        "accountNumber": account.number,
        "notes": account.notes,
        "status": account.status.word(),
        "crmId": account.crm_id,
        "batch": account.batch,
        "invoiceTemplateId": Value::Null,
        "communicationProfileId": "8ad0a1c08f3b5d11018f3b7c00400001",
        "salesRep": "",
        "parentId": account.parent_id.clone().unwrap_or_default(),
        "partnerAccount": account.partner_account,
        "sequenceSetId": Value::Null,
    });
    crate::state::extend(&mut basic, &account.custom);
    json!({
        "basicInfo": basic,
        "billingAndPayment": {
            "billCycleDay": account.bill_cycle_day,
            "currency": account.currency,
            "paymentTerm": account.payment_term,
            "paymentGateway": "",
            "autoPay": account.auto_pay,
            "invoiceDeliveryPrefsPrint": false,
            "invoiceDeliveryPrefsEmail": true,
            "additionalEmailAddresses": [],
        },
        "metrics": {
            "balance": number(owed - credit),
            "totalInvoiceBalance": number(owed),
            "creditBalance": 0,
            "contractedMrr": number(monthly(state, &account.id)),
            "unappliedCreditMemoAmount": number(credit),
        },
        "billToContact": account.bill_to.in_account(),
        "soldToContact": account.sold_to.in_account(),
        "success": true,
    })
}

/// Contracted monthly revenue counts with the subscription owner.
fn monthly(state: &Known, account_id: &str) -> Decimal {
    state
        .latest()
        .filter(|subscription| subscription.account_id == account_id)
        .map(crate::http_api::monthly)
        .sum()
}

fn in_short(state: &Known, account: &Account) -> Value {
    let owed = state.invoice_balance(&account.id) - state.credit_balance(&account.id);
    let mut invoices: Vec<_> = state.documents_of(&account.id, DocumentKind::Invoice).collect();
    invoices.reverse();
    let mut basic = json!({
        "id": account.id,
        "name": account.name,
        "accountNumber": account.number,
        "balance": number(owed),
        "billCycleDay": account.bill_cycle_day,
        "currency": account.currency,
        "status": account.status.word(),
        "invoiceDeliveryPrefsPrint": false,
        "invoiceDeliveryPrefsEmail": true,
        "additionalEmailAddresses": [],
        "partnerAccount": account.partner_account,
    });
    if let Some(last) = invoices.first() {
        basic["lastInvoiceDate"] = json!(last.date);
    }
    crate::state::extend(&mut basic, &account.custom);
    let subscriptions = state
        .latest()
        .filter(|subscription| subscription.account_id == account.id)
        .take(300)
        .map(subscription_in_short);
    json!({
        "basicInfo": basic,
        "billToContact": account.bill_to.in_summary(),
        "soldToContact": account.sold_to.in_summary(),
        "subscriptions": subscriptions.collect::<Vec<_>>(),
        "invoices": invoices.iter().take(6).map(|invoice| json!({
            "id": invoice.id,
            "invoiceNumber": invoice.number,
            "invoiceDate": invoice.date,
            "dueDate": invoice.due,
            "amount": number(invoice.amount),
            "balance": number(invoice.balance),
            "status": "Posted",
        })).collect::<Vec<_>>(),
        "usage": [],
        "payments": [],
        "success": true,
    })
}

fn subscription_in_short(subscription: &Subscription) -> Value {
    let mut value = json!({
        "id": subscription.id,
        "subscriptionNumber": subscription.number,
        "status": subscription.status.word(),
        "subscriptionStartDate": subscription.start,
        "termType": subscription.term.kind(),
        "termStartDate": subscription.term.start,
        "initialTerm": subscription.term.initial.count,
        "renewalTerm": subscription.term.renewal.count,
        "autoRenew": subscription.term.auto_renew,
        "ratePlans": subscription.rate_plans.iter().map(|plan| json!({
            "productId": plan.product_id,
            "productName": plan.product_name,
            "productSku": plan.product_sku,
            "productRatePlanId": plan.product_rate_plan_id,
            "ratePlanName": plan.name,
        })).collect::<Vec<_>>(),
    });
    if let Some(end) = subscription.term.end {
        value["termEndDate"] = json!(end);
    }
    crate::state::extend(&mut value, &subscription.custom);
    value
}
