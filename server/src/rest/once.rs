//! `Idempotency-Key`: a request that is sent again is answered as before.

use super::bearer::Caller;
use super::error::ApiError;
use super::{BODY_LIMIT, Rest};
use crate::random;
use crate::sealing;
use crate::store::api_requests::{self, Recorded, SealedAnswer};
use crate::store::{StoreResult, twice_if_taken};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderName, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use partners_app::desks::{CreationKey, Origin};
use partners_app::domain::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;
use tracing::Instrument;
use uuid::Uuid;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request is believed to be running; none runs half as long.
const LEASE: Duration = Duration::from_secs(120);
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(20);
const LONGEST_KEY: usize = 255;

const KEY: &str = "Idempotency-Key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key under which a request creates something once. The same request run
/// again, after a crash or an answer 503 say, gets the same one.
#[derive(Clone, Copy)]
pub(super) struct Once(pub(super) CreationKey);

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>();
        Ok(known.copied().unwrap_or_else(|| Self(Uuid::now_v7())))
    }
}

/// What is to be done with a request that has a key.
enum Turn {
    Run(Run),
    Replay(SealedAnswer),
    AnotherRequest,
    StillRunning,
}

/// Leave to run a request.
struct Run {
    creation_key: CreationKey,
    /// The end of the lease, by which it is told from the runs before and after.
    lease_until: Timestamp,
}

/// A request with a key.
struct Keyed {
    /// SHA-256 of the client's ID and the key.
    id: Vec<u8>,
    fingerprint: Vec<u8>,
    /// What answers are sealed with, beside a salt: never kept.
    token: String,
}

/// What is kept of an answer beside its status.
#[derive(Serialize, Deserialize)]
struct KeptAnswer {
    content_type: Option<String>,
    etag: Option<String>,
    body: String,
}

/// Reads a request's body whole, and runs a request with a key once.
pub(super) async fn run_once(State(rest): State<Rest>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(error) => return error.into_response(),
    };
    let caller = parts.extensions.get::<Caller>().cloned();
    let origin = parts.extensions.get::<Origin>().cloned();
    let key = match key_of(&parts) {
        Ok(key) => key,
        Err(error) => return error.into_response(),
    };
    let (Some(caller), Some(origin), Some(key)) = (caller, origin, key) else {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    };
    let keyed = Keyed::new(&caller, &key, &parts, &body);
    match turn(&rest, &keyed).await {
        Err(error) => ApiError::of_store(&error, &origin).into_response(),
        Ok(Turn::Replay(answer)) => replay(&keyed, answer),
        Ok(Turn::AnotherRequest) => ApiError::of_field(
            StatusCode::UNPROCESSABLE_ENTITY,
            KEY,
            "This key came with another request before. Use a new key for a new request.",
        )
        .into_response(),
        Ok(Turn::StillRunning) => ApiError::new(
            StatusCode::CONFLICT,
            "The request with this key is still running. Send it again in a moment.",
        )
        .with(RETRY_AFTER, "1")
        .into_response(),
        Ok(Turn::Run(run)) => {
            parts.extensions.insert(Once(run.creation_key));
            let request = Request::from_parts(parts, Body::from(body));
            // A task of its own: the answer is kept also where the caller has
            // hung up.
            let work = async move { keep(&rest, &keyed, &run, next.run(request).await).await };
            tokio::spawn(work.in_current_span()).await.unwrap_or_else(|error| {
                tracing::error!(%error, "a request broke off");
                ApiError::ours().into_response()
            })
        }
    }
}

/// A body, whole.
///
/// # Errors
/// Where it is too large, takes too long, or breaks off.
pub(super) async fn read(body: Body) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("Send at most {BODY_LIMIT} bytes."),
        )),
        Ok(Err(_)) => Err(ApiError::new(StatusCode::BAD_REQUEST, "The body did not arrive whole.")),
        Err(_) => {
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "The request did not arrive in time."))
        }
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    error.source().is_some_and(|source| source.is::<LengthLimitError>())
}

/// The key of a POST; other methods are the same when they are sent again.
fn key_of(parts: &Parts) -> Result<Option<String>, ApiError> {
    if parts.method != Method::POST {
        return Ok(None);
    }
    let Some(value) = parts.headers.get(KEY) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let is_text = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > LONGEST_KEY || !is_text {
        let message = format!("Send 1 to {LONGEST_KEY} visible ASCII characters, such as a UUID.");
        return Err(ApiError::of_field(StatusCode::BAD_REQUEST, KEY, message));
    }
    Ok(Some(key.to_owned()))
}

impl Keyed {
    fn new(caller: &Caller, key: &str, parts: &Parts, body: &[u8]) -> Self {
        let token = format!("{} {key}", caller.client);
        let fingerprint = Sha256::new()
            .chain_update(parts.method.as_str())
            .chain_update([0])
            .chain_update(parts.uri.path_and_query().map_or("", |address| address.as_str()))
            .chain_update([0])
            .chain_update(body)
            .finalize();
        Self { id: random::digest(&token), fingerprint: fingerprint.to_vec(), token }
    }

    /// The key that one answer is sealed with.
    fn seal_token(&self, salt: &str) -> String {
        format!("{} {salt}", self.token)
    }
}

async fn turn(rest: &Rest, keyed: &Keyed) -> StoreResult<Turn> {
    twice_if_taken(|| take_turn(rest, keyed)).await
}

async fn take_turn(rest: &Rest, keyed: &Keyed) -> StoreResult<Turn> {
    let now = rest.clock.now();
    let lease_until = now.plus(LEASE);
    let mut writer = rest.store.write().await?;
    let turn = match api_requests::by_id(writer.connection(), &keyed.id, now).await? {
        Some(before) if before.fingerprint != keyed.fingerprint => Turn::AnotherRequest,
        Some(Recorded { answer: Some(answer), .. }) => Turn::Replay(answer),
        Some(before) if before.lease_until > now => Turn::StillRunning,
        Some(before) => {
            let (connection, ended) = (writer.connection(), before.lease_until);
            if api_requests::move_lease(connection, &keyed.id, ended, lease_until).await? {
                Turn::Run(Run { creation_key: before.creation_key, lease_until })
            } else {
                Turn::StillRunning
            }
        }
        None => {
            let recorded = Recorded {
                fingerprint: keyed.fingerprint.clone(),
                creation_key: Uuid::now_v7(),
                lease_until,
                answer: None,
            };
            let connection = writer.connection();
            api_requests::insert(connection, &keyed.id, &recorded, now, now.plus(KEPT)).await?;
            Turn::Run(Run { creation_key: recorded.creation_key, lease_until })
        }
    };
    writer.commit().await?;
    Ok(turn)
}

/// Whether an answer settles its request: what a wait, another token, another
/// scope or a change that is no longer to come may change does not.
fn settles(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::LOCKED
                | StatusCode::TOO_MANY_REQUESTS
        )
}

/// Keeps an answer for when the request comes again, and hands it on. Where it
/// settles nothing, the request may be run again at once, under the same
/// creation key: it may have been done all the same.
async fn keep(rest: &Rest, keyed: &Keyed, run: &Run, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let sealed = if settles(parts.status) { seal(keyed, &parts, &body) } else { None };
    let write = async {
        let mut writer = rest.store.write().await?;
        let connection = writer.connection();
        match &sealed {
            Some(sealed) => api_requests::answer(connection, &keyed.id, sealed).await?,
            None => {
                let (until, now) = (run.lease_until, rest.clock.now());
                api_requests::move_lease(connection, &keyed.id, until, now).await?;
            }
        }
        writer.commit().await
    };
    // The request is done all the same. Sent again, it is run again when its
    // lease has ended, under the same creation key.
    if let Err(error) = write.await {
        tracing::error!(%error, "an answer could not be kept");
    }
    Response::from_parts(parts, Body::from(body))
}

fn seal(keyed: &Keyed, parts: &axum::http::response::Parts, body: &[u8]) -> Option<SealedAnswer> {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let kept = KeptAnswer {
        content_type: text(CONTENT_TYPE).map(str::to_owned),
        etag: text(ETAG).map(str::to_owned),
        body: String::from_utf8_lossy(body).into_owned(),
    };
    let salt = random::token();
    let sealed = sealing::seal(&keyed.seal_token(&salt), &serde_json::to_vec(&kept).ok()?)?;
    Some(SealedAnswer { status: parts.status.as_u16(), salt, sealed })
}

fn replay(keyed: &Keyed, answer: SealedAnswer) -> Response {
    let SealedAnswer { status, salt, sealed } = answer;
    let kept = sealing::open(&keyed.seal_token(&salt), sealed)
        .and_then(|plain| serde_json::from_slice::<KeptAnswer>(&plain).ok());
    let (Some(kept), Ok(status)) = (kept, StatusCode::from_u16(status)) else {
        tracing::error!("a kept answer cannot be opened");
        return ApiError::ours().into_response();
    };
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    for (name, value) in [(CONTENT_TYPE, kept.content_type), (ETAG, kept.etag)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
