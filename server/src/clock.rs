//! What time it is: the system's, or a test's.

use partners_app::domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::{Date, OffsetDateTime};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Tells the time, shifted as far as a test wants.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift_millis: Arc<AtomicI64>,
    advanced: Arc<Notify>,
}

impl Clock {
    /// The moment now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(millis.saturating_add(self.shift_millis.load(Ordering::Relaxed)))
    }

    /// The day now, in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        let seconds = self.now().millis().div_euclid(1_000);
        OffsetDateTime::from_unix_timestamp(seconds).map_or(Date::MAX, OffsetDateTime::date)
    }

    /// Lets time pass at once, for every copy of this clock.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.shift_millis.fetch_add(millis, Ordering::Relaxed);
        self.advanced.notify_waiters();
    }

    /// Ends once somebody has let time pass, counted from this call on.
    pub fn advanced(&self) -> Notified<'_> {
        self.advanced.notified()
    }
}
