//! The HTTP side.

mod accounts;
mod catalog;
mod control;
mod files;
mod gate;
mod invoices;
mod oauth;
mod object_queries;
mod orders;
mod paging;
mod parts;
mod subscriptions;

pub(crate) use subscriptions::monthly;

use crate::refusal::{Category, Refusal};
use crate::sandbox::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use http::StatusCode;

/// Everything the sandbox answers.
pub fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/oauth/token", post(oauth::token))
        .merge(billing())
        .merge(object_queries())
        .merge(control())
        .fallback(|| async {
            Refusal::new(Category::NotFound, "The sandbox does not have this operation.")
                .with_status(StatusCode::NOT_FOUND)
        })
        .layer(from_fn_with_state(sandbox.clone(), gate::gate))
        .with_state(sandbox)
}

fn billing() -> Router<Sandbox> {
    Router::new()
        .route("/v1/accounts", post(accounts::create))
        .route("/v1/accounts/{key}", get(accounts::get).put(accounts::update))
        .route("/v1/accounts/{key}/summary", get(accounts::summary))
        .route("/v1/catalog/products", get(catalog::products))
        .route("/v1/catalog/product/{key}", get(catalog::product))
        .route("/v1/catalog/products/{key}", get(catalog::product))
        .route("/v1/products/{key}/product-rate-plans", get(catalog::rate_plans))
        .route("/v1/describe/{object}", get(catalog::describe))
        .route("/v1/orders", get(orders::all).post(orders::place))
        .route("/v1/orders/preview", post(orders::preview))
        .route("/v1/orders/{number}", delete(orders::delete).get(orders::get))
        .route("/v1/orders/{number}/customFields", put(orders::custom_fields))
        .route("/v1/orders/subscriptionOwner/{number}", get(orders::by_subscription_owner))
        .route("/v1/orders/invoiceOwner/{number}", get(orders::by_invoice_owner))
        .route("/v1/orders/subscription/{number}", get(orders::by_subscription))
        .route("/v1/subscriptions/{key}", get(subscriptions::get))
        .route("/v1/subscriptions/{key}/versions/{version}", get(subscriptions::version))
        .route("/v1/subscriptions/{key}/customFields", put(subscriptions::custom_fields))
        .route("/v1/subscriptions/accounts/{key}", get(subscriptions::by_account))
        .route("/v1/transactions/invoices/accounts/{key}", get(invoices::by_account))
        .route("/v1/invoices/{key}", get(invoices::get))
        .route("/v1/invoices/{key}/files", get(invoices::files))
        .route("/v1/invoices/{key}/items", get(invoices::items))
        .route("/v1/files/{id}", get(files::get))
}

fn object_queries() -> Router<Sandbox> {
    Router::new()
        .route("/object-query/{objects}", get(object_queries::list))
        .route("/object-query/{objects}/{key}", get(object_queries::one))
}

fn control() -> Router<Sandbox> {
    Router::new()
        .route("/sandbox/state", get(control::state))
        .route("/sandbox/exchanges", get(control::exchanges))
        .route("/sandbox/reset", post(control::reset))
        .route("/sandbox/clock", post(control::clock))
        .route("/sandbox/tenant", get(control::tenant).post(control::set_tenant))
        .route("/sandbox/tokens/expire", post(control::expire_tokens))
        .route("/sandbox/payments", post(control::pay))
        .route("/sandbox/catalog", post(control::end_rate_plan))
        .route(
            "/sandbox/faults",
            get(control::faults).post(control::add_fault).delete(control::clear_faults),
        )
}
