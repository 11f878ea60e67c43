//! What is shown once, to be copied or handed over.

use super::CopyButton;
use super::live::Erase;
use leptos::prelude::*;

/// A text that can be selected whole, with a button that copies it.
#[component]
pub fn Secret(
    /// What it is, for screen readers: "client secret".
    what: &'static str,
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <div class="secret">
            <samp>{text.clone()}</samp>
            <CopyButton what text />
        </div>
    }
    .erase()
}
