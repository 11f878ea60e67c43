//! A webhook's secret, shown once.

use crate::components::CopyButton;
use crate::components::live::Erase;
use leptos::prelude::*;

/// The secret, and what it is for.
pub fn secret(secret: String) -> AnyView {
    view! {
        <div class="secret">
            <samp>{secret.clone()}</samp>
            <CopyButton what="signing secret" text=secret />
        </div>
        <p class="quiet">
            "Give it to whoever receives the events: with it they make sure that an event is from here. Copy it now: it is not shown again."
        </p>
    }
    .erase()
}
