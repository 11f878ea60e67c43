//! The state of a list with a search and one filter, as its URL holds it.

use super::listing::clean_search;

/// Which part of a list is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// Text to look for; trimmed, may be empty.
    pub search: String,
    /// The filter's word; empty for no filter.
    pub filter: String,
    /// Rows after this place.
    pub after: Option<String>,
    /// Rows before this place. Not together with `after`.
    pub before: Option<String>,
}

impl ListState {
    /// Reads the state from a URL's parameters; `filter` is the parameter that
    /// the filter is in, and may be empty where there is none.
    pub fn from_parameters(filter: &str, get: impl Fn(&str) -> Option<String>) -> Self {
        let after = get("after");
        Self {
            search: clean_search(&get("q").unwrap_or_default()),
            filter: if filter.is_empty() { None } else { get(filter) }.unwrap_or_default(),
            before: if after.is_none() { get("before") } else { None },
            after,
        }
    }

    /// The address of the list at `path` in this state.
    #[must_use]
    pub fn address(&self, path: &str, filter: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if !self.filter.is_empty() {
            query.append_pair(filter, &self.filter);
        }
        if let Some(place) = &self.after {
            query.append_pair("after", place);
        }
        if let Some(place) = &self.before {
            query.append_pair("before", place);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The same list from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, before: None, ..self.clone() }
    }

    /// The page after `place`.
    #[must_use]
    pub fn page_after(&self, place: String) -> Self {
        Self { after: Some(place), ..self.first_page() }
    }

    /// The page before `place`.
    #[must_use]
    pub fn page_before(&self, place: String) -> Self {
        Self { before: Some(place), ..self.first_page() }
    }

    /// Whether anything narrows the list.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || !self.filter.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> ListState {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        ListState::from_parameters("status", |name| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn what_is_written_into_an_address_is_read_back() {
        let state = ListState {
            search: "Ä & co".to_owned(),
            filter: "overdue".to_owned(),
            after: Some("a.b=c".to_owned()),
            before: None,
        };
        assert_eq!(read(&state.address("/partner/invoices", "status")), state);
        assert_eq!(state.first_page().address("/x", "status"), "/x?q=%C3%84+%26+co&status=overdue");
    }

    #[test]
    fn a_list_as_it_first_opens_has_a_plain_address() {
        assert_eq!(ListState::default().address("/partner/invoices", ""), "/partner/invoices");
        assert_eq!(
            read("/x?q=++&after=1&before=2"),
            ListState::default().page_after("1".to_owned())
        );
    }
}
