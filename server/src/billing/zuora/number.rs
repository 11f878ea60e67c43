//! Numbers and days between Zuora's JSON and ours.
//!
//! A number's digits are read as they are written: no amount is ever a binary
//! fraction.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;
use std::str::FromStr;
use time::{Date, Month};

/// A decimal number, as a JSON number or a string of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(pub Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get().trim_matches('"');
        decimal(text).map(Self).ok_or_else(|| de::Error::custom(format!("no number: {text}")))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.normalize().to_string())
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

/// The number that a text writes, exactly; `None` where it has more digits than
/// a decimal keeps.
fn decimal(text: &str) -> Option<Decimal> {
    match text.split_once(['e', 'E']) {
        None => Decimal::from_str_exact(text).ok(),
        Some(_) => Decimal::from_scientific(text).ok(),
    }
}

/// A day, as `yyyy-mm-dd` with or without a time behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(pub Date);

impl FromStr for Day {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.get(..10).ok_or(())?.splitn(3, '-');
        let mut next = || parts.next().ok_or(());
        let year = next()?.parse().map_err(|_| ())?;
        let month: u8 = next()?.parse().map_err(|_| ())?;
        let day = next()?.parse().map_err(|_| ())?;
        let month = Month::try_from(month).map_err(|_| ())?;
        Date::from_calendar_date(year, month, day).map(Self).map_err(|_| ())
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| de::Error::custom(format!("no day: {text}")))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = self.0.to_calendar_date();
        serializer.collect_str(&format_args!("{year:04}-{:02}-{day:02}", u8::from(month)))
    }
}

/// Leaves the text out where it is empty.
pub(super) fn text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_of_a_number_is_read_and_written() {
        for digits in ["0.1", "19.99", "1234567890123456789.01", "-0.07", "100"] {
            let number: Number = serde_json::from_str(digits).expect("a number");
            assert_eq!(number.0.to_string(), digits);
            assert_eq!(serde_json::to_string(&number).expect("JSON"), digits);
        }
        let number: Number = serde_json::from_str("1.5E2").expect("a number");
        assert_eq!(number.0, Decimal::from(150));
        let number: Number = serde_json::from_str("\"2.50\"").expect("a number");
        assert_eq!(number.0.to_string(), "2.50");
        for wrong in ["true", "\"\"", "{}", "0.12345678901234567890123456789012"] {
            assert!(serde_json::from_str::<Number>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Option<Number>>("null").expect("nothing"), None);
    }

    #[test]
    fn days_are_read_with_or_without_a_time() {
        for text in ["\"2026-11-24\"", "\"2026-11-24 09:00:00\"", "\"2026-11-24T09:00:00Z\""] {
            let day: Day = serde_json::from_str(text).expect("a day");
            assert_eq!(serde_json::to_string(&day).expect("JSON"), "\"2026-11-24\"");
        }
        for wrong in ["\"2026-02-30\"", "\"24.11.2026\"", "\"\"", "7"] {
            assert!(serde_json::from_str::<Day>(wrong).is_err(), "{wrong}");
        }
    }
}
