//! The REST API: management for programs of the business, and what is one
//! partner organisation's for programs of its own.
//!
//! The paths, names and shapes are those of the product this one follows as far
//! as they are published (docs.limio.com, "Partner Portal API"); where it
//! differs, the document at `/api/openapi.json` says so. Handlers ask the same
//! desks as the pages do; a page of a list that the pages show whole they read
//! themselves, once a desk has admitted them.

#![expect(unused_qualifications, reason = "utoipa's macros write whole paths")]

mod audit;
mod bearer;
mod customers;
mod docs_page;
mod error;
mod extract;
mod keys;
mod limit;
mod offers;
mod once;
mod openapi;
mod order_form;
mod orders;
mod organisations;
mod paging;
mod subscriptions;
mod token;
mod users;
mod version;

use crate::clock::Clock;
use crate::desks::{ActivityOffice, SelfServiceOffice, ShopOffice};
use crate::store::Store;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use axum_extra::extract::CookieJar;
use keys::Keys;
use partners_app::desks::AdminDesk;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use openapi::document;

/// No request is larger, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// What the API needs.
#[derive(Clone)]
pub struct Rest {
    store: Store,
    clock: Clock,
    keys: Keys,
    admin: Arc<dyn AdminDesk>,
    shop: ShopOffice,
    self_service: SelfServiceOffice,
    activity: ActivityOffice,
}

impl Rest {
    /// An API over these.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        admin: Arc<dyn AdminDesk>,
        shop: ShopOffice,
        self_service: SelfServiceOffice,
    ) -> Self {
        let keys = Keys::new(store.clone(), clock.clone());
        let activity = ActivityOffice::new(store.clone());
        Self { store, clock, keys, admin, shop, self_service, activity }
    }
}

/// What wants a token.
fn with_token() -> OpenApiRouter<Rest> {
    OpenApiRouter::default()
        .routes(routes!(organisations::list_organisations))
        .routes(routes!(organisations::create_organisation))
        .routes(routes!(
            organisations::get_organisation,
            organisations::update_organisation,
            organisations::delete_organisation,
            users::create_user
        ))
        .routes(routes!(organisations::suspend_organisation))
        .routes(routes!(organisations::reactivate_organisation))
        .routes(routes!(users::list_users))
        .routes(routes!(users::get_user, users::update_user, users::delete_user))
        .routes(routes!(users::disable_user))
        .routes(routes!(users::enable_user))
        .routes(routes!(users::resend_invitation))
        .routes(routes!(subscriptions::list_of_organisation))
        .routes(routes!(subscriptions::get_of_organisation))
        .routes(routes!(audit::list_events))
        .routes(routes!(customers::list_customers))
        .routes(routes!(customers::get_customer))
        .routes(routes!(customers::list_invoices))
        .routes(routes!(customers::get_invoice_file))
        .routes(routes!(subscriptions::list_own))
        .routes(routes!(subscriptions::get_own))
        .routes(routes!(offers::list_offers))
        .routes(routes!(offers::get_offer))
        .routes(routes!(orders::create_order))
        .routes(routes!(orders::preview_order))
        .routes(routes!(orders::get_order))
}

/// What anybody may ask for.
fn without_token() -> OpenApiRouter<Rest> {
    OpenApiRouter::default().routes(routes!(token::create_token)).routes(routes!(token::list_keys))
}

/// The API's routes. `css` and `favicon` are those of the pages, for the
/// page that describes the API.
pub fn router<S: Clone + Send + Sync + 'static>(rest: Rest, css: &str, favicon: &str) -> Router<S> {
    let (with_token, _) = with_token().split_for_parts();
    let with_token = with_token
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn_with_state(rest.clone(), once::run_once))
        .layer(from_fn_with_state(rest.clone(), bearer::authenticate));
    let (without_token, _) = without_token().split_for_parts();
    let described = document();
    let page = docs_page::html(&described, css, favicon);
    let described: Arc<str> = described.to_string().into();
    let without_token = without_token
        .route("/api/openapi.json", get(move || openapi::serve(Arc::clone(&described))))
        .route("/api/docs", get(move |cookies: CookieJar| docs_page::serve(page.clone(), cookies)))
        .route("/api/docs.css", get(docs_page::style))
        .method_not_allowed_fallback(error::no_such_method)
        .route("/api", any(error::no_such_address))
        .route("/api/{*address}", any(error::no_such_address));
    with_token.merge(without_token).layer(CatchPanicLayer::custom(error::panicked)).with_state(rest)
}
