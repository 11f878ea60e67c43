//! The product catalog.

use super::paging::page;
use super::parts::{Answer, Query, good};
use crate::money::number;
use crate::refusal::Refusal;
use crate::sandbox::Sandbox;
use crate::state::{ChargeKind, ChargeModel, Product, ProductCharge, ProductRatePlan};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::{Value, json};

pub(super) async fn products(State(sandbox): State<Sandbox>, query: Query) -> Answer {
    good(sandbox.read(|state| {
        page(&query, "products", 10, state.products.iter(), |product| shape(product, &query.base))
    })?)
}

pub(super) async fn product(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    good(sandbox.read(|state| {
        let product = find(&state.products, &key)?;
        let mut value = shape(product, &query.base);
        value["success"] = json!(true);
        Ok::<_, Refusal>(value)
    })?)
}

pub(super) async fn rate_plans(
    State(sandbox): State<Sandbox>,
    Path(key): Path<String>,
    query: Query,
) -> Answer {
    let today = sandbox.clock().now().day();
    good(sandbox.read(|state| {
        let product = find(&state.products, &key)?;
        page(&query, "productRatePlans", 20, product.rate_plans.iter(), |plan| {
            let status = if today < plan.start {
                "NotStarted"
            } else if today >= plan.end {
                "Expired"
            } else {
                "Active"
            };
            rate_plan(plan, status)
        })
    })?)
}

fn find<'a>(products: &'a [Product], key: &str) -> Result<&'a Product, Refusal> {
    products
        .iter()
        .find(|product| product.id == key || product.number == key)
        .ok_or_else(|| Refusal::not_found(key))
}

fn shape(product: &Product, base: &str) -> Value {
    json!({
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "effectiveStartDate": product.start,
        "effectiveEndDate": product.end,
        "productNumber": product.number,
        "productRatePlans": format!("{base}/v1/products/{}/product-rate-plans", product.id),
        "productFeatures": [],
    })
}

fn rate_plan(plan: &ProductRatePlan, status: &str) -> Value {
    json!({
        "id": plan.id,
        "productRatePlanNumber": plan.number,
        "name": plan.name,
        "status": status,
        "grade": plan.grade,
        "effectiveStartDate": plan.start,
        "effectiveEndDate": plan.end,
        "productRatePlanCharges": plan.charges.iter().map(charge).collect::<Vec<_>>(),
    })
}

fn charge(charge: &ProductCharge) -> Value {
    let per_unit = charge.model == ChargeModel::PerUnit;
    let recurring = charge.kind == ChargeKind::Recurring;
    let pricing = charge.prices.iter().map(
        |(currency, price)| json!({ "currency": currency, "price": number(*price), "tiers": [] }),
    );
    let summary = charge.prices.iter().map(|(currency, price)| match &charge.uom {
        Some(uom) if per_unit => format!("{currency}{price} / {uom}"),
        _ => format!("{currency}{price}"),
    });
    json!({
        "id": charge.id,
        "productRatePlanChargeNumber": charge.number,
        "name": charge.name,
        "type": charge.kind.word(),
        "model": charge.model.word(),
        "uom": charge.uom,
        "defaultQuantity": per_unit.then(|| number(charge.default_quantity)),
        "billingPeriod": recurring.then(|| charge.period.word()),
        "billingPeriodAlignment": recurring.then_some("AlignToSubscriptionStart"),
        "billingDay": "SubscriptionStartDay",
        "billingTiming": recurring.then_some("IN_ADVANCE"),
        "listPriceBase": recurring.then_some("Per_Billing_Period"),
        "triggerEvent": "ContractEffective",
        "endDateCondition": "Subscription_End",
        "taxable": false,
        "pricing": pricing.collect::<Vec<_>>(),
        "pricingSummary": summary.collect::<Vec<_>>(),
    })
}

/// `GET /v1/describe/{object}`: the custom fields that the tenant says an
/// object has, in Zuora's XML.
pub(super) async fn describe(
    State(sandbox): State<Sandbox>,
    Path(object): Path<String>,
) -> Response {
    let known = ["Account", "Order", "Subscription"];
    if !known.contains(&object.as_str()) {
        return Refusal::not_found(&object).into_response();
    }
    let fields = sandbox.read(|state| {
        let fields = state.tenant.custom_fields.get(&object).into_iter().flatten();
        fields
            .map(|name| {
                format!(
                    "<field><name>{name}</name><label>{name}</label><selectable>true</selectable>\
                     <createable>true</createable><updateable>true</updateable>\
                     <filterable>true</filterable><custom>true</custom><maxlength>255</maxlength>\
                     <required>false</required><type>text</type></field>"
                )
            })
            .collect::<String>()
    });
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><object><name>{object}</name>\
         <label>{object}</label><fields>{fields}</fields></object>"
    );
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}
