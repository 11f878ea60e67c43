//! Whether the page that is being rendered is the one that was loaded from the
//! server, or one that the browser went to afterwards without loading.

use leptos::prelude::*;
use std::time::Duration;
use uuid::Uuid;

/// Becomes true in the browser once the loaded page has come to life.
#[derive(Clone, Copy)]
struct Alive(StoredValue<bool>);

/// Starts to tell loaded pages from later ones. Called once, by the application.
pub fn provide_page_load() {
    let alive = StoredValue::new(false);
    provide_context(Alive(alive));
    Effect::new(move |_| set_timeout(move || alive.set_value(true), Duration::ZERO));
}

/// Whether this is the page as the server sent it: what the server said for
/// that page only (an outcome, a key) holds on it and on no later one.
#[must_use]
pub fn is_page_load() -> bool {
    use_context::<Alive>().is_none_or(|alive| !alive.0.get_value())
}

/// The key under which a form on this page creates something once. The server
/// makes it for the page it sends, the browser for those it goes to later.
#[must_use]
pub fn creation_key() -> Uuid {
    if is_page_load() { crate::viewer::use_page().creation_key } else { Uuid::now_v7() }
}
