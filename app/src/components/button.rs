//! Buttons that send a form.

use super::live::{Erase, shown};
use leptos::prelude::*;

/// The button that sends its form. It is never disabled because something is
/// invalid; while the form is on its way it says so.
#[component]
pub fn SubmitButton(
    /// What it does.
    label: &'static str,
    /// What it is doing meanwhile.
    busy_label: &'static str,
    /// Whether it is doing it.
    #[prop(into)]
    busy: Signal<bool>,
    /// Further classes; `primary` unless told.
    #[prop(default = "primary")]
    class: &'static str,
) -> impl IntoView {
    let class = format!("button {class}");
    view! {
        <button
            class=class
            aria-disabled=move || busy.get().then_some("true")
            data-busy=move || busy.get().then_some("")
        >
            {shown(move || busy.get().then(|| view! { <span class="spinner" aria-hidden="true"></span> }))}
            {move || if busy.get() { busy_label } else { label }}
        </button>
    }
    .erase()
}
