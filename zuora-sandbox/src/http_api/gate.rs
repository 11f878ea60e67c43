//! Every request passes here: tokens, idempotency keys, faults, the headers
//! that Zuora sends, and the record of it all.

use super::oauth;
use crate::exchange::Exchange;
use crate::faults::{Fault, FaultKind};
use crate::idempotency::Kept;
use crate::refusal::{Category, Refusal};
use crate::sandbox::Sandbox;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

const LARGEST_BODY: usize = 16 * 1024 * 1024;
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;

/// Lets a request pass. The work goes on when the client goes away, as Zuora's
/// does.
pub(super) async fn gate(State(sandbox): State<Sandbox>, request: Request, next: Next) -> Response {
    match tokio::spawn(pass(sandbox, request, next)).await {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn pass(sandbox: Sandbox, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if path == "/healthz" {
        return next.run(request).await;
    }
    if path.starts_with("/sandbox/") {
        let answer = next.run(request).await;
        let answer = finish(&path, "", answer).await;
        return saved(&sandbox, answer.into_response()).await;
    }
    let request_id = uuid::Uuid::now_v7().to_string();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let route = parts.extensions.get::<MatchedPath>().map_or("(unknown)", MatchedPath::as_str);
    sandbox.recorder().count(format!("{} {route}", parts.method));
    let seen = parts.clone();
    let struck = sandbox.faults().strike(parts.method.as_str(), &path);
    let has = |kind| struck.iter().any(|fault| fault.kind == kind);
    if has(FaultKind::LoseRequest) {
        return dropped();
    }
    let answer = match before(&sandbox, &parts, &struck) {
        Some(refusal) => refusal.into_response(),
        None => answer_once(&sandbox, parts, body.clone(), next, &struck, &request_id).await,
    };
    let mut answer = finish(&path, &request_id, answer).await;
    answer.add_headers(&sandbox, &seen, &request_id);
    answer.record(&sandbox, &seen, &body);
    let response = saved(&sandbox, answer.into_response()).await;
    if has(FaultKind::LoseAnswer) { dropped() } else { response }
}

/// What turns a request away before it is looked at.
fn before(sandbox: &Sandbox, parts: &Parts, struck: &[Fault]) -> Option<Response> {
    for fault in struck {
        match fault.kind {
            FaultKind::RateLimit => {
                let refusal = Refusal::new(
                    Category::Limit,
                    "Request exceeded limit. Please retry after the given number of seconds.",
                )
                .with_status(StatusCode::TOO_MANY_REQUESTS);
                let mut response = refusal.into_response();
                response.headers_mut().insert(header::RETRY_AFTER, fault.retry_after.into());
                return Some(response);
            }
            FaultKind::Unavailable => {
                let refusal = Refusal::new(
                    Category::Temporary,
                    "The service is temporarily unavailable. Please retry later.",
                );
                return Some(refusal.with_status(StatusCode::SERVICE_UNAVAILABLE).into_response());
            }
            FaultKind::ExpireToken => sandbox.expire_tokens(),
            _ => {}
        }
    }
    (parts.uri.path() != "/oauth/token")
        .then(|| oauth::check(sandbox, &parts.headers).err())
        .flatten()
        .map(IntoResponse::into_response)
}

/// Answers, or gives the answer that is kept for the idempotency key.
async fn answer_once(
    sandbox: &Sandbox,
    parts: Parts,
    body: Bytes,
    next: Next,
    struck: &[Fault],
    request_id: &str,
) -> Response {
    let key = parts.headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok());
    let key = key.filter(|_| parts.method == http::Method::POST).map(str::to_owned);
    let Some(key) = key else { return work(parts, body, next, struck).await };
    if key.len() > LONGEST_KEY {
        return Refusal::value("'Idempotency-Key' should not exceed 255 characters")
            .with_status(StatusCode::BAD_REQUEST)
            .into_response();
    }
    let line = format!("{} {}", parts.method, parts.uri);
    let request = String::from_utf8_lossy(&body).into_owned();
    let Some(_taken) = sandbox.running().take(&key) else {
        return Refusal::rule("A request with this idempotency key is still being processed.")
            .with_status(StatusCode::CONFLICT)
            .into_response();
    };
    let now = sandbox.clock().now();
    let kept = sandbox.read(|state| state.idempotency.get(&key).cloned());
    if let Some(kept) = kept.filter(|kept| kept.is_kept(now)) {
        return replay(kept, &line, &request);
    }
    let path = parts.uri.path().to_owned();
    let answer = work(parts, body, next, struck).await;
    let answer = finish(&path, request_id, answer).await;
    let kept = Kept {
        line,
        request,
        status: answer.status.as_u16(),
        answer: String::from_utf8_lossy(&answer.body).into_owned(),
        since: now,
    };
    sandbox.write(|state| {
        state.forget_old_answers(now);
        state.idempotency.insert(key, kept);
    });
    answer.into_response()
}

fn replay(kept: Kept, line: &str, request: &str) -> Response {
    if kept.line != line || kept.request != request {
        return Refusal::rule("This idempotency key was used for another request.")
            .with_status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response();
    }
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("zuora-sandbox-replayed"), HeaderValue::from_static("true")),
    ];
    (status, headers, kept.answer).into_response()
}

async fn work(parts: Parts, body: Bytes, next: Next, struck: &[Fault]) -> Response {
    for fault in struck {
        match fault.kind {
            FaultKind::Latency => tokio::time::sleep(Duration::from_millis(fault.latency_ms)).await,
            FaultKind::Failure => {
                // Without a reason: Zuora does not know what became of it either.
                let body = Json(json!({ "success": false }));
                return (StatusCode::INTERNAL_SERVER_ERROR, body).into_response();
            }
            FaultKind::LockContention => {
                return Refusal::new(
                    Category::Lock,
                    "Operation failed due to a lock competition, please retry later.",
                )
                .into_response();
            }
            _ => {}
        }
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// An answer whose body is known.
struct Finished {
    status: StatusCode,
    headers: http::HeaderMap,
    body: Bytes,
}

impl IntoResponse for Finished {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// Reads an answer's body, and writes a refusal's.
async fn finish(path: &str, request_id: &str, answer: Response) -> Finished {
    let refusal = answer.extensions().get::<Refusal>().cloned();
    let (parts, body) = answer.into_parts();
    let mut headers = parts.headers;
    let body = match refusal {
        Some(refusal) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.remove(header::CONTENT_LENGTH);
            let mut value = refusal.body(request_id);
            if let (true, Some(fields)) =
                (path.starts_with("/object-query/"), value.as_object_mut())
            {
                fields.remove("success");
                fields.remove("processId");
            }
            Bytes::from(value.to_string())
        }
        None => to_bytes(body, usize::MAX).await.unwrap_or_default(),
    };
    Finished { status: parts.status, headers, body }
}

impl Finished {
    fn add_headers(&mut self, sandbox: &Sandbox, request: &Parts, request_id: &str) {
        let mut add = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                self.headers.insert(HeaderName::from_static(name), value);
            }
        };
        add("zuora-request-id", request_id);
        if let Some(track) = request.headers.get("zuora-track-id").and_then(|id| id.to_str().ok()) {
            add("zuora-track-id", track);
        }
        let seconds = sandbox.clock().now().0.rem_euclid(60);
        let spent = self.status == StatusCode::TOO_MANY_REQUESTS;
        add("ratelimit-limit", "50000, 50000;window=60");
        add("ratelimit-remaining", if spent { "0" } else { "49999" });
        add("ratelimit-reset", &(60 - seconds).to_string());
        if request.uri.path().starts_with("/v1/") {
            add("concurrency-limit-type", "Default");
            add("concurrency-limit-limit", "40");
            add("concurrency-limit-remaining", "39");
        }
    }

    fn record(&self, sandbox: &Sandbox, request: &Parts, body: &Bytes) {
        if !sandbox.recorder().listens() {
            return;
        }
        let text = |name: &HeaderName| {
            self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let headers = self.headers.iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        sandbox.recorder().keep(Exchange {
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            request: read(body),
            status: self.status.as_u16(),
            content_type: text(&header::CONTENT_TYPE).to_owned(),
            headers: headers.collect(),
            response: read(&self.body),
        });
    }
}

fn read(body: &Bytes) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// The answer, once what it tells of is in the file.
async fn saved(sandbox: &Sandbox, answer: Response) -> Response {
    match sandbox.save().await {
        Ok(()) => answer,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// No answer: the connection ends before one is whole.
fn dropped() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, _>(io::Error::new(io::ErrorKind::ConnectionAborted, "dropped on demand"))
    });
    Response::new(Body::from_stream(broken))
}
