//! One request to an endpoint, and what its answer means.

use super::guard::{Forbidden, Guard};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use reqwest::{Response, StatusCode, redirect};
use std::error::Error;
use std::time::Duration;
use url::Url;

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(10);
/// How much of an answer is kept, in bytes.
const KEPT: usize = 400;
/// The longest wait that an endpoint may ask for.
const LONGEST_WISH: Duration = Duration::from_secs(10 * 60 * 60);
const AGENT: &str = concat!("Partners-Webhooks/", env!("CARGO_PKG_VERSION"));

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Where to.
    pub url: &'a str,
    /// `webhook-id`
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub seconds: i64,
    /// `webhook-signature`
    pub signature: &'a str,
    /// The body, JSON.
    pub body: &'a str,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it means.
    pub verdict: Verdict,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The beginning of the answer, or why there is none.
    pub answer: String,
}

impl Outcome {
    /// No answer came, or nothing was sent.
    #[must_use]
    pub fn nothing(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Later { wish: None }, status: None, answer: why.into() }
    }

    /// The same in a word, as metrics and traces have it.
    pub const fn word(&self) -> &'static str {
        match (self.verdict, self.status) {
            (Verdict::Taken, _) => "ok",
            (Verdict::Gone, _) => "gone",
            (Verdict::Later { .. }, Some(429)) => "throttled",
            (Verdict::Later { .. }, Some(_)) => "refused",
            (Verdict::Later { .. }, None) => "unavailable",
        }
    }
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// To be tried again; not before this, if the endpoint has said so.
    Later {
        /// How long it wishes to be left alone.
        wish: Option<Duration>,
    },
    /// Nothing is wanted there any more.
    Gone,
}

/// Sends webhooks.
#[derive(Clone)]
pub struct Sender {
    guard: Guard,
    /// Or why there is none.
    client: Result<reqwest::Client, String>,
}

impl Sender {
    /// Sends to what `guard` lets through: without a proxy, which would connect
    /// for us unseen, and without following anybody elsewhere.
    #[must_use]
    pub fn new(guard: Guard) -> Self {
        let client = reqwest::Client::builder()
            .dns_resolver(guard.clone())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .build()
            .map_err(|error| format!("This server cannot send: {error}."));
        Self { guard, client }
    }

    /// Which addresses it sends to.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends once.
    pub async fn send(&self, message: &Message<'_>) -> Outcome {
        let client = match &self.client {
            Ok(client) => client,
            Err(why) => return Outcome::nothing(why.clone()),
        };
        let Ok(url) = Url::parse(message.url) else {
            return Outcome::nothing("The address cannot be read.");
        };
        if let Err(forbidden) = self.guard.check_literal(&url) {
            return Outcome::nothing(forbidden.to_string());
        }
        let sent = client
            .post(url)
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.seconds)
            .header("webhook-signature", message.signature)
            .body(message.body.to_owned())
            .send()
            .await;
        match sent {
            Ok(response) => understood(response).await,
            Err(error) => Outcome::nothing(words(&error)),
        }
    }
}

async fn understood(mut response: Response) -> Outcome {
    let status = response.status();
    let verdict = match status {
        status if status.is_success() => Verdict::Taken,
        StatusCode::GONE => Verdict::Gone,
        _ => Verdict::Later { wish: wish(&response) },
    };
    // Once there is a status, what becomes of the rest changes nothing.
    let mut kept = Vec::new();
    while kept.len() < KEPT {
        match response.chunk().await {
            Ok(Some(chunk)) => kept.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    kept.truncate(KEPT);
    Outcome { verdict, status: Some(status.as_u16()), answer: shown(&kept) }
}

fn wish(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WISH))
}

/// Bytes as one line of text.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Why nothing came back.
fn words(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut last = String::new();
    while let Some(one) = cause {
        if let Some(forbidden) = one.downcast_ref::<Forbidden>() {
            return forbidden.to_string();
        }
        last = one.to_string();
        cause = one.source();
    }
    if error.is_timeout() {
        format!("No answer within {} seconds.", PATIENCE.as_secs())
    } else if error.is_connect() {
        format!("The connection could not be made: {last}.")
    } else {
        format!("The connection broke off: {last}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn what_a_name_leads_to_is_looked_at_where_the_connection_is_made() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let send = |guard: Guard, host: &'static str| async move {
            let url = format!("https://{host}:{port}/");
            let (id, signature, body) = ("msg_1", "v1,x", "{}");
            let message = Message { url: &url, id, seconds: 1, signature, body };
            Sender::new(guard).send(&message).await
        };
        for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
            let outcome = send(Guard::default(), host).await;
            assert_eq!((outcome.status, outcome.verdict), (None, Verdict::Later { wish: None }));
            assert!(outcome.answer.contains("not on the public internet"), "{outcome:?}");
        }
        let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "somebody came");
        // The same where the operator allows it: now somebody comes, who is not
        // understood.
        let loopback = Guard::new(vec!["127.0.0.0/8".parse().expect("a network")]);
        let come = tokio::spawn(async move { listener.accept().await.map(drop) });
        let outcome = send(loopback, "localhost").await;
        assert!(come.await.expect("a task").is_ok());
        assert!(outcome.answer.starts_with("The connection"), "{outcome:?}");
    }

    #[test]
    fn an_answer_is_kept_as_one_line() {
        assert_eq!(shown(b"<p>\r\n  no\0 </p>\xff"), "<p> no </p>\u{fffd}");
    }
}
