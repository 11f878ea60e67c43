//! HTTP: the router, and what every request passes through.

mod address;
mod assets;
pub mod cookies;
pub(crate) mod documents;
mod exports;
pub mod flash;
mod functions;
mod health;
mod hosted;
mod pages;
mod security;
pub mod session;
mod uploads;

pub use assets::{assets, is_built};
pub use health::Readiness;

use crate::clock::Clock;
use crate::desks::{ImportsOffice, SelfServiceOffice, SignInOffice};
use crate::identity::Identity;
use crate::observe;
use crate::rest::{self, Rest};
use crate::store::Store;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use cookies::Cookies;
use partners_app::api::Desks;
use partners_app::shell::Assets;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

/// No form is larger.
const BODY_LIMIT: usize = 64 * 1024;
/// No answer takes longer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// What the web layer needs.
#[derive(Clone)]
pub struct Web {
    /// The use cases.
    pub desks: Desks,
    /// For the way to the identity provider's own page and back.
    pub sign_in: SignInOffice,
    /// For the documents of invoices, which no page carries.
    pub self_service: SelfServiceOffice,
    /// For files that are uploaded, and the reports on them.
    pub imports: ImportsOffice,
    /// The API for programs.
    pub rest: Rest,
    /// The database: sessions and notes.
    pub store: Store,
    /// The identity provider: for its health.
    pub identity: Arc<dyn Identity>,
    /// The time.
    pub clock: Clock,
    /// Names and attributes of cookies.
    pub cookies: Cookies,
    /// Whether a billing system is connected: without one nothing can be sold,
    /// and no partner page beside the first is open.
    pub is_selling: bool,
    /// The files that pages load.
    pub assets: Assets,
    /// What `/readyz` last said.
    pub readiness: Readiness,
    /// How many proxies in front are trusted to say where a request came from.
    pub trusted_proxy_hops: usize,
}

/// The whole application.
pub fn router(web: Web) -> Router {
    // Pages render on tokio. Only the first call decides; later ones agree.
    any_spawner::Executor::init_tokio().ok();
    let pages = Router::new()
        .route("/actions/{*function}", post(functions::call))
        .fallback(pages::render)
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(
            ServiceBuilder::new()
                .layer(CompressionLayer::new())
                .layer(CsrfLayer::new())
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
                .layer(from_fn_with_state(web.clone(), session::identify)),
        );
    // A document is compressed already, and may take longer than a page.
    let documents = Router::new()
        .route("/partner/invoices/{id}/pdf", get(documents::own_invoice))
        .route(
            "/settings/profile/partners/{organisation}/invoices/{id}/pdf",
            get(documents::invoice_of),
        )
        .layer(from_fn_with_state(web.clone(), session::identify));
    // A file is larger than a form and takes longer to read.
    let uploads = Router::new()
        .route(partners_app::paths::IMPORT, get(pages::render).post(uploads::import))
        .layer(DefaultBodyLimit::max(uploads::LIMIT))
        .layer(
            ServiceBuilder::new()
                .layer(CompressionLayer::new())
                .layer(CsrfLayer::new())
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::SERVICE_UNAVAILABLE,
                    UPLOAD_TIMEOUT,
                ))
                .layer(from_fn_with_state(web.clone(), session::identify)),
        );
    let hosted = Router::new()
        .route(partners_app::paths::HOSTED_SIGN_IN, get(hosted::start))
        .route("/sign-in/hosted/callback", get(hosted::finish))
        .layer(from_fn_with_state(web.clone(), session::identify));
    let exports = Router::new()
        .route("/settings/activity/export/{format}", get(exports::activity))
        .route(partners_app::paths::PARTNERS_EXPORT, get(exports::partners))
        .route("/settings/profile/partners/import/template/{kind}", get(uploads::import_template))
        .route("/settings/profile/partners/import/{id}/report/{part}", get(uploads::import_report))
        .layer(from_fn_with_state(web.clone(), session::identify));
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/pkg/{*path}", get(assets::serve))
        .merge(pages)
        .merge(documents)
        .merge(exports)
        .merge(uploads)
        .merge(hosted)
        .merge(rest::router(web.rest.clone(), &web.assets.css, &web.assets.favicon))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(observe::measure))
                .layer(from_fn_with_state(web.clone(), security::protect))
                .layer(CatchPanicLayer::custom(security::panicked)),
        )
        .with_state(web)
}
