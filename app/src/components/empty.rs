//! Nothing here yet, or nothing found.

use super::live::Erase;
use leptos::prelude::*;

/// One sentence on what will be here, and what to do.
#[component]
pub fn Empty(
    /// What there is not.
    title: &'static str,
    /// What will be here, or what was looked for.
    #[prop(into)]
    text: Signal<String>,
    /// Whether nothing was made yet, so that there is nothing to search in.
    #[prop(optional)]
    first: bool,
    /// Whether it stands in a section that has a heading of its own.
    #[prop(optional)]
    nested: bool,
    /// The one thing to do.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=if first { "empty first" } else { "empty" }>
            {if nested { view! { <h3>{title}</h3> }.erase() } else { view! { <h2>{title}</h2> }.erase() }}
            <p>{text}</p>
            {children()}
        </div>
    }
    .erase()
}
