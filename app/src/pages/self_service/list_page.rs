//! What the lists of Self-Service have in common: heading, toolbar, and what
//! stands in the place of rows.

use super::place::{Heading, ListHere, Place, nothing_yet};
use crate::ask::Load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{
    AsOf, AwayNotice, Chips, Empty, Failure, Filter, ListSkeleton, Pagination, Toolbar, count,
};
use crate::domain::{Freshness, ListPage};
use crate::paths;
use crate::viewer::can_shop;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

/// What a list says.
#[derive(Clone, Copy)]
pub struct ListWords {
    /// The page's heading.
    pub title: &'static str,
    /// What a row is …
    pub one: &'static str,
    /// … and what several are.
    pub many: &'static str,
    /// While it loads.
    pub loading: &'static str,
    /// How many columns there are, beside the first.
    pub columns: usize,
    /// Where it could not be read.
    pub failed: &'static str,
    /// What can be searched; empty for nothing.
    pub search_label: &'static str,
    /// Where nothing matches.
    pub no_match: &'static str,
    /// Where nothing was read yet.
    pub not_yet: &'static str,
    /// Where there is nothing …
    pub none: &'static str,
    /// … and what will be here.
    pub to_come: &'static str,
    /// Whether the Shop is where that comes from.
    pub comes_from_shop: bool,
}

/// A filter, and its words for people by those in addresses.
pub type WordedFilter = (Filter, Word);
/// The word for people, of a filter's word in addresses.
type Word = fn(&str) -> Option<&'static str>;

/// A list's page.
pub fn list_page<T: DeserializeOwned + 'static>(
    place: Place,
    list: ListHere,
    words: ListWords,
    filter: Option<WordedFilter>,
    page: Load<ListPage<T>>,
    content: fn(Place, ListHere, ListPage<T>) -> AnyView,
) -> AnyView {
    let retry = Callback::new(move |()| page.refetch());
    let count = view! {
        <Transition>{shown(move || page.get().map(|answer| match answer {
            Ok(page) => count::of(page.total, words.one, words.many),
            Err(_) => String::new(),
        }))}</Transition>
    }
    .erase();
    let shown_page = shown(move || {
        page.get().map(|answer| match answer {
            Ok(page) => content(place, list, page),
            Err(error) => view! { <Failure title=words.failed error retry /> }.erase(),
        })
    });
    let (filter, label, word): (_, _, Word) = match filter {
        Some((filter, word)) => (Some(filter.clone()), filter.label, word),
        None => (None, "", |_| None),
    };
    view! {
        <Heading place text=words.title />
        <Toolbar
            path=list.path
            search_label=words.search_label
            nostrip:filter=filter
            narrowing=list.narrowing()
            address=list.narrowed()
            count
        />
        <Chips narrowings=list.narrowings(label, word) />
        <Transition
            fallback=move || view! { <ListSkeleton label=words.loading columns=words.columns /> }
            set_pending=use_fetching()
        >
            {shown_page}
        </Transition>
    }
    .erase()
}

/// What was read, between how it stands with Zuora and how old it is.
pub fn as_read(freshness: Freshness, content: AnyView) -> AnyView {
    view! {
        <AwayNotice freshness=freshness.clone() />
        {content}
        <AsOf freshness />
    }
    .erase()
}

/// A table with the links to the pages before and after.
pub fn paged(
    list: ListHere,
    table: AnyView,
    previous: Option<String>,
    next: Option<String>,
) -> AnyView {
    let (previous, next) = list.neighbours(previous, next);
    let pages =
        (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
    view! { {table}{any(pages)} }.erase()
}

/// What stands in the place of rows; `no_match` says why, where the list is
/// narrowed.
pub fn no_rows(
    list: ListHere,
    words: ListWords,
    freshness: &Freshness,
    no_match: Option<String>,
) -> AnyView {
    if let Some(text) = no_match {
        return view! {
            <Empty title=words.no_match text>
                <div class="actions"><a class="button" href=list.path>"Clear"</a></div>
            </Empty>
        }
        .erase();
    }
    if freshness.read_at.is_none() {
        return nothing_yet(words.not_yet, NOT_READ_YET.to_owned(), false, None);
    }
    let shop = (words.comes_from_shop && can_shop())
        .then(|| view! { <a class="button primary" href=paths::SHOP>"Open the Shop"</a> }.erase());
    nothing_yet(words.none, words.to_come.to_owned(), false, shop)
}

/// What is said in the place of an empty list that was never read.
const NOT_READ_YET: &str =
    "They are being read from Zuora for the first time. Reload the page in a minute.";
