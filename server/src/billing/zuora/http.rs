//! Requests to Zuora and what their answers mean.

use super::super::{BillingError, Passing, Reason};
use super::reasons::{Envelope, refusal};
use super::throttle::Throttle;
use super::token::{Token, Tokens};
use super::{ZuoraSettings, is_loopback};
use crate::observe;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode, redirect};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

/// Requests at once; Zuora allows a tenant 40 ("Rate limits",
/// developer.zuora.com), and this may not be the only client.
const AT_ONCE: usize = 16;
/// The longest wait inside one call of a read.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a request may do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// Nothing: it may be repeated.
    Read,
    /// Nothing, but it takes long: a preview.
    WorkOut,
    /// Something.
    Change,
}

/// A request to Zuora.
#[derive(Clone, Debug)]
pub(super) struct Request {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    key: Option<String>,
    purpose: Purpose,
    /// A part of the path that addresses cannot hold, so that nothing is there.
    nowhere: Option<String>,
}

impl Request {
    /// Allows the time that a long answer takes.
    pub(super) fn lasting(self) -> Self {
        Self { purpose: Purpose::WorkOut, ..self }
    }

    /// Adds a query's parameter.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }
}

/// Talks to Zuora.
pub(super) struct Http {
    client: reqwest::Client,
    settings: ZuoraSettings,
    headers: HeaderMap,
    tokens: Tokens,
    throttle: Throttle,
    slots: Semaphore,
}

impl Http {
    /// # Errors
    /// [`BillingError::Misconfigured`] where no client can be built or a header
    /// cannot be sent.
    pub(super) fn new(settings: ZuoraSettings) -> Result<Self, BillingError> {
        let client = reqwest::Client::builder()
            .connect_timeout(settings.timeouts.connect)
            .redirect(redirect::Policy::none());
        // A proxy cannot reach this machine's own loopback.
        let client = if is_loopback(&settings.base_url) { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| {
            tracing::error!(%error, "no HTTP client");
            BillingError::Misconfigured("This machine offers no HTTPS client.".to_owned())
        })?;
        let mut headers = HeaderMap::new();
        for (variable, name, value) in [
            ("ZUORA_ENTITY_IDS", "zuora-entity-ids", &settings.entity_ids),
            ("ZUORA_ORG_IDS", "zuora-org-ids", &settings.org_ids),
        ] {
            let Some(value) = value else { continue };
            let value = HeaderValue::from_str(value).map_err(|_| {
                BillingError::Misconfigured(format!("{variable} cannot stand in a header."))
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Self {
            client,
            settings,
            headers,
            tokens: Tokens::default(),
            throttle: Throttle::default(),
            slots: Semaphore::new(AT_ONCE),
        })
    }

    /// How it was set up.
    pub(super) const fn settings(&self) -> &ZuoraSettings {
        &self.settings
    }

    fn request(&self, method: Method, path: &[&str], purpose: Purpose) -> Request {
        let mut url = self.settings.base_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(path);
        }
        let nowhere = path.iter().find(|part| matches!(**part, "" | "." | ".."));
        let nowhere = nowhere.map(|part| (*part).to_owned());
        Request { method, url, body: None, key: None, purpose, nowhere }
    }

    /// A read of a path, given in its segments.
    pub(super) fn get(&self, path: &[&str]) -> Request {
        self.request(Method::GET, path, Purpose::Read)
    }

    /// A question with a body that changes nothing.
    pub(super) fn work_out(&self, path: &[&str], body: &impl Serialize) -> Request {
        let body = serde_json::to_vec(body).ok();
        Request { body, ..self.request(Method::POST, path, Purpose::WorkOut) }
    }

    /// Something to be done under an idempotency key.
    pub(super) fn post(
        &self,
        path: &[&str],
        key: &impl ToString,
        body: &impl Serialize,
    ) -> Request {
        Request {
            body: serde_json::to_vec(body).ok(),
            key: Some(key.to_string()),
            ..self.request(Method::POST, path, Purpose::Change)
        }
    }

    /// Something to be deleted.
    pub(super) fn delete(&self, path: &[&str]) -> Request {
        self.request(Method::DELETE, path, Purpose::Change)
    }

    /// The answer's body, once it says that it worked.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, BillingError> {
        let body = self.bytes(&request).await?;
        let envelope: Envelope = serde_json::from_slice(&body)
            .map_err(|error| unclear(&request, None, &format!("Zuora sent no JSON ({error})")))?;
        if envelope.is_refusal() {
            return Err(refusal(envelope.reason(), None));
        }
        serde_json::from_slice(&body).map_err(|error| {
            unclear(&request, None, &format!("Zuora’s answer cannot be read ({error})"))
        })
    }

    /// The same, where nothing having the key is an answer, too.
    pub(super) async fn json_if_there<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<Option<T>, BillingError> {
        match self.json(request).await {
            Ok(found) => Ok(Some(found)),
            Err(BillingError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The answer's body as text.
    pub(super) async fn text(&self, request: Request) -> Result<String, BillingError> {
        Ok(String::from_utf8_lossy(&self.bytes(&request).await?).into_owned())
    }

    async fn bytes(&self, request: &Request) -> Result<Vec<u8>, BillingError> {
        let mut waited = false;
        loop {
            let answer = match self.answer(request).await {
                Ok(answer) => answer.bytes().await.map(Vec::from).map_err(|_| broken_off(request)),
                Err(error) => Err(error),
            };
            match answer {
                Err(error) if !waited && request.purpose != Purpose::Change => {
                    let Some(wait) = error.retry_after().filter(|wait| *wait <= PATIENCE) else {
                        return Err(error);
                    };
                    waited = true;
                    tokio::time::sleep(wait).await;
                }
                answer => return answer,
            }
        }
    }

    /// An answer with a good status; its body is yet to come.
    pub(super) async fn answer(&self, request: &Request) -> Result<Response, BillingError> {
        if let Some(part) = &request.nowhere {
            let message = format!("Nothing in Zuora is called “{part}”.");
            return Err(BillingError::NotFound(Reason { code: None, message }));
        }
        self.throttle.check()?;
        let _slot = self.slots.acquire().await;
        let token = self.token(None).await?;
        let mut answer = self.send(request, &token).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let token = self.token(Some(&token)).await?;
            answer = self.send(request, &token).await?;
        }
        let status = answer.status().as_u16();
        let after = self.throttle.heed(status, answer.headers());
        if answer.status().is_success() {
            return Ok(answer);
        }
        let body = answer.bytes().await.unwrap_or_default();
        let envelope = serde_json::from_slice::<Envelope>(&body).unwrap_or_default();
        Err(failure(request, status, &envelope, after))
    }

    /// Whether a token can be had.
    pub(super) async fn check_credentials(&self) -> Result<(), BillingError> {
        self.token(None).await.map(drop)
    }

    async fn token(&self, refused: Option<&Token>) -> Result<Token, BillingError> {
        self.tokens.get(&self.client, &self.settings, &self.throttle, refused).await
    }

    async fn send(&self, request: &Request, token: &Token) -> Result<Response, BillingError> {
        let timeouts = &self.settings.timeouts;
        let timeout = match request.purpose {
            Purpose::Read => timeouts.read,
            Purpose::WorkOut | Purpose::Change => timeouts.work,
        };
        let track = format!("partners-{}", Uuid::now_v7().simple());
        let mut headers = self.headers.clone();
        observe::pass_trace_on(&mut headers);
        let mut builder = self
            .client
            .request(request.method.clone(), request.url.clone())
            .headers(headers)
            .header("zuora-track-id", &track)
            .bearer_auth(token.secret.expose_secret())
            .timeout(timeout);
        if let Some(body) = &request.body {
            // A question's answer is worked out anew each time.
            let key = request.key.clone().unwrap_or_else(|| Uuid::now_v7().to_string());
            builder = builder
                .header("idempotency-key", key)
                .header("content-type", "application/json")
                .body(body.clone());
        }
        let sent = builder.send().await;
        let path = request.url.path();
        match &sent {
            Ok(answer) => {
                let at_zuora = answer.headers().get("zuora-request-id");
                let at_zuora = at_zuora.and_then(|id| id.to_str().ok());
                let status = answer.status().as_u16();
                tracing::debug!(method = %request.method, path, status, track, at_zuora, "Zuora");
            }
            Err(_) => tracing::debug!(method = %request.method, path, track, "no answer"),
        }
        sent.map_err(|error| {
            if error.is_connect() {
                BillingError::unavailable("Zuora cannot be reached.")
            } else if error.is_timeout() {
                unclear(request, None, "Zuora did not answer in time")
            } else {
                broken_off(request)
            }
        })
    }
}

/// The request went out, and what came back says nothing about what was done.
fn unclear(request: &Request, after: Option<Duration>, message: &str) -> BillingError {
    let message = format!("{message} to {} {}.", request.method, request.url.path());
    match request.purpose {
        Purpose::Change => BillingError::AnswerLost { after, message },
        Purpose::Read | Purpose::WorkOut => {
            BillingError::TryAgain { cause: Passing::Unavailable, after, message }
        }
    }
}

fn broken_off(request: &Request) -> BillingError {
    unclear(request, None, "The connection ended before Zuora’s answer")
}

/// What a status other than success means.
fn failure(
    request: &Request,
    status: u16,
    envelope: &Envelope,
    after: Option<Duration>,
) -> BillingError {
    let said = envelope.is_refusal().then(|| envelope.reason());
    let path = request.url.path();
    match (status, said) {
        (401, _) => BillingError::Misconfigured(
            "Zuora takes none of the tokens it gives out. Check ZUORA_CLIENT_ID, \
             ZUORA_ENTITY_IDS and ZUORA_ORG_IDS."
                .to_owned(),
        ),
        (429, said) => BillingError::TryAgain {
            cause: Passing::Throttled,
            after,
            message: said.map_or_else(|| "Zuora is asked too often.".to_owned(), |r| r.message),
        },
        // The first request with this key is still being carried out.
        (409, said) if request.purpose == Purpose::Change => BillingError::AnswerLost {
            after,
            message: said.map_or_else(|| format!("Zuora answers 409 to {path}."), |r| r.message),
        },
        (422, said) if request.key.is_some() => BillingError::Misconfigured(format!(
            "The idempotency key was used for another request: {}",
            said.map_or_else(|| path.to_owned(), |reason| reason.message)
        )),
        (404, None) => BillingError::NotFound(Reason {
            code: None,
            message: format!("Zuora answers 404 to {path}."),
        }),
        // Zuora's own refusal: it knows that it did not do it.
        (_, Some(reason)) if reason.code.is_some() => refusal(reason, after),
        // Zuora keeps this answer for the key as it does any other; those of 502
        // and above come from before it.
        (500, _) if request.purpose == Purpose::Change => {
            BillingError::Broken { after, message: format!("Zuora answers 500 to {path}.") }
        }
        (500.., _) => unclear(request, after, &format!("Zuora answers {status}")),
        (_, said) => BillingError::Misconfigured(format!(
            "Zuora answers {status} to {path}. {}",
            said.map_or_else(String::new, |reason| reason.message)
        )),
    }
}
