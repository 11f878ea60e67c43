//! Where a page of Self-Service stands: among the partner's own, or in a tab of
//! the organisation's page for an admin.

use crate::components::live::{Erase, any};
use crate::components::{Empty, Narrowing};
use crate::domain::{ListState, OrganisationId};
use crate::page_load::of_address;
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use std::str::FromStr;

/// Where a page stands.
#[derive(Clone, Copy)]
pub struct Place {
    /// Whose page it is, where an admin looks; `None` on the partner's own.
    organisation: Memo<Option<OrganisationId>>,
    /// Whether an admin looks.
    pub is_tab: bool,
}

impl Place {
    /// The place of the page at the router's address.
    #[must_use]
    pub fn here() -> Self {
        let is_tab = matches!(use_viewer(), Viewer::Admin { .. });
        let organisation = use_parameter("id");
        let organisation = Memo::new(move |_| is_tab.then(|| organisation.get()));
        Self { organisation, is_tab }
    }

    /// Whom to name to the server.
    #[must_use]
    pub fn organisation(self) -> Option<OrganisationId> {
        // On the server the page may be gone when this is asked for once more.
        self.organisation.try_get_untracked().flatten()
    }

    /// The same, followed when it changes.
    #[must_use]
    pub fn organisation_now(self) -> Option<OrganisationId> {
        self.organisation.try_get().flatten()
    }

    /// The address here of one of the partner's pages.
    #[must_use]
    pub fn address(self, page: &str) -> String {
        paths::within(self.organisation_now(), page)
    }
}

/// A value that stands in the page's address; what is none at all is asked for
/// as one that nothing has.
#[must_use]
pub fn use_parameter<T>(name: &'static str) -> Memo<T>
where
    T: FromStr + Default + Clone + PartialEq + Send + Sync + 'static,
{
    let parameters = use_params_map();
    of_address(move |_| {
        parameters.with(|parameters| parameters.get(name)?.parse().ok()).unwrap_or_default()
    })
}

/// A list's state and the address it belongs to.
#[derive(Clone, Copy)]
pub struct ListHere {
    /// Its path.
    pub path: Memo<String>,
    /// The parameter of its filter; empty where there is none.
    filter: &'static str,
    /// The state.
    pub state: Memo<ListState>,
}

impl ListHere {
    /// The list at `path`, whose filter takes these words. It stays what it is
    /// while another page is on its way.
    #[must_use]
    pub fn new(
        path: impl Fn() -> String + Send + Sync + 'static,
        filter: &'static str,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let path = of_address(move |_| path());
        let parameters = use_query_map();
        let here = use_location().pathname;
        let state = of_address(move |before: Option<&ListState>| match before {
            Some(before) if path.with(|path| here.with(|here| here != path)) => before.clone(),
            _ => {
                let mut state = parameters
                    .with(|query| ListState::from_parameters(filter, |name| query.get(name)));
                if !is_known(&state.filter) {
                    state.filter.clear();
                }
                state
            }
        });
        Self { path, filter, state }
    }

    /// The state, followed when it changes.
    #[must_use]
    pub fn now(self) -> ListState {
        self.state.try_get().unwrap_or_default()
    }

    /// The address of the list in another state.
    #[must_use]
    pub fn address(self, state: &ListState) -> String {
        self.path.with(|path| state.address(path, self.filter))
    }

    /// The addresses of the pages before and after.
    #[must_use]
    pub fn neighbours(
        self,
        previous: Option<String>,
        next: Option<String>,
    ) -> (Option<String>, Option<String>) {
        let state = self.state.get_untracked();
        let previous = previous.map(|place| self.address(&state.page_before(place)));
        let next = next.map(|place| self.address(&state.page_after(place)));
        (previous, next)
    }

    /// What the toolbar narrows.
    #[must_use]
    pub fn narrowing(self) -> Memo<(String, String)> {
        Memo::new(move |_| self.state.with(|state| (state.search.clone(), state.filter.clone())))
    }

    /// Where the toolbar leads.
    #[must_use]
    pub fn narrowed(self) -> Callback<(String, String), String> {
        Callback::new(move |(search, filter)| {
            self.address(&ListState { search, filter, ..ListState::default() })
        })
    }

    /// What narrows the list, each with the address of the list without it.
    #[must_use]
    pub fn narrowings(
        self,
        label: &'static str,
        word: fn(&str) -> Option<&'static str>,
    ) -> Signal<Vec<Narrowing>> {
        Signal::derive(move || {
            let state = self.state.get();
            let search = (!state.search.is_empty()).then(|| {
                let rest = ListState { search: String::new(), ..state.first_page() };
                (format!("Search: {}", state.search), self.address(&rest))
            });
            let filter = word(&state.filter).map(|word| {
                let rest = ListState { filter: String::new(), ..state.first_page() };
                (format!("{label}: {word}"), self.address(&rest))
            });
            search.into_iter().chain(filter).collect()
        })
    }
}

/// The page's heading: of the whole page among the partner's own, of a part
/// below the organisation's name.
#[component]
pub fn Heading(
    /// Where.
    place: Place,
    /// What it says.
    #[prop(into)]
    text: String,
    /// What stands beside it.
    #[prop(optional)]
    aside: Option<AnyView>,
) -> impl IntoView {
    let heading = if place.is_tab {
        view! { <h2><bdi>{text}</bdi></h2> }.erase()
    } else {
        view! { <Title text=text.clone() /><h1><bdi>{text}</bdi></h1> }.erase()
    };
    view! { <div class="page-head">{heading}{aside}</div> }.erase()
}

/// A heading one level below [`Heading`].
pub fn subheading(place: Place, id: &'static str, text: &'static str) -> AnyView {
    if place.is_tab {
        view! { <h3 id=id>{text}</h3> }.erase()
    } else {
        view! { <h2 id=id>{text}</h2> }.erase()
    }
}

/// A part of a page, with its heading.
pub fn section(place: Place, id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="section" aria-labelledby=id>
            <div class="page-head">{subheading(place, id, title)}</div>
            {content}
        </section>
    }
    .erase()
}

/// Nothing here yet.
pub fn nothing_yet(
    title: &'static str,
    text: String,
    nested: bool,
    action: Option<AnyView>,
) -> AnyView {
    let action = action.map(|action| view! { <div class="actions">{action}</div> });
    view! { <Empty title text first=!nested nested>{any(action)}</Empty> }.erase()
}
