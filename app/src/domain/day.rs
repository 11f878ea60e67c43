//! Calendar days, as forms and pages write them.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Month};

const SHORT: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year]");
const FULL: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday], [day padding:none] [month repr:long] [year]");
const ISO: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// `24 Nov 2026`.
#[must_use]
pub fn short(day: Date) -> String {
    day.format(SHORT).unwrap_or_default()
}

/// `Tuesday, 24 November 2026`.
#[must_use]
pub fn full(day: Date) -> String {
    day.format(FULL).unwrap_or_default()
}

/// `2026-11-24`, as date fields have it.
#[must_use]
pub fn iso(day: Date) -> String {
    day.format(ISO).unwrap_or_default()
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
        assert_eq!(full(day), "Tuesday, 24 November 2026");
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
