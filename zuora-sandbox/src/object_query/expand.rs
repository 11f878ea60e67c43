//! `expand[]=account`: what belongs to a record, inside it.

use super::{Objects, records};
use crate::state::{DocumentKind, State};
use serde_json::{Value, json};

/// Puts into a record what was asked for; what the record does not have is left
/// out.
pub(super) fn expand(state: &State, objects: Objects, wanted: &[String], record: &mut Value) {
    let has = |name: &str| {
        wanted.iter().any(|want| want == name || want.starts_with(&format!("{name}.")))
    };
    let id = record["id"].as_str().unwrap_or_default().to_owned();
    match objects {
        Objects::Accounts => {
            let Ok(account) = state.account(&id) else { return };
            if has("billto") {
                record["billTo"] = records::contact(&id, &account.bill_to);
            }
            if has("soldto") {
                record["soldTo"] = records::contact(&id, &account.sold_to);
            }
            if has("subscriptions") {
                let owned = state.latest().filter(|subscription| subscription.account_id == id);
                record["subscriptions"] =
                    owned.map(|subscription| records::subscription(state, subscription)).collect();
            }
            if has("invoices") {
                let invoices = state.documents_of(&id, DocumentKind::Invoice);
                record["invoices"] = invoices.map(records::document).collect();
            }
        }
        Objects::Subscriptions => {
            let Ok(subscription) = state.subscription(&id) else { return };
            if has("account") {
                record["account"] = account(state, &subscription.account_id);
            }
            if has("invoiceowner") {
                record["invoiceOwner"] = account(state, &subscription.invoice_owner_id);
            }
            if has("rateplans") {
                let charges = has("rateplans.rateplancharges");
                record["ratePlans"] = subscription
                    .rate_plans
                    .iter()
                    .map(|plan| records::rate_plan(subscription, plan, charges))
                    .collect();
            }
            if has("order") {
                let order = subscription.order_number.as_deref();
                let order = order.and_then(|number| state.order(number).ok());
                record["order"] = order.map_or(Value::Null, records::order);
            }
        }
        Objects::Invoices | Objects::CreditMemos => {
            let Ok(document) = state.document(&id) else { return };
            if has("account") {
                record["account"] = account(state, &document.account_id);
            }
            if has("invoiceitems") || has("creditmemoitems") {
                let name =
                    if objects == Objects::Invoices { "invoiceItems" } else { "creditMemoItems" };
                record[name] = document
                    .items
                    .iter()
                    .map(|item| records::invoice_item(state, document, item))
                    .collect();
            }
        }
        Objects::Orders => {
            let Ok(order) = state.order(&id) else { return };
            if has("account") {
                record["account"] = account(state, &order.account_id);
            }
            if has("orderactions") {
                record["orderActions"] = records::order_actions(state, order);
            }
        }
        Objects::Products => {
            let Some(product) = state.products.iter().find(|product| product.id == id) else {
                return;
            };
            if has("productrateplans") {
                let charges = has("productrateplans.productrateplancharges");
                let tiers =
                    has("productrateplans.productrateplancharges.productrateplanchargetiers");
                let plans = product.rate_plans.iter().map(|plan| {
                    let mut value = records::product_rate_plan(product, plan);
                    if charges {
                        value["productRatePlanCharges"] = records::product_charges(plan, tiers);
                    }
                    value
                });
                record["productRatePlans"] = plans.collect();
            }
        }
        Objects::ProductRatePlans => {
            let Ok((product, plan)) = state.product_rate_plan(&id) else { return };
            if has("product") {
                record["product"] = records::product(product);
            }
            if has("productrateplancharges") {
                let tiers = has("productrateplancharges.productrateplanchargetiers");
                record["productRatePlanCharges"] = records::product_charges(plan, tiers);
            }
        }
        Objects::ProductRatePlanCharges | Objects::InvoiceItems => {}
    }
}

fn account(state: &State, id: &str) -> Value {
    state.account(id).map_or_else(|_| json!(null), |account| records::account(state, account))
}
