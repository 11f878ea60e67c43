//! Something that could not be read.

use super::{Icon, Notice, Tone, dom};
use crate::error::PublicError;
use crate::pages::not_found::NotFound;
use leptos::prelude::*;

/// What is shown in the place of something that could not be read: the way
/// back in where the session has ended, nothing where there is nothing, else
/// the reason and *Try again*.
#[component]
pub fn Failure(
    /// What could not be read.
    title: &'static str,
    /// Why.
    error: PublicError,
    /// Reads it again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    match error {
        PublicError::NotFound => view! { <NotFound /> }.into_any(),
        PublicError::NotSignedIn => {
            Effect::new(|_| dom::sign_in_again());
            view! { <Notice tone=Tone::Information><p>{error.to_string()}</p></Notice> }.into_any()
        }
        error => view! {
            <Notice tone=Tone::Danger urgent=true>
                <h2>{title}</h2>
                <p>{error.to_string()}</p>
                <form on:submit=move |submit| { submit.prevent_default(); retry.run(()); }>
                    <button class="button"><Icon name="refresh-cw" />"Try again"</button>
                </form>
            </Notice>
        }
        .into_any(),
    }
}
