//! The page: head and facts, which stay, and below them one of the tabs.

use super::super::super::{PARTNERS, PROFILE, SETTINGS};
use super::edit::Edit;
use super::facts::{Facts, Head};
use super::suspend::Suspension;
use crate::api::organisations::{EditOrganisation, GetOrganisation};
use crate::ask::load;
use crate::components::live::{Erase, live, shown};
use crate::components::{Crumb, Failure, PageFrame, Tab, Tabs, tabs};
use crate::domain::{Organisation, OrganisationId};
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::paths;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

/// The organisation whose page is shown, for the tabs.
#[derive(Clone, Copy)]
pub struct Shown(pub Signal<Organisation>);

/// The page.
#[component]
pub fn OrganisationPage() -> impl IntoView {
    let parameters = use_params_map();
    // What is no ID at all is asked for as one that no organisation has.
    let id = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("id")?.parse().ok());
        id.unwrap_or_default()
    });
    // On the server the page may be gone when this is asked for once more.
    let organisation = load(move || GetOrganisation { id: id.try_get().unwrap_or_default() });
    // The organisation after an edit on this page.
    let edited = RwSignal::new(None::<Organisation>);
    let retry = Callback::new(move |()| organisation.refetch());
    let opens = |form: &str| use_query_map().with_untracked(|query| query.get(form).is_some());
    let (edits, asks) = (opens(paths::OPENS_EDIT), opens(paths::OPENS_SUSPEND));
    let name = move || {
        let edited = edited.get().filter(|edited| edited.id == id.get());
        edited
            .or_else(|| organisation.get()?.ok())
            .map(|organisation| organisation.name.to_string())
    };
    let here = move || view! { <Transition><bdi>{name}</bdi></Transition> };
    view! {
        <PageFrame way=WAY here>
            <Transition>
                {shown(move || organisation.get().map(|found| match found {
                    Ok(found) => view! { <Content found edited edits asks /> }.erase(),
                    Err(error) => view! {
                        <Failure title="The organisation could not be read" error retry />
                    }
                    .erase(),
                }))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

fn tabs_of(id: OrganisationId) -> Vec<Tab> {
    let tab = |text, page| Tab { text, href: paths::within(Some(id), page) };
    vec![
        Tab { text: "Users", href: paths::organisation(id) },
        tab("Customers", paths::CUSTOMERS),
        tab("Subscriptions", paths::SUBSCRIPTIONS),
        tab("Invoices", paths::INVOICES),
        tab("Offers", paths::SHOP),
        Tab { text: "Activity", href: paths::activity_of(id) },
    ]
}

#[component]
fn Content(
    found: Organisation,
    edited: RwSignal<Option<Organisation>>,
    edits: bool,
    asks: bool,
) -> impl IntoView {
    let id = found.id;
    let organisation = Signal::derive({
        let found = found.clone();
        move || edited.get().filter(|edited| edited.id == id).unwrap_or_else(|| found.clone())
    });
    provide_context(Shown(organisation));
    let outcome = use_flash(EditOrganisation::PATH).map(|flash| flash.outcome.is_err());
    let editing = RwSignal::new(outcome.unwrap_or(edits));
    let asking = RwSignal::new(asks);
    let tabs = tabs_of(id);
    let path = use_location().pathname;
    let title = {
        let tabs = tabs.clone();
        move || {
            let name = organisation.with(|organisation| organisation.name.to_string());
            match path.with(|path| tabs::current(&tabs, path)) {
                None | Some(0) => name,
                Some(tab) => format!("{} · {name}", tabs[tab].text),
            }
        }
    };
    view! {
        <Title text=title />
        {live(move || if editing.get() {
            view! { <Edit organisation edited editing /> }.erase()
        } else {
            view! { <Head organisation editing asking /> }.erase()
        })}
        <Suspension organisation edited asking />
        <Facts organisation=found />
        <Tabs label="Partner organisation" tabs />
        <Outlet />
    }
    .erase()
}
