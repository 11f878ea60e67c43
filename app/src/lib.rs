//! Partners: pages, components and server functions, compiled for the browser
//! (`hydrate`) and for the server (`ssr`), and the rules that both share.

#![recursion_limit = "256"]

pub mod api;
#[cfg(feature = "ssr")]
pub mod desks;
pub mod domain;
pub mod error;
pub mod flash;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod viewer;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = SharedValue::new(viewer::use_page).into_inner();
    provide_context(page);
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Partners".to_owned() } else { format!("{title} · Partners") } />
        <Router>
            <Routes fallback=|| view! { <h1>"There is nothing at this address"</h1> }>
                <Route path=path!("/sign-in") ssr=SsrMode::Async view=|| view! { <h1>"Sign in"</h1> } />
            </Routes>
        </Router>
    }
}
