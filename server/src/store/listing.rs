//! What the lists of Self-Service have in common: pages by key, and searches
//! within one organisation's rows.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::listing::COUNT_LIMIT;
use partners_app::domain::text::comparison_key;
use partners_app::domain::{
    Direction, Freshness, ListPage, OrganisationId, PageSize, Timestamp, day,
};
use std::str::FromStr;
use time::{Date, Month};

/// The longest search text that is looked at, in characters.
const MAXIMUM_SEARCH: usize = 200;

/// Where a page lies in its list: at its start, or after or before a row with
/// this key.
#[derive(Clone, Debug)]
pub(super) enum Place<K> {
    Start,
    After(K),
    Before(K),
}

impl<K> Place<K> {
    /// Reads it as addresses have it. What is not understood counts as not
    /// given: an old or mistyped link still shows a list.
    pub(super) fn read(
        after: Option<&String>,
        before: Option<&String>,
        read: impl Fn(&str) -> Option<K>,
    ) -> Self {
        let key = |text: Option<&String>| text.and_then(|text| read(text));
        match (key(after), key(before)) {
            (Some(key), _) => Self::After(key),
            (None, Some(key)) => Self::Before(key),
            (None, None) => Self::Start,
        }
    }

    pub(super) const fn key(&self) -> Option<&K> {
        match self {
            Self::Start => None,
            Self::After(key) | Self::Before(key) => Some(key),
        }
    }

    /// How the rows of this page compare to its key, and how they are sorted.
    /// Going back reads them in the other direction; [`Place::cut`] turns them
    /// round.
    pub(super) const fn order(&self, list: Direction) -> (&'static str, &'static str) {
        let direction = match self {
            Self::Before(_) => list.reversed(),
            Self::Start | Self::After(_) => list,
        };
        match direction {
            Direction::Ascending => (">", "ASC"),
            Direction::Descending => ("<", "DESC"),
        }
    }

    /// The page of rows that were read, one more than it holds where there are
    /// more.
    pub(super) fn cut<T>(
        &self,
        mut rows: Vec<T>,
        size: PageSize,
        total: Option<i64>,
        place_of: impl Fn(&T) -> String,
    ) -> Listed<T> {
        let more = rows.len() > size.rows();
        rows.truncate(size.rows());
        let (has_previous, has_next) = match self {
            Self::Start => (false, more),
            Self::After(_) => (true, more),
            Self::Before(_) => {
                rows.reverse();
                (more, true)
            }
        };
        Listed {
            previous: rows.first().filter(|_| has_previous).map(&place_of),
            next: rows.last().filter(|_| has_next).map(&place_of),
            rows,
            total,
        }
    }
}

/// A page of a list, as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the page before ends; `None` on the first.
    pub previous: Option<String>,
    /// Where the page after begins; `None` on the last.
    pub next: Option<String>,
    /// How many rows match in all; `None` for too many to count.
    pub total: Option<i64>,
}

impl<T> Listed<T> {
    /// The page with its rows in other words.
    pub(super) fn try_map<U>(self, map: impl Fn(T) -> StoreResult<U>) -> StoreResult<Listed<U>> {
        let Self { rows, previous, next, total } = self;
        let rows = rows.into_iter().map(map).collect::<StoreResult<_>>()?;
        Ok(Listed { rows, previous, next, total })
    }

    /// The page, and how old it is.
    #[must_use]
    pub fn with(self, freshness: Freshness) -> ListPage<T> {
        let Self { rows, previous, next, total } = self;
        ListPage { rows, previous, next, total, freshness }
    }
}

/// The key of a list that is sorted by a day: that and a number.
pub(super) type DayAndNumber = (String, String);

/// A list that is sorted by a day and a number, the newest first.
pub(super) struct NewestFirst {
    /// `SELECT … FROM … WHERE `
    pub select: &'static str,
    /// The table with its short name.
    pub from: &'static str,
    /// The columns it is sorted by.
    pub day: &'static str,
    pub number: &'static str,
}

impl NewestFirst {
    /// The statements for a page and for the count, both to be bound to what
    /// the conditions need; the page's key comes after that, from the
    /// placeholder `$key` on.
    pub(super) fn statements(
        &self,
        conditions: &str,
        place: &Place<DayAndNumber>,
        size: PageSize,
        key: usize,
    ) -> (String, String) {
        let Self { select, from, day, number } = self;
        let (comparison, order) = place.order(Direction::Descending);
        let beyond = match place.key() {
            Some(_) => format!("({day}, {number}) {comparison} (${key}, ${})", key + 1),
            None => "TRUE".to_owned(),
        };
        let page = format!(
            "{select}{conditions} AND {beyond} ORDER BY {day} {order}, {number} {order} LIMIT {}",
            size.rows() + 1
        );
        let count = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {conditions} LIMIT {}) AS counted",
            COUNT_LIMIT + 1
        );
        (page, count)
    }
}

/// How many there are, where they were not too many to count.
pub(super) fn counted(count: i64) -> Option<i64> {
    (count <= COUNT_LIMIT).then_some(count)
}

/// Removes by `statement` what a whole reading that began at `begun` has not
/// come across.
pub(super) async fn remove_unseen(
    connection: Connection<'_>,
    statement: &'static str,
    organisation: OrganisationId,
    begun: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(statement)
            .bind(organisation.0)
            .bind(begun.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Writes a key as addresses have it.
pub(super) fn place_by_day(day: &str, number: &str) -> String {
    format!("{day}.{number}")
}

/// Reads such a key.
pub(super) fn read_place_by_day(text: &str) -> Option<DayAndNumber> {
    let (day, number) = text.split_once('.')?;
    let fits = |part: &str| !part.contains(char::is_control);
    (fits(day) && fits(number)).then(|| (day.to_owned(), number.to_owned()))
}

/// The pattern for `LIKE … ESCAPE '\'` that finds this text anywhere; `None`
/// without a text to look for.
pub(super) fn pattern(search: &str) -> Option<String> {
    // PostgreSQL takes no NUL in a text.
    let words: String =
        search.trim().chars().filter(|c| !c.is_control()).take(MAXIMUM_SEARCH).collect();
    let key = comparison_key(&words);
    let escaped = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    (!escaped.is_empty()).then(|| format!("%{escaped}%"))
}

/// A day as the database has it.
pub(super) fn day_text(day: Option<Date>) -> Option<String> {
    day.map(day::iso)
}

/// Reads such a day; an empty text is none.
pub(super) fn read_day(text: Option<&str>) -> StoreResult<Option<Date>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let unreadable = || StoreError::Unreadable(format!("no day: {text}"));
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next().ok_or_else(unreadable);
    let (year, month, day) = (next()?, next()?, next()?);
    let month = number::<u8>(month).and_then(|month| Month::try_from(month).ok());
    let day = number(year)
        .zip(month)
        .zip(number(day))
        .and_then(|((year, month), day)| Date::from_calendar_date(year, month, day).ok());
    day.map(Some).ok_or_else(unreadable)
}

fn number<N: FromStr>(text: &str) -> Option<N> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(after: Option<&str>, before: Option<&str>) -> Place<DayAndNumber> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Place::read(owned(after).as_ref(), owned(before).as_ref(), read_place_by_day)
    }

    #[test]
    fn a_page_says_what_lies_around_it() {
        let size = PageSize::default();
        let rows = || (0..=size.rows()).collect::<Vec<_>>();
        let first = place(None, Some("nonsense")).cut(rows(), size, None, usize::to_string);
        assert_eq!((first.previous, first.next.as_deref()), (None, Some("24")));
        let last =
            place(Some("2026-11-24.S-1"), None).cut(vec![1, 2], size, None, usize::to_string);
        assert_eq!((last.previous.as_deref(), last.next), (Some("1"), None));
        let back = place(None, Some("2026-11-24.S-1")).cut(rows(), size, None, usize::to_string);
        assert_eq!((back.rows[0], back.rows[24]), (24, 0));
        assert_eq!((back.previous.as_deref(), back.next.as_deref()), (Some("24"), Some("0")));
    }

    #[test]
    fn a_search_takes_every_sign_as_it_is() {
        assert_eq!(pattern(" 100% Ä_b\\ "), Some("%100\\% ä\\_b\\\\%".to_owned()));
        assert_eq!(pattern(" \u{0} "), None);
    }

    #[test]
    fn days_are_read_as_they_were_written() {
        let day = time::macros::date!(9999 - 12 - 31);
        assert_eq!(read_day(day_text(Some(day)).as_deref()).expect("a day"), Some(day));
        assert_eq!(read_day(Some("")).expect("none"), None);
        assert!(read_day(Some("2026-13-01")).is_err());
    }
}
