//! There is nothing here, or nothing this person may know of: the two look the
//! same.

use crate::components::DoorFrame;
use crate::components::live::Erase;
use leptos::prelude::*;
use leptos_meta::Title;

/// The whole page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <DoorFrame><NotFound /></DoorFrame> }
}

/// The content, in whatever frame is around it. The answer's status says it too.
#[component]
pub fn NotFound(
    /// Whether it stands in a part of a page that has a heading of its own.
    #[prop(optional)]
    nested: bool,
) -> impl IntoView {
    answer_with(404);
    let heading = if nested {
        view! { <h2>"Page not found"</h2> }.erase()
    } else {
        view! { <Title text="Page not found" /><h1>"Page not found"</h1> }.erase()
    };
    view! {
        <div class="fault">
            {heading}
            <p class="lead">
                "There is nothing at this address that you can see. If you typed it, check it; if you followed a link, it may be out of date."
            </p>
        </div>
        <div class="actions">
            <a class="button primary" href="/">"Go to the start page"</a>
        </div>
    }
    .erase()
}

/// Answers with this HTTP status; only the server's answers have one.
pub fn answer_with(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(status))
    {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
