//! Identifiers, and the button that copies them.

use super::live::{Erase, live};
use super::{Icon, dom, messages};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long *Copied* is shown.
const SHOWN: Duration = Duration::from_secs(2);

/// Copies a text.
#[component]
pub fn CopyButton(
    /// What is copied, for screen readers: "Zuora account ID A00001234".
    #[prop(into)]
    what: String,
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let messages = messages::use_messages();
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            if dom::copy(&text).await {
                copied.try_set(true);
                messages.announce("Copied");
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    SHOWN,
                );
            } else {
                messages.say("This browser does not allow copying here: select the text instead.");
            }
        });
    };
    view! {
        <button
            class="copy"
            type="button"
            aria-label=format!("Copy {what}")
            data-copied=move || copied.get().then_some("")
            on:click=copy
        >
            {live(move || if copied.get() {
                view! { <Icon name="check" /> }.erase()
            } else {
                view! { <Icon name="copy" /> }.erase()
            })}
        </button>
    }
    .erase()
}

/// An identifier on one line, its middle elided by width alone, with a button
/// that copies it whole.
#[component]
pub fn CopyId(
    /// What it is called.
    label: &'static str,
    /// The identifier.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    let cut = id.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
    let (start, end) = id.split_at(cut);
    let (start, end) = (start.to_owned(), end.to_owned());
    view! {
        <span class="id-copy">
            <span class="id"><span>{start}</span><span>{end}</span></span>
            <CopyButton what=format!("{label} {id}") text=id />
        </span>
    }
    .erase()
}
