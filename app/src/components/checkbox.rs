//! Yes or no.

use super::FormState;
use super::live::Erase;
use leptos::prelude::*;

/// A box to tick; `true` is sent where it is.
#[component]
pub fn Checkbox(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    name: &'static str,
    /// What it says.
    label: &'static str,
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                id=form.id(name)
                name=name
                value="true"
                checked=form.first(name) == "true"
                on:change=move |event| {
                    let text = if event_target_checked(&event) { "true" } else { "" };
                    form.change(name, text.to_owned());
                }
            />
            <span>{label}</span>
        </label>
    }
    .erase()
}
