//! How often something may be asked for: counted in the database, so that it
//! holds across instances.

use super::error::ApiError;
use crate::store::{Connection, StoreResult, attempts};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use partners_app::domain::Timestamp;
use std::time::Duration;

/// How many requests a client may send in each [`WINDOW`].
pub(super) const OF_CLIENT: i64 = 600;
/// How many tokens may be asked for from one address in each [`WINDOW`].
pub(super) const OF_ADDRESS: i64 = 120;
const WINDOW: Duration = Duration::from_secs(60);

/// How much of a limit is used.
pub(super) struct Counted {
    limit: i64,
    remaining: i64,
    /// In seconds.
    resets_in: i64,
    is_over: bool,
}

/// Counts one more under `key`, of which so many are allowed in each [`WINDOW`].
///
/// # Errors
/// Where the database fails.
pub(super) async fn count(
    connection: Connection<'_>,
    key: &str,
    limit: i64,
    now: Timestamp,
) -> StoreResult<Counted> {
    let (count, ends) = attempts::count(connection, key, now, WINDOW).await?;
    let milliseconds = ends.millis().saturating_sub(now.millis());
    Ok(Counted {
        limit,
        remaining: limit.saturating_sub(count).max(0),
        resets_in: (milliseconds.saturating_add(999) / 1_000).max(1),
        is_over: count > limit,
    })
}

impl Counted {
    /// The answer where it is too often.
    pub(super) fn refusal(&self) -> Option<ApiError> {
        self.is_over.then(|| ApiError::too_many(self.resets_in))
    }

    /// The headers of the IETF's draft "RateLimit header fields for HTTP", 03
    /// to 07, which Zuora's API has too.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        for (name, value) in [
            ("ratelimit-limit", self.limit),
            ("ratelimit-remaining", self.remaining),
            ("ratelimit-reset", self.resets_in),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}
