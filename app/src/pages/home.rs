//! The start page: it leads to the viewer's own.

use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// Where this viewer's pages begin.
#[must_use]
pub const fn home_of(viewer: &Viewer) -> &'static str {
    match viewer {
        Viewer::Admin { .. } => paths::PARTNERS,
        Viewer::Partner { .. } => paths::PARTNER_HOME,
        Viewer::Nobody => paths::SIGN_IN,
    }
}

/// Leads to the viewer's own start page.
#[component]
pub fn HomePage() -> impl IntoView {
    view! { <Redirect path=home_of(&use_viewer()) /> }
}
