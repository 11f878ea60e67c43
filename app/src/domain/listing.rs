//! The state of the partners table, as its URL holds it.

use super::organisation::InvoiceOwner;
use super::text::comparison_key;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many rows a page has.
pub const PAGE_SIZE: usize = 25;

/// How many rows a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// The most rows a page has.
    pub const MOST: usize = 100;

    /// A page of so many rows; `None` unless they are 1 to [`Self::MOST`].
    #[must_use]
    pub const fn new(rows: usize) -> Option<Self> {
        if rows >= 1 && rows <= Self::MOST { Some(Self(rows)) } else { None }
    }

    /// The rows.
    #[must_use]
    pub const fn rows(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    /// That of the pages: [`PAGE_SIZE`].
    fn default() -> Self {
        Self(PAGE_SIZE)
    }
}

/// Above this many matches the exact number is neither counted nor shown: the
/// count would cost more than the page.
pub const COUNT_LIMIT: i64 = 1_000;

/// The longest search text that is looked at, in characters.
const MAXIMUM_SEARCH: usize = 200;

/// What is looked for where this text is typed or stands in a URL.
#[must_use]
pub fn clean_search(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(MAXIMUM_SEARCH).collect()
}

/// The column a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// By name, without case.
    #[default]
    Name,
    /// By the moment of creation.
    Created,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// A to Z, oldest first.
    #[default]
    Ascending,
    /// Z to A, newest first.
    Descending,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The place in a list from which a page goes on: the sorted-by value and the
/// ID of the row there. Pages by key cost the same however deep they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// In a list by name.
    Name(String, Uuid),
    /// In a list by creation.
    Created(Timestamp, Uuid),
}

impl Cursor {
    /// The cursor as text for a URL: `ID.value`.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Name(name, id) => format!("{}.{name}", id.simple()),
            Self::Created(at, id) => format!("{}.{}", id.simple(), at.millis()),
        }
    }

    /// Reads a cursor of a list sorted by `sort`; `None` where it is not one.
    #[must_use]
    pub fn decode(text: &str, sort: Sort) -> Option<Self> {
        let (id, value) = text.split_once('.')?;
        let id = Uuid::try_parse(id).ok()?;
        match sort {
            Sort::Name => Some(Self::Name(value.to_owned(), id)),
            Sort::Created => {
                value.parse().ok().map(|millis| Self::Created(Timestamp::from_millis(millis), id))
            }
        }
    }
}

/// Which part of the partners table to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationQuery {
    /// Text to look for in names, IDs and users' emails; trimmed, may be empty.
    pub search: String,
    /// Only organisations with this invoice owner.
    pub invoice_owner: Option<InvoiceOwner>,
    /// The column to sort by.
    pub sort: Sort,
    /// Which way.
    pub direction: Direction,
    /// Rows after this place.
    pub after: Option<Cursor>,
    /// Rows before this place. Not together with `after`.
    pub before: Option<Cursor>,
    /// How many rows; browsers cannot choose.
    #[serde(skip)]
    pub size: PageSize,
}

impl OrganisationQuery {
    /// Reads the state from a URL's parameters. What is not understood counts
    /// as not given: an old or mistyped link still shows a list.
    pub fn from_parameters(get: impl Fn(&str) -> Option<String>) -> Self {
        let sort = match get("sort").as_deref() {
            Some("created") => Sort::Created,
            _ => Sort::Name,
        };
        let direction = match get("direction").as_deref() {
            Some("descending") => Direction::Descending,
            _ => Direction::Ascending,
        };
        let cursor = |name| get(name).and_then(|text| Cursor::decode(&text, sort));
        let after = cursor("after");
        Self {
            search: clean_search(&get("q").unwrap_or_default()),
            invoice_owner: get("invoice_owner").and_then(|text| text.parse().ok()),
            sort,
            direction,
            before: if after.is_none() { cursor("before") } else { None },
            after,
            size: PageSize::default(),
        }
    }

    /// The state as the query string of a URL, without `?`; empty for the
    /// table as it first opens.
    #[must_use]
    pub fn to_query_string(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if let Some(owner) = self.invoice_owner {
            query.append_pair("invoice_owner", owner.as_str());
        }
        if self.sort == Sort::Created {
            query.append_pair("sort", "created");
        }
        if self.direction == Direction::Descending {
            query.append_pair("direction", "descending");
        }
        if let Some(cursor) = &self.after {
            query.append_pair("after", &cursor.encode());
        }
        if let Some(cursor) = &self.before {
            query.append_pair("before", &cursor.encode());
        }
        query.finish()
    }

    /// The same list from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, before: None, ..self.clone() }
    }

    /// The list after a click on the head of the column `sort`.
    #[must_use]
    pub fn sorted_by(&self, sort: Sort) -> Self {
        let direction =
            if self.sort == sort { self.direction.reversed() } else { Direction::Ascending };
        Self { sort, direction, ..self.first_page() }
    }

    /// The page after the row at `cursor`.
    #[must_use]
    pub fn page_after(&self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self.first_page() }
    }

    /// The page before the row at `cursor`.
    #[must_use]
    pub fn page_before(&self, cursor: Cursor) -> Self {
        Self { before: Some(cursor), ..self.first_page() }
    }

    /// Whether anything narrows the list.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.search.is_empty() || self.invoice_owner.is_some()
    }

    /// The search text as it is compared.
    #[must_use]
    pub fn search_key(&self) -> String {
        comparison_key(&self.search)
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, at most as many as were asked for.
    pub rows: Vec<T>,
    /// Where the page before this one ends; `None` on the first.
    pub previous: Option<Cursor>,
    /// Where the page after this one begins; `None` on the last.
    pub next: Option<Cursor>,
    /// How many rows match in all; `None` above [`COUNT_LIMIT`].
    pub total: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(query: &str) -> OrganisationQuery {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        OrganisationQuery::from_parameters(|name| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn the_table_as_it_first_opens_has_a_plain_url() {
        assert_eq!(OrganisationQuery::default().to_query_string(), "");
        assert_eq!(
            read("sort=weight&after=nonsense&invoice_owner=me"),
            OrganisationQuery::default()
        );
    }

    #[test]
    fn a_click_on_the_sorted_head_turns_it_round() {
        let by_name = OrganisationQuery::default().sorted_by(Sort::Name);
        assert_eq!(by_name.direction, Direction::Descending);
        let by_created = by_name.sorted_by(Sort::Created);
        assert_eq!((by_created.sort, by_created.direction), (Sort::Created, Direction::Ascending));
    }

    proptest! {
        #[test]
        fn what_is_written_into_a_url_is_read_back(
            search in "[^\\s\\p{Cc}]{0,40}",
            owner in proptest::option::of(proptest::sample::select(InvoiceOwner::ALL.to_vec())),
            created in any::<bool>(),
            descending in any::<bool>(),
            cursor in proptest::option::of((".{0,30}", any::<u128>(), any::<i64>())),
            forward in any::<bool>(),
        ) {
            let cursor = cursor.map(|(name, id, at)| if created {
                Cursor::Created(Timestamp::from_millis(at), Uuid::from_u128(id))
            } else {
                Cursor::Name(name, Uuid::from_u128(id))
            });
            let query = OrganisationQuery {
                search,
                invoice_owner: owner,
                sort: if created { Sort::Created } else { Sort::Name },
                direction: if descending { Direction::Descending } else { Direction::Ascending },
                after: cursor.clone().filter(|_| forward),
                before: cursor.filter(|_| !forward),
                size: PageSize::default(),
            };
            prop_assert_eq!(read(&query.to_query_string()), query);
        }
    }
}
