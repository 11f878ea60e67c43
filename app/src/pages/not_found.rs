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
pub fn NotFound() -> impl IntoView {
    answer_not_found();
    view! {
        <Title text="Page not found" />
        <div class="fault">
            <h1>"Page not found"</h1>
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

/// Answers with status 404; only the server's answers have one.
fn answer_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
}
