//! The line at the top while something takes longer than 150 ms.

use leptos::prelude::*;

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
        let underway =
            Self { routing: RwSignal::new(false), fetching: RwSignal::new(false) };
        provide_context(underway);
        underway
    }

    /// For the router to set.
    #[must_use]
    pub fn routing(self) -> SignalSetter<bool> {
        self.routing.into()
    }
}

/// For a list to set while it fetches another part of itself.
#[must_use]
pub fn use_fetching() -> SignalSetter<bool> {
    let fetching = use_context::<Underway>().map(|underway| underway.fetching);
    SignalSetter::map(move |on| {
        if let Some(fetching) = fetching {
            fetching.set(on);
        }
    })
}

/// The line. The style sheet holds it back for 150 ms.
#[component]
pub fn Progress(
    /// What is under way.
    underway: Underway,
) -> impl IntoView {
    let loading =
        move || (underway.routing.get() || underway.fetching.get()).then_some("");
    view! { <div class="progress" aria-hidden="true" data-loading=loading></div> }
}
