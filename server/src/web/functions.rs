//! Server functions, for scripts and for plain forms alike.
//!
//! A script gets JSON and a fitting status. A browser that posts a plain form
//! gets a redirect: to where the function sends it, or back to the form's page
//! with the outcome as a note. Nothing of it ever stands in an address.

use super::Web;
use super::flash;
use super::pages::to_the_end;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, REFERER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::handle_server_fns_with_context;
use partners_app::desks::Visitor;
use partners_app::error::PublicError;
use partners_app::flash::Flash;
use partners_app::paths;

const FORM: &str = "application/x-www-form-urlencoded";
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;
/// Fields that are never shown again: their forms ask anew.
const SECRET_FIELDS: [&str; 3] = ["password", "new_password", "code"];

/// Calls a server function.
pub async fn call(State(web): State<Web>, request: Request) -> Response<Body> {
    let is_plain_form = header(request.headers(), ACCEPT).contains("text/html")
        && header(request.headers(), CONTENT_TYPE).starts_with(FORM);
    if !is_plain_form {
        return with_fitting_status(run(&web, request).await).await;
    }
    let action = request.uri().path().to_owned();
    let page = page_of(request.headers());
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, super::BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    // As for a script, so that the outcome comes as JSON and not in an address.
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let answer = run(&web, Request::from_parts(parts, Body::from(body.clone()))).await;
    redirect(&web, action, page, &body, answer).await
}

async fn run(web: &Web, request: Request) -> Response<Body> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let desks = web.desks.clone();
    let context = move || {
        provide_context(desks.clone());
        if let Some(visitor) = visitor.clone().or_else(use_context) {
            provide_context(visitor);
        }
    };
    to_the_end(
        async move { handle_server_fns_with_context(context, request).await.into_response() },
    )
    .await
}

/// Every error leaves the server function's codec with status 500; this gives
/// it the one that says the same as its content.
async fn with_fitting_status(answer: Response<Body>) -> Response<Body> {
    if !answer.status().is_server_error() {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, ANSWER_LIMIT).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<PublicError>(&body) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(parts.status);
    }
    Response::from_parts(parts, Body::from(body))
}

async fn redirect(
    web: &Web,
    action: String,
    page: String,
    form: &Bytes,
    answer: Response<Body>,
) -> Response<Body> {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, ANSWER_LIMIT).await.unwrap_or_default();
    let is_error = parts.status.is_client_error() || parts.status.is_server_error();
    let sent_on =
        parts.headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let outcome = if is_error {
        Err(serde_json::from_slice(&body).unwrap_or(PublicError::Unreachable))
    } else {
        Ok(String::from_utf8_lossy(&body).into_owned())
    };
    let target = match (&outcome, sent_on) {
        (Err(PublicError::NotSignedIn), _) => paths::sign_in_then(&page),
        (_, Some(target)) => target,
        (Ok(_), None) => paths::without_open_form(&page),
        (Err(_), None) => page,
    };
    let flash = Flash { action, outcome, fields: typed(form) };
    let cookie = flash::keep(web, &flash).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a note to the next page could not be kept");
        None
    });
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers
        .insert(LOCATION, HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/")));
    for value in parts.headers.get_all(SET_COOKIE) {
        headers.append(SET_COOKIE, value.clone());
    }
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

fn typed(form: &Bytes) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form)
        .into_owned()
        .filter(|(name, _)| !SECRET_FIELDS.contains(&name.as_str()))
        .collect()
}

/// The page a form was on: path and query of the referrer, which is of this
/// origin, as the protection against forged requests has made sure.
fn page_of(headers: &HeaderMap) -> String {
    url::Url::parse(header(headers, REFERER)).map_or_else(
        |_| "/".to_owned(),
        |url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        },
    )
}

fn header(headers: &HeaderMap, name: axum::http::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
