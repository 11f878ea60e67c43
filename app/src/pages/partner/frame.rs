//! What is around every page of the partner's.

use crate::components::live::Erase;
use crate::components::{Avatar, PersonMenu};
use crate::domain::{LogoUrl, OpenPages, OrganisationId};
use crate::paths;
use leptos::prelude::*;
use leptos_meta::Body;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;

/// The sections of Self-Service.
const SELF_SERVICE: [(&str, &str); 3] = [
    (paths::CUSTOMERS, "Customers"),
    (paths::SUBSCRIPTIONS, "Subscriptions"),
    (paths::INVOICES, "Invoices"),
];

/// The organisation's name, the sections that are open to it, the person's
/// menu, and the content.
#[component]
pub fn PartnerFrame(
    /// Name and email address of who is signed in.
    person: (String, String),
    /// Their organisation.
    id: OrganisationId,
    /// Its name.
    name: String,
    /// Its logo.
    logo: Option<LogoUrl>,
    /// What its users reach.
    open: OpenPages,
) -> impl IntoView {
    let (person, email) = person;
    view! {
        <Body {..} class="partner" />
        <a class="skip" href="#content" rel="external">"Skip to content"</a>
        <header class="header">
            <div class="header-inner">
                <a class="brand" href=paths::PARTNER_HOME>
                    <Avatar id name=name.clone() logo />
                    <bdi>{name}</bdi>
                </a>
                {sections(open)}
                <PersonMenu name=person email two_step=paths::PARTNER_TWO_STEP />
            </div>
        </header>
        <main class="content" id="content" tabindex="-1"><Outlet /></main>
    }
    .erase()
}

fn sections(open: OpenPages) -> Option<AnyView> {
    let path = use_location().pathname;
    let link = |(section, label): (&'static str, &'static str)| {
        let current = move || path.with(|path| paths::current(path, section));
        view! { <li><a href=section aria-current=current>{label}</a></li> }.erase()
    };
    let shop = open.shop.then_some((paths::SHOP, "Shop"));
    let self_service = SELF_SERVICE.into_iter().filter(|_| open.self_service);
    let links = shop.into_iter().chain(self_service).map(link).collect::<Vec<_>>();
    (!links.is_empty()).then(|| {
        view! { <nav class="partner-sections" aria-label="Sections"><ul>{links}</ul></nav> }.erase()
    })
}
