//! `/sandbox/…`: what no Zuora has, for those who test against this one. No
//! token is asked for.

use super::parts::{Answer, Json, good};
use crate::faults::Fault;
use crate::money::number;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::state::DocumentKind;
use crate::tenant::Tenant;
use axum::extract::State;
use http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const A_DAY: i64 = 86_400;

fn wrong(message: impl Into<String>) -> Refusal {
    Refusal::value(message).with_status(StatusCode::BAD_REQUEST)
}

/// How much there is, how often what was called, and what time it is.
pub(super) async fn state(State(sandbox): State<Sandbox>) -> Answer {
    let now = sandbox.clock().now();
    let calls = sandbox.recorder().calls().clone();
    good(sandbox.read(|state| {
        let of =
            |kind| state.documents.values().filter(move |document| document.kind == kind).count();
        json!({
            "time": now.to_string(),
            "calls": calls,
            "accounts": state.accounts.len(),
            "subscriptions": state.subscriptions.len(),
            "orders": state.orders.len(),
            "invoices": of(DocumentKind::Invoice),
            "creditMemos": of(DocumentKind::CreditMemo),
        })
    }))
}

/// What went over the wire lately.
pub(super) async fn exchanges(State(sandbox): State<Sandbox>) -> axum::Json<Value> {
    axum::Json(json!(sandbox.exchanges()))
}

/// Starts afresh.
pub(super) async fn reset(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.reset();
    StatusCode::NO_CONTENT
}

/// Lets time pass: `{"days": 31}`, `{"seconds": 3600}` or `{"to": "2027-01-01"}`.
pub(super) async fn clock(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    let fields = body.fields()?;
    let now = sandbox.clock().now();
    let days = i64::from(fields.count("days")?.unwrap_or_default());
    let mut seconds = days * A_DAY + i64::from(fields.count("seconds")?.unwrap_or_default());
    if let Some(day) = fields.day("to")? {
        let ahead = now.day().days_until(day);
        if ahead < 0 {
            return Err(wrong(format!("'to' is in the past: it is {now}")));
        }
        seconds += ahead * A_DAY;
    }
    sandbox.advance(seconds);
    good(json!({ "time": sandbox.clock().now().to_string() }))
}

/// How the tenant is set up.
pub(super) async fn tenant(State(sandbox): State<Sandbox>) -> axum::Json<Tenant> {
    axum::Json(sandbox.read(|state| state.tenant.clone()))
}

/// Sets the tenant up; what is not named is as at first.
pub(super) async fn set_tenant(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    let tenant: Tenant =
        serde_json::from_value(body.0).map_err(|error| wrong(error.to_string()))?;
    sandbox.write(|state| state.tenant = tenant.clone());
    good(json!(tenant))
}

/// Makes all tokens worthless at once.
pub(super) async fn expire_tokens(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.expire_tokens();
    StatusCode::NO_CONTENT
}

/// The faults that are switched on, and how often they struck.
pub(super) async fn faults(State(sandbox): State<Sandbox>) -> axum::Json<Value> {
    axum::Json(json!(sandbox.faults().all()))
}

/// Switches a fault on.
pub(super) async fn add_fault(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    let fault: Fault = serde_json::from_value(body.0).map_err(|error| wrong(error.to_string()))?;
    sandbox.add_fault(fault.clone());
    good(json!(fault))
}

/// Switches all faults off.
pub(super) async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

/// Pays an invoice, or a part of it: `{"invoice": "INV00000001", "amount": 5}`.
pub(super) async fn pay(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    good(sandbox.write(|state| {
        let fields = body.fields()?;
        let key = fields.need_text("invoice", 50)?;
        let id = state.document(&key)?.id.clone();
        let Some(document) = state.documents.get_mut(&id) else {
            return Err(Refusal::not_found(&key));
        };
        let amount = fields.decimal("amount")?.unwrap_or(document.balance);
        if amount <= Decimal::ZERO || amount > document.balance {
            return Err(wrong(format!("'amount' should be up to {}", document.balance)));
        }
        document.balance -= amount;
        Ok(json!({ "invoice": document.number, "balance": number(document.balance) }))
    })?)
}

/// Takes a rate plan out of sale:
/// `{"productRatePlanId": "…", "effectiveEndDate": "2026-12-01"}`.
pub(super) async fn end_rate_plan(State(sandbox): State<Sandbox>, body: Json) -> Answer {
    let today = sandbox.clock().now().day();
    good(sandbox.write(|state| {
        let fields = body.fields()?;
        let id = fields.need_text("productRatePlanId", 32)?;
        let end = fields.day("effectiveEndDate")?.unwrap_or(today);
        let plan = state
            .products
            .iter_mut()
            .flat_map(|product| &mut product.rate_plans)
            .find(|plan| plan.id == id)
            .ok_or_else(|| Refusal::not_found(&id))?;
        plan.end = end;
        Ok::<_, Refusal>(json!({ "productRatePlanId": id, "effectiveEndDate": end }))
    })?)
}
