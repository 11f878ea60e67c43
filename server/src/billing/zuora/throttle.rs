//! Zuora's limits are kept: while it asks for patience nothing is sent.

use super::super::{BillingError, Passing};
use reqwest::header::HeaderMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest patience that is believed; Zuora's shortest window is a minute,
/// its longest a day.
const LONGEST: Duration = Duration::from_hours(1);

/// Until when nothing is sent.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Option<Instant>>);

impl Throttle {
    /// How long to wait before the next request.
    pub(super) fn wait(&self) -> Option<Duration> {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until?.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())
    }

    /// Nothing may be sent yet.
    ///
    /// # Errors
    /// [`BillingError::TryAgain`] with the time to wait.
    pub(super) fn check(&self) -> Result<(), BillingError> {
        match self.wait() {
            None => Ok(()),
            wait => Err(BillingError::TryAgain {
                cause: Passing::Throttled,
                after: wait,
                message: "Zuora’s limit is reached.".to_owned(),
            }),
        }
    }

    /// Takes notice of an answer's headers; gives the time to wait that they
    /// ask for.
    pub(super) fn heed(&self, status: u16, headers: &HeaderMap) -> Option<Duration> {
        let asked = seconds(headers, "retry-after");
        let spent = status == 429 || seconds(headers, "ratelimit-remaining") == Some(0);
        let reset = || seconds(headers, "ratelimit-reset").filter(|_| spent);
        let wait = asked.or_else(reset).map(Duration::from_secs).map(|wait| wait.min(LONGEST));
        // A refusal of one request (503, lock contention) does not stop others.
        if let Some(wait) = wait.filter(|_| spent) {
            let until = Instant::now() + wait;
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *known = Some(known.map_or(until, |known| known.max(until)));
        }
        wait
    }
}

/// A header's first whole number: `ratelimit-limit: 50000, 50000;window=60`.
fn seconds(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    reqwest::header::HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn nothing_is_sent_until_the_window_is_over() {
        let throttle = Throttle::default();
        throttle.heed(200, &headers(&[("ratelimit-remaining", "1"), ("ratelimit-reset", "9")]));
        assert_eq!(throttle.wait(), None);
        throttle.heed(200, &headers(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "9")]));
        assert!(throttle.wait().is_some_and(|wait| wait > Duration::from_secs(8)));
        assert!(throttle.check().is_err());
    }

    #[test]
    fn retry_after_counts_and_is_not_believed_without_end() {
        let throttle = Throttle::default();
        let asked =
            throttle.heed(429, &headers(&[("retry-after", "7"), ("ratelimit-reset", "60")]));
        assert_eq!(asked, Some(Duration::from_secs(7)));
        assert!(throttle.wait().is_some_and(|wait| wait <= Duration::from_secs(7)));
        assert_eq!(throttle.heed(429, &headers(&[("retry-after", "99999999")])), Some(LONGEST));
    }

    #[test]
    fn an_outage_of_one_request_does_not_stop_the_others() {
        let throttle = Throttle::default();
        let asked = throttle.heed(503, &headers(&[("retry-after", "7")]));
        assert_eq!((asked, throttle.wait()), (Some(Duration::from_secs(7)), None));
    }
}
