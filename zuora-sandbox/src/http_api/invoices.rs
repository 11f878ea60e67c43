//! Invoices of an account, their files and their lines.

use super::paging::page;
use super::parts::{Answer, Query, good};
use crate::money::number;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::state::{Document, DocumentKind, Item, State as Known};
use axum::extract::{Path, State};
use serde_json::{Value, json};

const USER: &str = "8ad0a1c08f3b5d11018f3b7c00500001";

/// The account's invoices, newest first.
pub(super) async fn by_account(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    good(sandbox.read(|state| {
        let account = state.account(&key)?;
        let mut invoices: Vec<&Document> =
            state.documents_of(&account.id, DocumentKind::Invoice).collect();
        invoices.reverse();
        page(&query, "invoices", 20, invoices.into_iter(), |invoice| {
            json!({
                "id": invoice.id,
                "accountId": account.id,
                "accountNumber": account.number,
                "accountName": account.name,
                "invoiceNumber": invoice.number,
                "invoiceDate": invoice.date,
                "invoiceTargetDate": invoice.target,
                "dueDate": invoice.due,
                "amount": number(invoice.amount),
                "balance": number(invoice.balance),
                "creditBalanceAdjustmentAmount": 0,
                "createdBy": USER,
                "status": "Posted",
                "reversed": false,
                "body": format!("{}/v1/files/{}", query.base, invoice.file_id),
                "invoiceItems": format!("{}/v1/invoices/{}/items", query.base, invoice.id),
                "invoiceFiles": format!("{}/v1/invoices/{}/files", query.base, invoice.id),
            })
        })
    })?)
}

pub(super) async fn get(State(sandbox): State<Sandbox>, Path(key): Path<String>) -> Answer {
    good(sandbox.read(|state| {
        let invoice = find(state, &key)?;
        Ok::<_, Refusal>(json!({
            "success": true,
            "id": invoice.id,
            "accountId": invoice.account_id,
            "invoiceNumber": invoice.number,
            "invoiceDate": invoice.date,
            "targetDate": invoice.target,
            "dueDate": invoice.due,
            "amount": number(invoice.amount),
            "balance": number(invoice.balance),
            "taxAmount": 0,
            "currency": invoice.currency,
            "status": "Posted",
        }))
    })?)
}

pub(super) async fn files(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    good(sandbox.read(|state| {
        let invoice = find(state, &key)?;
        page(&query, "invoiceFiles", 20, std::iter::once(invoice), |invoice| {
            json!({
                "id": invoice.file_id,
                "versionNumber": invoice.created.0 * 1000,
                "pdfFileUrl": format!("{}/v1/files/{}", query.base, invoice.file_id),
            })
        })
    })?)
}

pub(super) async fn items(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    good(sandbox.read(|state| {
        let invoice = find(state, &key)?;
        page(&query, "invoiceItems", 20, invoice.items.iter(), item)
    })?)
}

fn find<'a>(state: &'a Known, key: &str) -> Result<&'a Document, Refusal> {
    state
        .document(key)
        .ok()
        .filter(|document| document.kind == DocumentKind::Invoice)
        .ok_or_else(|| Refusal::not_found(key))
}

fn item(item: &Item) -> Value {
    let mut value = json!({
        "id": item.id,
        "subscriptionName": item.subscription_number,
        "serviceStartDate": item.from,
        "serviceEndDate": item.through,
        "chargeAmount": number(item.amount),
        "chargeName": item.charge_name,
        "chargeDescription": "",
        "productName": item.product_name,
        "productRatePlanChargeId": item.product_charge_id,
        "quantity": number(item.quantity),
        "unitPrice": number(item.unit_price),
        "taxAmount": 0,
    });
    if let Some(uom) = &item.uom {
        value["unitOfMeasure"] = json!(uom);
    }
    value
}
