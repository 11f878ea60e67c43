//! `/v1/orders`.

use super::paging::page;
use super::parts::{Answer, Json, Query, good};
use crate::orders;
use crate::preview;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::state::{Order, OrderSubscription, State as Known};
use axum::extract::{Path, State};
use serde_json::{Value, json};
use std::cmp::Reverse;

const USER: &str = "8ad0a1c08f3b5d11018f3b7c00500001";

pub(super) async fn place(State(sandbox): State<Sandbox>, query: Query, body: Json) -> Answer {
    let now = sandbox.clock().now();
    let return_ids = query.flag("returnIds");
    let fields = body.fields()?;
    good(sandbox.write(|state| orders::commit(state, now, &fields, return_ids))?)
}

pub(super) async fn preview(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    let now = sandbox.clock().now();
    let fields = body.fields()?;
    good(sandbox.read(|state| preview::preview(state, now, &fields))?)
}

pub(super) async fn get(State(sandbox): State<Sandbox>, Path(number): Path<String>) -> Answer {
    good(sandbox.read(|state| {
        let order = state.order(&number)?;
        Ok::<_, Refusal>(json!({ "success": true, "order": shape(state, order) }))
    })?)
}

pub(super) async fn delete(State(sandbox): State<Sandbox>, Path(number): Path<String>) -> Answer {
    sandbox.write(|state| orders::delete(state, &number))?;
    good(json!({ "success": true }))
}

pub(super) async fn custom_fields(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
    body: Json,
) -> Answer {
    sandbox.write(|state| {
        let custom = body.fields()?.custom()?;
        state.tenant.check("Order", &custom)?;
        let number = state.order(&number)?.number.clone();
        if let Some(order) = state.orders.get_mut(&number) {
            order.custom.extend(custom);
        }
        Ok::<_, Refusal>(())
    })?;
    good(json!({ "success": true }))
}

pub(super) async fn all(State(sandbox): State<Sandbox>, query: Query) -> Answer {
    list(&sandbox, &query, |_| true)
}

pub(super) async fn by_subscription_owner(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    let id = sandbox.read(|state| state.account(&key).map(|account| account.id.clone()))?;
    list(&sandbox, &query, |order| order.subscriptions.iter().any(|entry| entry.owner_id == id))
}

pub(super) async fn by_invoice_owner(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    let id = sandbox.read(|state| state.account(&key).map(|account| account.id.clone()))?;
    list(&sandbox, &query, |order| {
        order.subscriptions.iter().any(|entry| entry.invoice_owner_id == id)
    })
}

pub(super) async fn by_subscription(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    let number =
        sandbox.read(|state| state.subscription(&key).map(|found| found.number.clone()))?;
    list(&sandbox, &query, |order| order.subscriptions.iter().any(|entry| entry.number == number))
}

/// A page of the orders that fit, newest first.
fn list(sandbox: &Sandbox, query: &Query, fits: impl Fn(&Order) -> bool) -> Answer {
    good(sandbox.read(|state| {
        let mut orders: Vec<&Order> = state.orders.values().filter(|order| fits(order)).collect();
        orders.sort_by_key(|order| Reverse(order.place));
        page(query, "orders", 20, orders.into_iter(), |order| shape(state, order))
    })?)
}

fn shape(state: &Known, order: &Order) -> Value {
    let account = state.accounts.get(&order.account_id).map(|account| account.number.as_str());
    json!({
        "orderNumber": order.number,
        "orderDate": order.date,
        "status": "Completed",
        "description": order.description,
        "existingAccountNumber": account,
        "currency": order.currency,
        "customFields": order.custom,
        "createdBy": USER,
        "createdDate": order.created.spaced(),
        "updatedBy": USER,
        "updatedDate": order.created.spaced(),
        "orderLineItems": [],
        "subscriptions": order.subscriptions.iter().map(subscription).collect::<Vec<_>>(),
    })
}

fn subscription(entry: &OrderSubscription) -> Value {
    let mut value = json!({
        "subscriptionNumber": entry.number,
        "newVersion": entry.new_version,
        "customFields": entry.custom,
        "orderActions": entry.actions,
    });
    if let Some(version) = entry.base_version {
        value["baseVersion"] = json!(version);
    }
    value
}
