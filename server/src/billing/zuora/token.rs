//! The one OAuth token, shared by all requests and fetched by one at a time.

use super::super::{BillingError, Passing};
use super::ZuoraSettings;
use super::reasons::Envelope;
use super::throttle::Throttle;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use url::form_urlencoded::Serializer;

/// Fetched again this long before it expires, or at nine tenths of a short
/// life.
const MARGIN: Duration = Duration::from_secs(120);
/// After a failed fetch the others who wait do not each try again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// A token; clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub secret: SecretString,
    /// The how-manieth one it is.
    number: u64,
    until: Instant,
}

/// The token, held by the one who fetches.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    token: Option<Token>,
    fetched: u64,
    failed: Option<(Instant, BillingError)>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: u64,
}

impl Tokens {
    /// The token; another one than `refused`, where Zuora did not take that.
    ///
    /// # Errors
    /// Where none can be had. Nothing was asked of Zuora but a token.
    pub(super) async fn get(
        &self,
        http: &reqwest::Client,
        settings: &ZuoraSettings,
        throttle: &Throttle,
        refused: Option<&Token>,
    ) -> Result<Token, BillingError> {
        let mut known = self.0.lock().await;
        let fits = |token: &&Token| {
            Instant::now() < token.until
                && refused.is_none_or(|refused| refused.number != token.number)
        };
        if let Some(token) = known.token.as_ref().filter(fits) {
            return Ok(token.clone());
        }
        if let Some((at, error)) = &known.failed
            && at.elapsed() < error.retry_after().unwrap_or(AFTER_FAILURE)
        {
            return Err(error.clone());
        }
        match fetch(http, settings, throttle).await {
            Ok(granted) => {
                let life = Duration::from_secs(granted.expires_in);
                let good = life.saturating_sub(MARGIN).max(life / 10 * 9);
                known.fetched += 1;
                known.failed = None;
                let token = Token {
                    secret: granted.access_token,
                    number: known.fetched,
                    until: Instant::now() + good.min(life),
                };
                known.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                known.token = None;
                known.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }
}

async fn fetch(
    http: &reqwest::Client,
    settings: &ZuoraSettings,
    throttle: &Throttle,
) -> Result<Granted, BillingError> {
    let mut url = settings.base_url.clone();
    url.set_path("/oauth/token");
    let form = Serializer::new(String::new())
        .append_pair("client_id", &settings.client_id)
        .append_pair("client_secret", settings.client_secret.expose_secret())
        .append_pair("grant_type", "client_credentials")
        .finish();
    let answer = http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .timeout(settings.timeouts.read)
        .body(form)
        .send()
        .await
        .map_err(|error| {
            tracing::debug!(error = %error.without_url(), "no token");
            BillingError::unavailable("Zuora cannot be reached for a token.")
        })?;
    let status = answer.status().as_u16();
    let after = throttle.heed(status, answer.headers());
    let body = answer
        .bytes()
        .await
        .map_err(|_| BillingError::unavailable("Zuora’s answer to a token request broke off."))?;
    match status {
        200 => serde_json::from_slice(&body)
            .map_err(|_| BillingError::unavailable("Zuora’s token cannot be read.")),
        429 => Err(BillingError::TryAgain {
            cause: Passing::Throttled,
            after,
            message: "Zuora is asked for tokens too often.".to_owned(),
        }),
        400 | 401 | 403 => {
            let reason = serde_json::from_slice::<Envelope>(&body).unwrap_or_default().reason();
            Err(BillingError::Misconfigured(format!(
                "Zuora does not accept ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET ({}). Check them, \
                 and that ZUORA_BASE_URL is the address of their tenant.",
                reason.message
            )))
        }
        404 => Err(BillingError::Misconfigured(
            "ZUORA_BASE_URL is not the address of a Zuora tenant’s REST API.".to_owned(),
        )),
        _ => Err(BillingError::unavailable(format!("Zuora answers {status} to a token request."))),
    }
}
