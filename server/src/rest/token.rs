//! `POST /oauth2/token`: client credentials (RFC 6749, 4.4), and the keys that
//! tokens are checked with.

use super::bearer::SUSPENDED;
use super::error::ApiError;
use super::keys::{Claims, TOKEN_LIFE};
use super::limit::{self, Counted};
use super::{Rest, once};
use crate::random;
use crate::store::audit::{self, Actor, Event};
use crate::store::{StoreError, StoreResult, api_clients};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use partners_app::desks::Origin;
use partners_app::domain::{ActorKind, ApiAccess, ApiClient, ApiClientState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

const MOST_FIELDS: usize = 20;

/// What a token is asked for with.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = TokenRequest)]
pub(super) struct TokenForm {
    /// `client_credentials`
    #[schema(required = true, value_type = String, pattern = "^client_credentials$")]
    grant_type: Option<String>,
    /// The client's ID; left out where it is in the header `Authorization: Basic`.
    #[schema(value_type = String, required = false, max_length = 100)]
    client_id: Option<String>,
    /// The client's secret; left out where it is in that header.
    #[schema(value_type = String, required = false, max_length = 200)]
    client_secret: Option<String>,
    /// Scopes of the client's, with spaces between; left out for all of them.
    #[schema(value_type = String, required = false, max_length = 200)]
    scope: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenAnswer {
    /// A signed JWT, for the header `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// How many seconds it counts: 3600, or less where the client expires
    /// sooner.
    expires_in: i64,
}

/// Why there is no token (RFC 6749, 5.2).
#[derive(Serialize, ToSchema)]
#[schema(as = TokenError)]
pub(super) struct TokenProblem {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type` or
    /// `invalid_scope`
    error: &'static str,
    /// A sentence for people.
    error_description: String,
    /// The same.
    message: String,
}

/// Keys that tokens are checked with (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(super) struct KeySet {
    /// JSON Web Keys.
    #[schema(value_type = Vec<Object>)]
    keys: Vec<Value>,
}

enum Refusal {
    Because(StatusCode, &'static str, String),
    Api(ApiError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, message) = match self {
            Self::Api(error) => return error.into_response(),
            Self::Because(status, error, message) => (status, error, message),
        };
        let body = TokenProblem { error, error_description: message.clone(), message };
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let value = HeaderValue::from_static("Basic realm=\"partners\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

fn refused(error: &'static str, message: &str) -> Refusal {
    Refusal::Because(StatusCode::BAD_REQUEST, error, message.to_owned())
}

/// Ask for a token
///
/// With a client's credentials, in the form or in the header `Authorization:
/// Basic`. A token counts for an hour, and no longer than its client.
#[utoipa::path(
    post,
    path = "/oauth2/token",
    tag = "Token",
    operation_id = "createToken",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "A token", body = TokenAnswer),
        (status = 400, description = "The request cannot be understood", body = TokenProblem),
        (status = 401, description = "The credentials are not a client's", body = TokenProblem),
    ),
)]
pub(super) async fn create_token(
    State(rest): State<Rest>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let counted = match count(&rest, &origin).await {
        Ok(counted) => counted,
        Err(error) => return ApiError::of_store(&error, &origin).into_response(),
    };
    let answer = match counted.refusal() {
        Some(refusal) => Err(Refusal::Api(refusal)),
        None => token(&rest, &origin, &headers, body).await,
    };
    let mut response = match answer {
        Ok(answer) => {
            let mut response = Json(answer).into_response();
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(refusal) => refusal.into_response(),
    };
    counted.write(response.headers_mut());
    response
}

async fn token(
    rest: &Rest,
    origin: &Origin,
    headers: &HeaderMap,
    body: Body,
) -> Result<TokenAnswer, Refusal> {
    let body = once::read(body).await.map_err(Refusal::Api)?;
    let form = read(&body)?;
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(refused(
                "unsupported_grant_type",
                "grant_type must be client_credentials.",
            ));
        }
        None => return Err(refused("invalid_request", "grant_type is missing.")),
    }
    let (id, secret) = credentials(headers, &form)?;
    let client = authenticated(rest, origin, &id, &secret).await?;
    let access = match &form.scope {
        None => client.access.clone(),
        Some(scope) => client.access.narrowed(scope).ok_or_else(|| {
            refused("invalid_scope", "The client does not have all of these scopes.")
        })?,
    };
    sign(rest, origin, &client, &access).await
}

async fn count(rest: &Rest, origin: &Origin) -> StoreResult<Counted> {
    let mut writer = rest.store.write().await?;
    let key = format!("API token from {}", origin.address);
    let now = rest.clock.now();
    let counted = limit::count(writer.connection(), &key, limit::OF_ADDRESS, now).await?;
    writer.commit().await?;
    Ok(counted)
}

fn of_store(error: &StoreError, origin: &Origin) -> Refusal {
    Refusal::Api(ApiError::of_store(error, origin))
}

/// Reads the form. A field that comes twice is refused, and one without a value
/// was not sent (RFC 6749, 3.2).
fn read(body: &[u8]) -> Result<TokenForm, Refusal> {
    let mut form = TokenForm::default();
    for (name, value) in url::form_urlencoded::parse(body).take(MOST_FIELDS) {
        let field = match name.as_ref() {
            "grant_type" => &mut form.grant_type,
            "client_id" => &mut form.client_id,
            "client_secret" => &mut form.client_secret,
            "scope" => &mut form.scope,
            _ => continue,
        };
        if field.replace(value.into_owned()).is_some() {
            return Err(refused("invalid_request", "A field comes twice."));
        }
    }
    let TokenForm { grant_type, client_id, client_secret, scope } = &mut form;
    for field in [grant_type, client_id, client_secret, scope] {
        field.take_if(|value| value.is_empty());
    }
    Ok(form)
}

/// ID and secret, from the header or the form.
fn credentials(headers: &HeaderMap, form: &TokenForm) -> Result<(String, String), Refusal> {
    let in_form = (form.client_id.clone(), form.client_secret.clone());
    match (basic(headers), in_form) {
        (Some(_), (_, Some(_))) => {
            Err(refused("invalid_request", "Send the credentials once: in the header or the form."))
        }
        (Some(credentials), _) => Ok(credentials),
        (None, (Some(id), Some(secret))) => Ok((id, secret)),
        (None, _) => Err(unknown_client()),
    }
}

/// ID and secret of `Authorization: Basic`, each form-encoded (RFC 6749, 2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = plain.split_once(':')?;
    let decoded = |text: &str| {
        let pair = format!("a={text}");
        let first = url::form_urlencoded::parse(pair.as_bytes()).next();
        first.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    Some((decoded(id), decoded(secret)))
}

fn invalid_client(message: &str) -> Refusal {
    Refusal::Because(StatusCode::UNAUTHORIZED, "invalid_client", message.to_owned())
}

fn unknown_client() -> Refusal {
    invalid_client("These are not the credentials of an API client, or not any more.")
}

/// The client with these credentials, if it may do anything.
async fn authenticated(
    rest: &Rest,
    origin: &Origin,
    id: &str,
    secret: &str,
) -> Result<ApiClient, Refusal> {
    let id = id.parse().map_err(|_| unknown_client())?;
    let read =
        async { api_clients::with_secret_hash(rest.store.read().await?.connection(), id).await };
    let found = read.await.map_err(|error| of_store(&error, origin))?;
    let (client, hash) = found.ok_or_else(unknown_client)?;
    let is_its_own = bool::from(random::digest(secret).ct_eq(&hash));
    let refusal = match client.state_at(rest.clock.now()) {
        ApiClientState::Active if is_its_own => return Ok(client),
        ApiClientState::Suspended if is_its_own => invalid_client(SUSPENDED),
        _ => unknown_client(),
    };
    tracing::warn!(api_client.id = %client.id, "an API client was refused a token");
    Err(refusal)
}

async fn sign(
    rest: &Rest,
    origin: &Origin,
    client: &ApiClient,
    access: &ApiAccess,
) -> Result<TokenAnswer, Refusal> {
    let now = rest.clock.now();
    let end = now.plus(TOKEN_LIFE);
    let end = client.expires_at.map_or(end, |expires_at| end.min(expires_at));
    let partner_org = access.organisation().map(|id| id.to_string());
    let claims = Claims::new(client.id, access.scope(), partner_org, now, end);
    let access_token = rest.keys.sign(&claims).await.map_err(|error| of_store(&error, origin))?;
    signed_in(rest, origin, client, access).await.map_err(|error| of_store(&error, origin))?;
    let expires_in = claims.exp.saturating_sub(claims.iat);
    Ok(TokenAnswer { access_token, token_type: "Bearer", expires_in })
}

/// Records who may do what for an hour.
async fn signed_in(
    rest: &Rest,
    origin: &Origin,
    client: &ApiClient,
    access: &ApiAccess,
) -> StoreResult<()> {
    let actor = Actor {
        kind: ActorKind::ApiClient,
        id: client.id.to_string(),
        name: client.name.to_string(),
        origin: Some(origin.clone()),
    };
    let event = Event {
        action: "session.opened",
        organisation: access.organisation(),
        subject: None,
        changes: json!({ "scope": access.scope() }),
    };
    let mut writer = rest.store.write().await?;
    audit::record(writer.connection(), rest.clock.now(), &actor, &event).await?;
    writer.commit().await
}

/// The keys that tokens are checked with
///
/// For those who want to check a token themselves. A key signs for a day, and
/// stays here until the last of its tokens has ended.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "Token",
    operation_id = "listKeys",
    responses((status = 200, description = "JSON Web Keys", body = KeySet)),
)]
pub(super) async fn list_keys(
    State(rest): State<Rest>,
    Extension(origin): Extension<Origin>,
) -> Result<Response, ApiError> {
    let keys = rest.keys.published().await.map_err(|error| ApiError::of_store(&error, &origin))?;
    let mut response = Json(KeySet { keys }).into_response();
    let value = HeaderValue::from_static("public, max-age=300");
    response.headers_mut().insert(CACHE_CONTROL, value);
    Ok(response)
}
