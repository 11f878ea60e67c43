//! Moments in time.

use super::day;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A moment: milliseconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after the start of 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the start of 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// The moment `duration` earlier.
    #[must_use]
    pub fn minus(self, duration: std::time::Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// `12 Nov 2026`.
    #[must_use]
    pub fn short(self) -> String {
        day::short(self.moment().date())
    }

    /// `12 Nov 2026, 14:03`, in UTC.
    #[must_use]
    pub fn minute(self) -> String {
        let moment = self.moment();
        format!("{}, {:02}:{:02}", day::short(moment.date()), moment.hour(), moment.minute())
    }

    /// `12 November 2026, 14:03 UTC`.
    #[must_use]
    pub fn full(self) -> String {
        let moment = self.moment();
        let day = day::full(moment.date());
        format!("{day}, {:02}:{:02} UTC", moment.hour(), moment.minute())
    }

    /// ISO 8601 with milliseconds, for machines.
    #[must_use]
    pub fn iso(self) -> String {
        let moment = self.moment();
        format!(
            "{}T{:02}:{:02}:{:02}.{:03}Z",
            day::iso(moment.date()),
            moment.hour(),
            moment.minute(),
            moment.second(),
            moment.millisecond()
        )
    }

    /// How long before `now` it was, in words: `just now`, `2 minutes ago`; from
    /// a day on the day itself.
    #[must_use]
    pub fn ago(self, now: Self) -> String {
        let minutes = now.0.saturating_sub(self.0) / 60_000;
        match minutes {
            ..1 => "just now".to_owned(),
            1 => "a minute ago".to_owned(),
            2..60 => format!("{minutes} minutes ago"),
            60..120 => "an hour ago".to_owned(),
            120..1_440 => format!("{} hours ago", minutes / 60),
            _ => self.short(),
        }
    }

    /// The same in calendar and clock; the start of 1970 for what no calendar
    /// of ours reaches.
    fn moment(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_long_ago_is_said_so() {
        let then = Timestamp::from_millis(1_794_492_187_042);
        for (minutes, said) in [
            (-3, "just now"),
            (0, "just now"),
            (1, "a minute ago"),
            (59, "59 minutes ago"),
            (119, "an hour ago"),
            (1_439, "23 hours ago"),
            (1_440, "12 Nov 2026"),
        ] {
            let now = Timestamp::from_millis(then.millis() + minutes * 60_000);
            assert_eq!(then.ago(now), said, "{minutes}");
        }
    }

    #[test]
    fn four_ways_to_write_a_moment() {
        let moment = Timestamp::from_millis(1_794_492_187_042);
        assert_eq!(moment.short(), "12 Nov 2026");
        assert_eq!(moment.minute(), "12 Nov 2026, 14:03");
        assert_eq!(moment.full(), "12 November 2026, 14:03 UTC");
        assert_eq!(moment.iso(), "2026-11-12T14:03:07.042Z");
    }
}
