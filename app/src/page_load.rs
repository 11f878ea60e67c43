//! Whether the page that is being rendered is the one that was loaded from the
//! server, or one that the browser went to afterwards without loading.

use leptos::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Whether the loaded page has come to life. The server never sets it: every
/// page it renders is a loaded one.
static ALIVE: AtomicBool = AtomicBool::new(false);

/// Says that the loaded page has come to life: every handler is in place, and
/// pages from now on are not the server's. Called once, by the browser's entry
/// point. Leaves the mark `alive` in the browser's timeline of performance.
#[cfg(not(feature = "ssr"))]
pub fn come_alive() {
    ALIVE.store(true, Ordering::Relaxed);
    if let Some(performance) = window().performance() {
        let _ = performance.mark("alive");
    }
}

/// Whether this is the page as the server sent it: what the server said for
/// that page only (an outcome, a key) holds on it and on no later one.
#[must_use]
pub fn is_page_load() -> bool {
    !ALIVE.load(Ordering::Relaxed)
}

/// The key under which a form on this page creates something once. The server
/// makes it for the page it sends, the browser for those it goes to later.
#[must_use]
pub fn creation_key() -> Uuid {
    if is_page_load() { crate::viewer::use_page().creation_key } else { Uuid::now_v7() }
}

/// What follows from the page's address; `derive` is given what it said before.
/// On the server it is derived once: the address does not change there, and
/// whoever asks late may find the page gone.
pub fn of_address<T>(derive: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Memo<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    if cfg!(feature = "ssr") {
        let value = untrack(|| derive(None));
        Memo::new(move |_| value.clone())
    } else {
        Memo::new(derive)
    }
}
