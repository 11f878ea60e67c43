//! The HTML document around every page.

use crate::App;
use crate::viewer::{Theme, use_page};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use std::collections::HashMap;
use std::sync::Arc;

/// Paths of the files that pages load, with the hash of their content in their
/// names.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The script that starts the WebAssembly module.
    pub js: Arc<str>,
    /// The WebAssembly module that every page needs.
    pub wasm: Arc<str>,
    /// The script that fetches further modules.
    pub split: Arc<str>,
    /// The further modules that each part of the application needs.
    pub parts: Arc<HashMap<String, Vec<String>>>,
    /// The style sheet.
    pub css: Arc<str>,
    /// The sprite of icons.
    pub icons: Arc<str>,
    /// The picture beside the page's title.
    pub favicon: Arc<str>,
}

/// The HTML document around every page.
#[must_use]
pub fn shell(assets: &Assets) -> impl IntoView + use<> {
    let theme = match use_page().theme {
        Theme::System => None,
        chosen => Some(chosen.as_str()),
    };
    let nonce = use_nonce();
    let Assets { js, wasm, split, css, favicon, .. } = assets.clone();
    let start = format!(
        "import start, {{ hydrate }} from {js:?}; start({{ module_or_path: {wasm:?} }}).then(hydrate);"
    );
    view! {
        <!DOCTYPE html>
        <html lang="en-GB" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#101215" />
                <link rel="icon" href=favicon r#type="image/svg+xml" />
                <link rel="stylesheet" href=css />
                <link rel="modulepreload" href=js />
                <link rel="modulepreload" href=split />
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="" />
                <script type="module" nonce=nonce inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
