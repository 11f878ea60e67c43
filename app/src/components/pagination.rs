//! *Previous* and *Next*.

use super::Icon;
use super::live::Erase;
use leptos::prelude::*;

/// The two links below a list that pages by key.
#[component]
pub fn Pagination(
    /// Where the page before this one is.
    previous: Option<String>,
    /// Where the page after this one is.
    next: Option<String>,
) -> impl IntoView {
    view! {
        <nav class="pager" aria-label="Pages">
            {match previous {
                Some(href) => view! {
                    <a class="button" rel="prev" href=href><Icon name="chevron-left" />"Previous"</a>
                }.erase(),
                None => view! {
                    <a class="button" role="link" aria-disabled="true">
                        <Icon name="chevron-left" />"Previous"
                    </a>
                }.erase(),
            }}
            {match next {
                Some(href) => view! {
                    <a class="button" rel="next" href=href>"Next"<Icon name="chevron-right" /></a>
                }.erase(),
                None => view! {
                    <a class="button" role="link" aria-disabled="true">
                        "Next"<Icon name="chevron-right" />
                    </a>
                }.erase(),
            }}
        </nav>
    }
    .erase()
}
