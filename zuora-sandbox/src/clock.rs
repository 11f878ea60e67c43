//! What time it is in the sandbox: the machine's time, shifted as far as
//! somebody asked for.

use crate::day::Day;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use time::OffsetDateTime;

/// A moment in whole seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    fn utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The day it falls on, UTC.
    #[must_use]
    pub fn day(self) -> Day {
        Day::new(self.utc().date())
    }

    /// As orders write it: `2026-11-24 02:22:27`.
    #[must_use]
    pub fn spaced(self) -> String {
        let (hour, minute, second) = self.utc().time().as_hms();
        format!("{} {hour:02}:{minute:02}:{second:02}", self.day())
    }
}

impl fmt::Display for Moment {
    /// As object queries write it: `2026-11-24T02:22:27Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.utc().time().as_hms();
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", self.day())
    }
}

/// Tells the time; clones share the shift.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Option<Moment>,
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self { fixed: None, shift: Arc::default() }
    }

    /// A time that stands still until [`Clock::advance`].
    #[must_use]
    pub fn standing(at: Moment) -> Self {
        Self { fixed: Some(at), shift: Arc::default() }
    }

    /// The moment now.
    #[must_use]
    pub fn now(&self) -> Moment {
        let base = self.fixed.unwrap_or_else(machine_time);
        Moment(base.0.saturating_add(self.shift()))
    }

    /// Lets as many seconds pass at once.
    pub fn advance(&self, seconds: i64) {
        self.shift.fetch_add(seconds, Ordering::Relaxed);
    }

    /// How many seconds this clock is ahead of what it stands on.
    #[must_use]
    pub fn shift(&self) -> i64 {
        self.shift.load(Ordering::Relaxed)
    }

    /// Sets the shift, as when a kept state is taken up again.
    pub fn set_shift(&self, seconds: i64) {
        self.shift.store(seconds, Ordering::Relaxed);
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
fn machine_time() -> Moment {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Clock, Moment};

    #[test]
    fn a_standing_clock_moves_when_told() {
        let clock = Clock::standing(Moment(1_795_486_947));
        assert_eq!(clock.now().to_string(), "2026-11-24T02:22:27Z");
        let same = clock.clone();
        same.advance(86_400);
        assert_eq!(clock.now().spaced(), "2026-11-25 02:22:27");
    }
}
