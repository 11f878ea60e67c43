//! The token layer: the one place that vouches for API clients, and counts
//! what they ask for.

use super::Rest;
use super::error::ApiError;
use super::limit::{self, Counted};
use crate::store::{StoreError, StoreResult, api_clients};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use partners_app::desks::{Admin, Origin, PartnerSession};
use partners_app::domain::api_client::PARTNER_SCOPE;
use partners_app::domain::{ApiAccess, ApiClient, ApiClientId, ApiClientState, ManagementScope};
use std::time::Duration;

/// A client's last use is written at most so often.
const USED_INTERVAL: Duration = Duration::from_secs(60);

const DOES_NOT_COUNT: &str = "The token does not count, or not any more.";
/// Said to those alone whose token or secret is the client's.
pub(super) const SUSPENDED: &str = "The client's organisation is suspended.";

/// Who sent a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) client: ApiClientId,
    proof: Proof,
}

#[derive(Clone, Debug)]
enum Proof {
    Management(Admin, Vec<ManagementScope>),
    Partner(PartnerSession),
}

/// Finds out which client sent a request, and refuses those that may not or
/// come too often.
pub(super) async fn authenticate(
    State(rest): State<Rest>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(origin) = request.extensions().get::<Origin>().cloned() else {
        return ApiError::ours().into_response();
    };
    let caller = match identify(&rest, request.headers(), &origin).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let counted = match count(&rest, caller.0.client, caller.1).await {
        Ok(counted) => counted,
        Err(error) => return ApiError::of_store(&error, &origin).into_response(),
    };
    let mut response = match counted.refusal() {
        Some(refusal) => refusal.into_response(),
        None => {
            request.extensions_mut().insert(caller.0);
            next.run(request).await
        }
    };
    counted.write(response.headers_mut());
    response
}

/// The caller, and whether its use is to be noted.
async fn identify(
    rest: &Rest,
    headers: &HeaderMap,
    origin: &Origin,
) -> Result<(Caller, bool), ApiError> {
    let token = bearer(headers).ok_or_else(|| {
        ApiError::no_token("Send a token of POST /oauth2/token: Authorization: Bearer ….")
    })?;
    let of_store = |error: StoreError| ApiError::of_store(&error, origin);
    let invalid = || ApiError::invalid_token(DOES_NOT_COUNT);
    let claims = rest.keys.check(token).await.map_err(of_store)?.ok_or_else(invalid)?;
    let read =
        async { api_clients::by_id(rest.store.read().await?.connection(), claims.sub).await };
    let client = read.await.map_err(of_store)?.ok_or_else(invalid)?;
    let now = rest.clock.now();
    match client.state_at(now) {
        ApiClientState::Active => {}
        ApiClientState::Suspended => return Err(ApiError::invalid_token(SUSPENDED)),
        ApiClientState::Expired | ApiClientState::Revoked => return Err(invalid()),
    }
    let access = client.access.narrowed(&claims.scope).ok_or_else(invalid)?;
    let is_noted = client.last_used_at.is_none_or(|last| last.plus(USED_INTERVAL) <= now);
    Ok((vouch(&client, access, origin.clone()), is_noted))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[expect(clippy::disallowed_methods, reason = "this is the token layer")]
fn vouch(client: &ApiClient, access: ApiAccess, origin: Origin) -> Caller {
    let name = client.name.to_string();
    let proof = match access {
        ApiAccess::Management(scopes) => {
            Proof::Management(Admin::vouch_for_client(client.id, name, origin), scopes)
        }
        ApiAccess::Partner(organisation) => {
            Proof::Partner(PartnerSession::vouch_for_client(client.id, organisation, name, origin))
        }
    };
    Caller { client: client.id, proof }
}

/// Counts a request, and notes that the client is in use.
async fn count(rest: &Rest, client: ApiClientId, is_noted: bool) -> StoreResult<Counted> {
    let now = rest.clock.now();
    let mut writer = rest.store.write().await?;
    let key = format!("API client {client}");
    let counted = limit::count(writer.connection(), &key, limit::OF_CLIENT, now).await?;
    if is_noted {
        api_clients::used(writer.connection(), client, now).await?;
    }
    writer.commit().await?;
    Ok(counted)
}

fn caller(parts: &Parts) -> Result<&Caller, ApiError> {
    parts.extensions.get::<Caller>().ok_or_else(|| ApiError::invalid_token(DOES_NOT_COUNT))
}

fn admin_with(parts: &Parts, scope: ManagementScope) -> Result<Admin, ApiError> {
    match &caller(parts)?.proof {
        Proof::Management(admin, scopes) if scopes.contains(&scope) => Ok(admin.clone()),
        _ => Err(ApiError::lacks_scope(scope.as_str())),
    }
}

/// A client with the scope `organisations:read`.
pub(super) struct Reading(pub(super) Admin);
/// A client with the scope `organisations:write`.
pub(super) struct Writing(pub(super) Admin);
/// A client with the scope `audit:read`.
pub(super) struct Auditing(pub(super) Admin);
/// A partner organisation's client.
pub(super) struct AsPartner(pub(super) PartnerSession);

impl<S: Send + Sync> FromRequestParts<S> for Reading {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        admin_with(parts, ManagementScope::OrganisationsRead).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        admin_with(parts, ManagementScope::OrganisationsWrite).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Auditing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        admin_with(parts, ManagementScope::AuditRead).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AsPartner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match &caller(parts)?.proof {
            Proof::Partner(partner) => Ok(Self(partner.clone())),
            Proof::Management(..) => Err(ApiError::lacks_scope(PARTNER_SCOPE)),
        }
    }
}
