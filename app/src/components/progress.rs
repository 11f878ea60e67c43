//! The line at the top while something takes longer than 150 ms.

use super::dom;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// What is under way: going to a page, or fetching another part of a list.
#[derive(Clone, Copy)]
pub struct Underway {
    routing: RwSignal<bool>,
    fetching: RwSignal<bool>,
}

impl Underway {
    /// Nothing is.
    #[must_use]
    pub fn provide() -> Self {
        let underway = Self { routing: RwSignal::new(false), fetching: RwSignal::new(false) };
        provide_context(underway);
        underway
    }

    /// For the router to set.
    #[must_use]
    pub fn routing(self) -> SignalSetter<bool> {
        self.routing.into()
    }
}

/// For a list to set while it fetches another part of itself. On the server it
/// sets nothing: there the page may be gone when it is told.
#[must_use]
pub fn use_fetching() -> SignalSetter<bool> {
    if cfg!(feature = "ssr") {
        return SignalSetter::default();
    }
    let fetching = use_context::<Underway>().map(|underway| underway.fetching);
    fetching.unwrap_or_else(|| RwSignal::new(false)).into()
}

/// Moves the focus to the content of a page that the browser went to without
/// loading it, as loading it would have done; but leaves it on a tab, which is
/// still there.
#[component]
pub fn FocusFollows(
    /// What is under way.
    underway: Underway,
) -> impl IntoView {
    let path = use_location().pathname;
    Effect::new(move |focused: Option<String>| {
        let here = path.get();
        if underway.routing.get() {
            return focused.unwrap_or(here);
        }
        if focused.is_some_and(|focused| focused != here) && !dom::has_focus_within(".tabs") {
            dom::focus("content");
        }
        here
    });
}

/// The line. The style sheet holds it back for 150 ms.
#[component]
pub fn Progress(
    /// What is under way.
    underway: Underway,
) -> impl IntoView {
    let loading = move || (underway.routing.get() || underway.fetching.get()).then_some("");
    view! { <div class="progress" aria-hidden="true" data-loading=loading></div> }
}
