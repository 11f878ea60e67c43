//! Signing in on the identity provider's own page: the way there and back.

use super::{Web, flash};
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use leptos::server_fn::ServerFn;
use partners_app::api::sign_in::SignIn;
use partners_app::desks::Visitor;
use partners_app::error::PublicError;
use partners_app::flash::Flash;
use partners_app::paths;
use serde::Deserialize;

/// What the sign-in page adds to the way there.
#[derive(Deserialize)]
pub struct There {
    #[serde(default)]
    next: String,
}

/// What the provider adds to the way back (RFC 6749, sections 4.1.2 and 4.1.2.1).
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
}

/// `GET /sign-in/hosted`: leads to the provider's page.
pub async fn start(
    State(web): State<Web>,
    Query(there): Query<There>,
    request: Request,
) -> Response<Body> {
    let Some(visitor) = visitor(&request) else { return lost() };
    match web.sign_in.begin_hosted(&visitor, &there.next).await {
        Ok((address, cookie)) => lead(&address, &[cookie]),
        Err(error) => begin_again(&web, error).await,
    }
}

/// `GET /sign-in/hosted/callback`: back from it.
pub async fn finish(
    State(web): State<Web>,
    Query(back): Query<Back>,
    request: Request,
) -> Response<Body> {
    let Some(visitor) = visitor(&request) else { return lost() };
    if !back.error.is_empty() {
        tracing::info!(error = back.error, "the hosted page sent somebody back");
        let words = "You were not signed in on the other page. Try again, or sign in here.";
        return begin_again(&web, PublicError::Refused(words.to_owned())).await;
    }
    match web.sign_in.finish_hosted(&visitor, &back.state, &back.code).await {
        Ok(step) => lead(step.target(), &step.cookies),
        Err(error) => begin_again(&web, error).await,
    }
}

fn visitor(request: &Request) -> Option<Visitor> {
    request.extensions().get::<Visitor>().cloned()
}

fn lost() -> Response<Body> {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Back to the sign-in page, which says why.
async fn begin_again(web: &Web, error: PublicError) -> Response<Body> {
    let flash = Flash { action: SignIn::PATH.to_owned(), outcome: Err(error), fields: Vec::new() };
    let cookie = flash::keep(web, &flash).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a note to the next page could not be kept");
        None
    });
    lead(paths::SIGN_IN, &cookie.into_iter().collect::<Vec<_>>())
}

fn lead(target: &str, cookies: &[String]) -> Response<Body> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(
        LOCATION,
        HeaderValue::from_str(target).unwrap_or(HeaderValue::from_static(paths::SIGN_IN)),
    );
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(SET_COOKIE, cookie);
    }
    response
}
