//! *Settings*: the admins' pages.

pub mod activity;
pub mod api_clients;
mod chosen_partners;
pub mod imports;
pub mod installation;
pub mod invitations;
pub mod offers;
pub mod orders;
pub mod palette;
pub mod partner_pages;
pub mod partners;
pub mod two_step;
pub mod webhooks;

use crate::components::live::Erase;
use crate::components::{Crumb, SettingsFrame, dom};
use crate::pages::not_found::NotFoundPage;
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_location;

/// The step *Settings* of the breadcrumb.
pub const SETTINGS: Crumb = Crumb { text: "Settings", href: "/settings" };
/// The step *Profile*.
pub const PROFILE: Crumb = Crumb { text: "Profile", href: "/settings/profile" };
/// The step *Partners*.
pub const PARTNERS: Crumb = Crumb { text: "Partners", href: paths::PARTNERS };

/// Everything under `/settings`, for admins. Partner users learn nothing about
/// what exists there; people who are not signed in are led to do so.
#[component]
pub fn SettingsShell() -> impl IntoView {
    match use_viewer() {
        Viewer::Admin { .. } => view! { <SettingsFrame /> }.erase(),
        Viewer::Partner { .. } => view! { <NotFoundPage /> }.erase(),
        Viewer::Nobody => view! { <SignInFirst /> }.erase(),
    }
}

/// Leads to the sign-in page, which leads back here.
#[component]
pub fn SignInFirst() -> impl IntoView {
    let location = use_location();
    let path = location.pathname.get_untracked();
    let query = location.search.get_untracked();
    let query = query.trim_start_matches('?');
    let here = if query.is_empty() { path } else { format!("{path}?{query}") };
    let target = paths::sign_in_then(&here);
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(&target);
    // In the browser a whole page is loaded: who looks at it has changed.
    Effect::new(move |_| dom::load(&target));
}

/// `/settings` and `/settings/profile` have no pages of their own.
#[component]
pub fn ToPartners() -> impl IntoView {
    view! { <Redirect path=paths::PARTNERS /> }
}

/// An address under `/settings` where there is nothing.
#[component]
pub fn UnknownSettingsPage() -> impl IntoView {
    use crate::components::PageFrame;
    use crate::pages::not_found::NotFound;
    const WAY: &[Crumb] = &[SETTINGS];
    view! {
        <PageFrame way=WAY here=|| "Page not found"><NotFound /></PageFrame>
    }
    .erase()
}
