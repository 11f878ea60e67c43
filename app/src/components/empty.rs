//! Nothing here yet, or nothing found.

use leptos::prelude::*;

/// One sentence on what will be here, and what to do.
#[component]
pub fn Empty(
    /// What there is not.
    title: &'static str,
    /// What will be here, or what was looked for.
    #[prop(into)]
    text: String,
    /// The one thing to do.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{text}</p>
            {children()}
        </div>
    }
}
