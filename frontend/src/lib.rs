//! The entry point in the browser: takes over the page that the server rendered.

#![recursion_limit = "512"]

use leptos::mount::hydrate_from_async;
use leptos::tachys::dom::body;
use partners_app::{App, page_load, part};
use wasm_bindgen::prelude::wasm_bindgen;

/// Makes the server's HTML live, once the part of the application that its page
/// is in has come. Called once by the page's own script.
#[wasm_bindgen]
pub async fn hydrate() {
    if part::arrived().await.is_ok() {
        hydrate_from_async(body(), App).await.forget();
        page_load::come_alive();
    }
}
