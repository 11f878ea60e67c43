//! A day in the tenant's calendar, as Zuora writes it: `2026-11-24`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Date, Duration, Month};

const SHAPE: &[FormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The calendar day `date`.
    #[must_use]
    pub const fn new(date: Date) -> Self {
        Self(date)
    }

    /// As many days later; earlier when negative.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.checked_add(Duration::days(days)).unwrap_or(Date::MAX))
    }

    /// As many months later, on the same day of the month or on the month's
    /// last: a month after 31 January is 28 or 29 February.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        let months = i32::try_from(months).unwrap_or(i32::MAX);
        let count = (u8::from(self.0.month()) as i32 - 1).saturating_add(months);
        let year = self.0.year().saturating_add(count / 12);
        let month = u8::try_from(count % 12 + 1)
            .ok()
            .and_then(|number| Month::try_from(number).ok())
            .unwrap_or(Month::January);
        let day = self.0.day().min(month.length(year));
        Self(Date::from_calendar_date(year, month, day).unwrap_or(Date::MAX))
    }

    /// How many days from this one to `other`; negative if `other` is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i64 {
        (other.0 - self.0).whole_days()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub const fn day_of_month(self) -> u8 {
        self.0.day()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        write!(f, "{year:04}-{:02}-{day:02}", u8::from(month))
    }
}

impl FromStr for Day {
    type Err = time::error::Parse;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Date::parse(text, SHAPE).map(Self)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn months_end_on_their_last_day() {
        assert_eq!(day("2027-01-31").plus_months(1), day("2027-02-28"));
        assert_eq!(day("2028-01-31").plus_months(1), day("2028-02-29"));
        assert_eq!(day("2026-11-24").plus_months(14), day("2028-01-24"));
    }

    #[test]
    fn days_are_written_as_zuora_writes_them() {
        assert_eq!(day("2026-02-03").to_string(), "2026-02-03");
        assert!("2026-02-30".parse::<Day>().is_err());
        assert_eq!(day("2026-02-03").days_until(day("2026-03-03")), 28);
    }
}
