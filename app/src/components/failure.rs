//! Something that could not be read.

use super::live::Erase;
use super::{Icon, Notice, Tone, dom};
use crate::error::PublicError;
use crate::pages::not_found::{NotFound, answer_with};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// What is shown in the place of something that could not be read: the way
/// back in where the session has ended, nothing where there is nothing, whom to
/// ask where the pages are not open, else the reason and *Try again*.
#[component]
pub fn Failure(
    /// What could not be read.
    title: &'static str,
    /// Why.
    error: PublicError,
    /// Reads it again.
    #[prop(into)]
    retry: Callback<()>,
    /// Whether it stands in a part of a page that has a heading of its own.
    #[prop(optional)]
    nested: bool,
) -> impl IntoView {
    let location = use_location();
    let here = format!(
        "{}?{}",
        location.pathname.get_untracked(),
        location.search.get_untracked().trim_start_matches('?'),
    );
    let again = move |click: MouseEvent| {
        click.prevent_default();
        retry.run(());
    };
    match error {
        PublicError::NotFound => view! { <NotFound nested /> }.erase(),
        PublicError::Closed { pages, .. } => {
            answer_with(error.status());
            view! {
                <Title text=pages.label() />
                <div class="fault">
                    <h1>{pages.label()}</h1>
                    <p class="lead">{error.to_string()}</p>
                </div>
                <div class="actions">
                    <a class="button" href="/">"Go to the start page"</a>
                </div>
            }
            .erase()
        }
        PublicError::NotSignedIn => {
            Effect::new(|_| dom::sign_in_again());
            view! { <Notice tone=Tone::Information><p>{error.to_string()}</p></Notice> }.erase()
        }
        error => view! {
            <Notice tone=Tone::Danger urgent=true>
                <h2>{title}</h2>
                <p>{error.to_string()}</p>
                <a class="button" href=here on:click=again>
                    <Icon name="refresh-cw" />
                    "Try again"
                </a>
            </Notice>
        }
        .erase(),
    }
}
