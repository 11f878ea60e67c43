//! The keys the pool signs its tokens with.

use super::super::IdentityError;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, RwLock};

/// Keys this old are fetched again, so that a withdrawn one is forgotten.
const MAXIMUM_AGE: Duration = Duration::from_hours(12);
/// At most one look for an unknown key in this time: tokens must not make the
/// server hammer the pool.
const BETWEEN_UNKNOWN: Duration = Duration::from_secs(60);
/// After a failed fetch the others who wait do not each try again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(5);

/// The pool's public keys by `kid`, fetched when first needed.
pub(super) struct Keys {
    url: String,
    http: reqwest::Client,
    known: RwLock<Known>,
    fetching: Mutex<Fetching>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, DecodingKey>,
    at: Option<Instant>,
}

impl Known {
    fn is_fresh(&self) -> bool {
        self.at.is_some_and(|at| at.elapsed() < MAXIMUM_AGE)
    }
}

/// Held by the one who fetches.
#[derive(Default)]
struct Fetching {
    unknown: Option<Instant>,
    failed: Option<Instant>,
}

impl Keys {
    /// # Errors
    /// [`IdentityError::Refused`] where no HTTP client can be built.
    pub(super) fn at(url: &str) -> Result<Self, IdentityError> {
        let http = http_client(url)?;
        Ok(Self { url: url.to_owned(), http, known: RwLock::default(), fetching: Mutex::default() })
    }

    /// The key `kid`, if the pool has it.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`] where the keys cannot be fetched.
    pub(super) async fn get(&self, kid: &str) -> Result<Option<DecodingKey>, IdentityError> {
        if let Some(key) = self.fresh(kid).await {
            return Ok(Some(key));
        }
        let mut fetching = self.fetching.lock().await;
        if let Some(key) = self.fresh(kid).await {
            return Ok(Some(key));
        }
        if self.known.read().await.is_fresh() {
            if fetching.unknown.is_some_and(|at| at.elapsed() < BETWEEN_UNKNOWN) {
                return Ok(None);
            }
            fetching.unknown = Some(Instant::now());
        }
        let just_failed = fetching.failed.is_some_and(|at| at.elapsed() < AFTER_FAILURE);
        let fetched = if just_failed { Err(unavailable()) } else { self.fetch().await };
        match fetched {
            Ok(keys) => {
                fetching.failed = None;
                let key = keys.get(kid).cloned();
                *self.known.write().await = Known { keys, at: Some(Instant::now()) };
                Ok(key)
            }
            Err(error) => {
                if !just_failed {
                    fetching.failed = Some(Instant::now());
                }
                // Old keys are better than nobody signing in.
                self.known.read().await.keys.get(kid).cloned().map(Some).ok_or(error)
            }
        }
    }

    /// Fetches the keys and says how many can be used.
    ///
    /// # Errors
    /// [`IdentityError::Unavailable`] where they cannot be fetched.
    pub(super) async fn count(&self) -> Result<usize, IdentityError> {
        Ok(self.fetch().await?.len())
    }

    async fn fresh(&self, kid: &str) -> Option<DecodingKey> {
        let known = self.known.read().await;
        known.is_fresh().then(|| known.keys.get(kid).cloned()).flatten()
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, IdentityError> {
        let answer = async {
            self.http.get(&self.url).send().await?.error_for_status()?.json::<JwkSet>().await
        };
        let set = answer.await.map_err(|error| {
            tracing::warn!(url = self.url, %error, "the pool's signing keys cannot be fetched");
            unavailable()
        })?;
        tracing::debug!(url = self.url, keys = set.keys.len(), "signing keys fetched");
        Ok(set.keys.iter().filter_map(usable).collect())
    }
}

/// A client for the server at this address.
///
/// # Errors
/// [`IdentityError::Refused`] where none can be built.
pub(super) fn http_client(url: &str) -> Result<reqwest::Client, IdentityError> {
    let http =
        reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
    // A proxy cannot reach this machine's own loopback.
    let http = if is_loopback(url) { http.no_proxy() } else { http };
    http.build().map_err(|error| {
        tracing::error!(%error, "no HTTP client");
        IdentityError::Refused("This machine offers no HTTPS client.".to_owned())
    })
}

fn unavailable() -> IdentityError {
    IdentityError::Unavailable("The user pool’s signing keys cannot be fetched.".to_owned())
}

/// A key for RS256 signatures, with its `kid`.
fn usable(jwk: &Jwk) -> Option<(String, DecodingKey)> {
    let common = &jwk.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let rs256 = matches!(common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    let AlgorithmParameters::RSA(_) = jwk.algorithm else { return None };
    if !signs || !rs256 {
        return None;
    }
    Some((common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?))
}

fn is_loopback(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    })
}
