//! Success is a quiet line that comes, is read out, and goes.

use super::Icon;
use super::live::{Erase, shown};
use leptos::prelude::*;
use std::time::Duration;

/// How long a line stays.
const SHOWN: Duration = Duration::from_secs(6);

/// The one line of the page, and what only screen readers hear.
#[derive(Clone, Copy)]
pub struct Speaker {
    line: RwSignal<Option<String>>,
    aside: RwSignal<&'static str>,
    said: StoredValue<u32>,
}

impl Speaker {
    /// Shows a line for a while.
    pub fn say(self, line: impl Into<String>) {
        self.line.set(Some(line.into()));
        self.fade();
    }

    /// Says something to screen readers alone.
    pub fn announce(self, words: &'static str) {
        self.aside.set(words);
        set_timeout(
            move || {
                self.aside.try_set("");
            },
            SHOWN,
        );
    }

    /// What only screen readers hear at the moment.
    #[must_use]
    pub fn aside(self) -> &'static str {
        self.aside.get()
    }

    fn fade(self) {
        self.said.update_value(|said| *said += 1);
        let mine = self.said.get_value();
        set_timeout(
            move || {
                if self.said.try_get_value() == Some(mine) {
                    self.line.try_set(None);
                }
            },
            SHOWN,
        );
    }
}

/// Starts with the line that the server wants said about this page, if any.
pub fn provide_messages(first: Option<String>) {
    let speaker =
        Speaker { line: RwSignal::new(first), aside: RwSignal::new(""), said: StoredValue::new(0) };
    provide_context(speaker);
    Effect::new(move |_| speaker.fade());
}

/// Where to say something.
#[must_use]
pub fn use_messages() -> Speaker {
    use_context().unwrap_or_else(|| Speaker {
        line: RwSignal::new(None),
        aside: RwSignal::new(""),
        said: StoredValue::new(0),
    })
}

/// The place where the lines appear.
#[component]
pub fn Messages() -> impl IntoView {
    let speaker = use_messages();
    view! {
        <div class="messages" role="status">
            {shown(move || speaker.line.get().map(|line| view! {
                <p class="message"><Icon name="check" />{line}</p>
            }))}
            <span class="hidden">{move || speaker.aside()}</span>
        </div>
    }
    .erase()
}
