//! Calendar days, as forms and pages write them.

use time::{Date, Month};

/// The names of a year's months. Written out, as the rest of this file is:
/// time's formatting would be 16 kB of what every browser loads.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(day: Date) -> &'static str {
    MONTHS[usize::from(u8::from(day.month()) - 1)]
}

/// `24 Nov 2026`.
#[must_use]
pub fn short(day: Date) -> String {
    format!("{} {} {}", day.day(), &month(day)[..3], day.year())
}

/// `24 November 2026`.
#[must_use]
pub fn full(day: Date) -> String {
    format!("{} {} {}", day.day(), month(day), day.year())
}

/// `2026-11-24`, as date fields have it.
#[must_use]
pub fn iso(day: Date) -> String {
    format!("{}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// Reads what a date field sends.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn parse(text: &str) -> Result<Date, String> {
    let wrong = || "Enter a day, such as 2026-11-24.".to_owned();
    let mut parts = text.trim().splitn(3, '-');
    let mut next = || parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let (Some(year), Some(month), Some(day)) = (next(), next(), next()) else {
        return Err(wrong());
    };
    let month = month.parse::<u8>().ok().and_then(|month| Month::try_from(month).ok());
    let (Ok(year), Some(month), Ok(day)) = (year.parse::<u16>(), month, day.parse()) else {
        return Err(wrong());
    };
    Date::from_calendar_date(year.into(), month, day)
        .ok()
        .filter(|_| (1900..=2200).contains(&year))
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_three_ways_and_read_in_one() {
        let day = parse(" 2026-11-24 ").expect("a day");
        assert_eq!(short(day), "24 Nov 2026");
        assert_eq!(full(day), "24 November 2026");
        assert_eq!(parse(&iso(day)), Ok(day));
    }

    #[test]
    fn no_day_is_made_up() {
        for wrong in
            ["", "24.11.2026", "2026-13-01", "2026-02-30", "-1-1-1", "2026-1-1x", "20266-01-01"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
