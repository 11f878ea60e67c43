//! `POST /oauth/token`, and the check of what it gave out.

use crate::refusal::{Category, Refusal};
use crate::sandbox::Sandbox;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

/// Gives out a token for client credentials in a form body.
pub(super) async fn token(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let get = |name: &str| {
        form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let (id, secret) = (get("client_id"), get("client_secret"));
    if get("grant_type") != "client_credentials" {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "grant_type");
    }
    let known = match &sandbox.settings().client {
        Some((own_id, own_secret)) => own_id == id && own_secret == secret,
        None => !id.is_empty() && !secret.is_empty(),
    };
    if !known {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "Bad client credentials");
    }
    let seconds = sandbox.settings().token_seconds;
    let until = crate::clock::Moment(sandbox.clock().now().0 + seconds);
    let token = sandbox.tokens().give(until);
    axum::Json(json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": seconds,
        "scope": "entity.8ad0a1c0-8f3b-5d11-018f-3b7c00000000 platform.write service.usage.write",
        "jti": token,
    }))
    .into_response()
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, axum::Json(body)).into_response()
}

/// Checks a request's token.
///
/// # Errors
/// With 401 when it is missing, unknown or over.
pub(super) fn check(sandbox: &Sandbox, headers: &HeaderMap) -> Result<(), Refusal> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")));
    let now = sandbox.clock().now();
    match token {
        Some(token) if sandbox.tokens().is_good(token, now) => Ok(()),
        _ => Err(Refusal::new(Category::Authentication, "Failed to get user info by the token")
            .with_status(StatusCode::UNAUTHORIZED)),
    }
}
