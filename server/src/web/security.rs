//! What protects every answer, errors and files included: the content security
//! policy with its nonce, the security headers, the reference for the log.

use super::Web;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use partners_app::desks::Origin;
use std::any::Any;
use std::time::Instant;
use tracing::Instrument;

/// The nonce that scripts of one answer carry.
#[derive(Clone)]
pub struct CspNonce(pub String);

const FIXED: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// For what is no page, and so needs nothing: files, JSON, short texts.
const NO_PAGE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For pages. Logos are the only thing from elsewhere, and only as pictures.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' https: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

/// Gives a request its reference and its nonce, logs it, and puts the
/// protecting headers on its answer.
pub async fn protect(State(web): State<Web>, mut request: Request, next: Next) -> Response<Body> {
    let reference = uuid::Uuid::new_v4().simple().to_string()[..12].to_uppercase();
    let nonce = crate::random::token();
    let origin = Origin {
        reference: reference.clone(),
        address: super::address::of(&request, web.trusted_proxy_hops),
    };
    // The path alone: what is typed into a search may be somebody's name.
    let span = tracing::info_span!("request", method = %request.method(), path = request.uri().path(), reference);
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(CspNonce(nonce.clone()));
    let is_file = request.uri().path().starts_with("/pkg/");
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if is_file {
        tracing::debug!(parent: &span, status = response.status().as_u16(), milliseconds, "answered");
    } else {
        tracing::info!(parent: &span, status = response.status().as_u16(), milliseconds, "answered");
    }
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let is_page =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { HeaderValue::from_str(&policy(&nonce)).ok() } else { None };
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(NO_PAGE)));
    if let Ok(reference) = HeaderValue::from_str(&reference) {
        headers.insert("x-request-id", reference);
    }
    if web.cookies.is_secure() {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The answer where a handler panicked: the log has the panic.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response<Body> {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "This did not work, and the fault is on our side. Go back and try again.\n",
    )
        .into_response()
}
