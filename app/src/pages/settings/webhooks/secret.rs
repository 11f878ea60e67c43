//! A webhook's secret, shown once.

use crate::components::Secret;
use crate::components::live::Erase;
use leptos::prelude::*;

/// The secret, and what it is for.
pub fn secret(secret: String) -> AnyView {
    view! {
        <Secret what="signing secret" text=secret />
        <p class="quiet">
            "Give it to whoever receives the events: with it they make sure that an event is from here. Copy it now: it is not shown again."
        </p>
    }
    .erase()
}
