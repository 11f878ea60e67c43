//! What is around every page's content.

use super::live::{Erase, shown};
use super::shortcuts::{JumpButton, ShortcutDialogs, Shortcuts};
use super::stopped_webhooks::StoppedWebhooks;
use super::{Breadcrumb, Crumb, Icon, Mark, PersonMenu};
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

/// The admin's frame: the sections beside the page.
#[component]
pub fn SettingsFrame() -> impl IntoView {
    let path = use_location().pathname;
    let current = move |section: &'static str| path.with(|path| paths::current(path, section));
    // On a phone the sections are a drawer; it closes behind who went through it.
    let sidebar = NodeRef::<leptos::html::Aside>::new();
    Effect::new(move |_| {
        path.track();
        if let Some(sidebar) = sidebar.get_untracked() {
            // Refused where it is not open as a drawer: then nothing has to close.
            let _ = sidebar.hide_popover();
        }
    });
    Shortcuts::provide();
    let stopped = StoppedWebhooks::provide();
    view! {
        <a class="skip" href="#content" rel="external">"Skip to content"</a>
        <div class="frame">
            <aside class="sidebar" id="sidebar" popover="" aria-label="Sections" node_ref=sidebar>
                <a class="brand" href=paths::PARTNERS>
                    <Mark size="20" />
                    "Partners"
                </a>
                <nav class="sections" aria-label="Settings">
                    <h2 class="group">"Settings"</h2>
                    <ul>
                        <li>
                            <span class="group"><Icon name="user" />"Profile"</span>
                            <ul>
                                <li>
                                    <a href=paths::PARTNERS aria-current=move || current(paths::PARTNERS)>
                                        "Partners"
                                    </a>
                                </li>
                                <li>
                                    <a href=paths::PARTNER_PAGES aria-current=move || current(paths::PARTNER_PAGES)>
                                        "Partner pages"
                                    </a>
                                </li>
                            </ul>
                        </li>
                        <li>
                            <a href=paths::OFFERS aria-current=move || current(paths::OFFERS)>
                                <Icon name="tag" />
                                "Offers"
                            </a>
                        </li>
                        <li>
                            <a href=paths::ORDERS aria-current=move || current(paths::ORDERS)>
                                <Icon name="inbox" />
                                "Orders"
                            </a>
                        </li>
                        <li>
                            <a href=paths::INVITATIONS aria-current=move || current(paths::INVITATIONS)>
                                <Icon name="mail" />
                                "Invitations"
                            </a>
                        </li>
                        <li>
                            <a href=paths::API_CLIENTS aria-current=move || current(paths::API_CLIENTS)>
                                <Icon name="key" />
                                "API clients"
                            </a>
                        </li>
                        <li>
                            <a href=paths::WEBHOOKS aria-current=move || current(paths::WEBHOOKS)>
                                <Icon name="webhook" />
                                "Webhooks"
                                {shown(move || stopped.words())}
                            </a>
                        </li>
                        <li>
                            <a href=paths::ACTIVITY aria-current=move || current(paths::ACTIVITY)>
                                <Icon name="history" />
                                "Activity"
                            </a>
                        </li>
                        <li>
                            <a href=paths::INSTALLATION aria-current=move || current(paths::INSTALLATION)>
                                <Icon name="settings" />
                                "Installation"
                            </a>
                        </li>
                    </ul>
                </nav>
            </aside>
            <Outlet />
        </div>
        <ShortcutDialogs />
    }
    .erase()
}

/// A page of the admin's: header with the way here and the person's menu, and
/// the content.
#[component]
pub fn PageFrame(
    /// The steps above this page.
    way: &'static [Crumb],
    /// What this page is called, in the breadcrumb.
    #[prop(into)]
    here: ViewFn,
    /// The content.
    children: Children,
) -> impl IntoView {
    let person = match use_viewer() {
        Viewer::Admin { name, email } => Some(view! {
            <div class="header-end">
                <JumpButton />
                <PersonMenu name email two_step=paths::ADMIN_TWO_STEP />
            </div>
        }),
        _ => None,
    };
    view! {
        <div>
            <header class="header">
                <button
                    class="button plain square drawer-button"
                    type="button"
                    popovertarget="sidebar"
                    aria-label="Sections"
                >
                    <Icon name="menu" large=true />
                </button>
                <Breadcrumb way here=here.run() />
                {person}
            </header>
            <main class="content" id="content" tabindex="-1">{children()}</main>
        </div>
    }
    .erase()
}

/// The frame of the pages that come before anybody is signed in.
#[component]
pub fn DoorFrame(
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <main class="door" id="content">
            <p class="brand">
                <Mark size="24" />
                "Partners"
            </p>
            <div class="door-panel">{children()}</div>
        </main>
    }
    .erase()
}
