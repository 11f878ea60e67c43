//! How an order stands: a dot with a word.

use super::live::Erase;
use crate::domain::OrderState;
use leptos::prelude::*;

/// The dot and the word.
#[component]
pub fn OrderStatus(
    /// How it stands.
    state: OrderState,
) -> impl IntoView {
    let key = match state {
        OrderState::Draft => "disabled",
        OrderState::Placing { .. } => "setting-up",
        OrderState::Placed { .. } => "active",
        OrderState::Refused { .. } | OrderState::NeedsAttention { .. } => "failed",
    };
    view! { <span class="status" data-status=key>{state.label()}</span> }.erase()
}
