//! Keyboard shortcuts of the settings: Ctrl or ⌘ K jumps anywhere, Ctrl or ⌘ /
//! says what the keys do. Both need a modifier, so that nobody who dictates or
//! types triggers them (WCAG 2.1.4).

use super::live::{Erase, live, shown};
use super::{Icon, dom};
use crate::pages::settings::palette;
use leptos::ev;
use leptos::prelude::*;

/// What was asked for with the keyboard. What shows it is loaded then.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    /// Whether *Jump to* is open.
    pub jumping: RwSignal<bool>,
    /// Whether the list of shortcuts is open.
    pub explaining: RwSignal<bool>,
    wanted: RwSignal<bool>,
    is_alive: RwSignal<bool>,
}

impl Shortcuts {
    /// Listens, from the frame around the pages.
    pub fn provide() {
        let new = || RwSignal::new(false);
        let shortcuts = Self { jumping: new(), explaining: new(), wanted: new(), is_alive: new() };
        provide_context(shortcuts);
        Effect::new(move |_| {
            shortcuts.is_alive.set(true);
            let handle = window_event_listener(ev::keydown, move |key| {
                if !(key.ctrl_key() || key.meta_key()) || key.alt_key() {
                    return;
                }
                match key.key().as_str() {
                    // With Shift it is the browser’s own.
                    "k" | "K" if !key.shift_key() => {
                        key.prevent_default();
                        shortcuts.jump();
                    }
                    // Many keyboards have the slash on a key that wants Shift.
                    "/" | "?" => {
                        key.prevent_default();
                        shortcuts.explain();
                    }
                    _ => {}
                }
            });
            on_cleanup(move || handle.remove());
        });
    }

    /// Opens *Jump to*, unless another dialog is open: that one comes first.
    pub fn jump(self) {
        self.switch(self.jumping, self.explaining);
    }

    /// Opens the list of shortcuts, likewise.
    pub fn explain(self) {
        self.switch(self.explaining, self.jumping);
    }

    /// Opens or closes one of the two dialogs; they take each other's place.
    fn switch(self, one: RwSignal<bool>, other: RwSignal<bool>) {
        let is_ours = one.get_untracked() || other.get_untracked();
        if is_ours || !dom::has_open_dialog() {
            other.set(false);
            self.wanted.set(true);
            one.update(|open| *open = !*open);
        }
    }
}

/// The dialogs, once they were asked for.
#[component]
pub fn ShortcutDialogs() -> impl IntoView {
    let Some(shortcuts) = use_context::<Shortcuts>() else { return ().into_any() };
    live(move || {
        if shortcuts.wanted.get() {
            Suspend::new(async move {
                match palette::palette().await {
                    Ok(dialogs) => dialogs,
                    // The part did not come: the next attempt asks again.
                    Err(_) => {
                        shortcuts.wanted.set(false);
                        ().into_any()
                    }
                }
            })
            .into_any()
        } else {
            ().into_any()
        }
    })
    .into_any()
}

/// *Jump to*, for the pointer, and for whoever does not know the key yet.
#[component]
pub fn JumpButton() -> impl IntoView {
    shown(move || {
        let shortcuts = use_context::<Shortcuts>()?;
        shortcuts.is_alive.get().then(|| {
            view! {
                <button
                    class="button plain jump-button"
                    type="button"
                    aria-keyshortcuts="Control+K Meta+K"
                    title="Jump to a partner, a user or a page (Ctrl K)"
                    on:click=move |_| shortcuts.jump()
                >
                    <Icon name="search" />
                    <span class="jump-word">"Jump to"</span>
                </button>
            }
            .erase()
        })
    })
}
