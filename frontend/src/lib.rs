//! The entry point in the browser: takes over the page that the server rendered.

#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Makes the server's HTML live. Called once by the page's own script.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(partners_app::App);
}
