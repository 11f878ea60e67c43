//! The page: head, facts, users.

use super::super::super::{PARTNERS, PROFILE, SETTINGS};
use super::edit::Edit;
use super::facts::{Facts, Head};
use super::users::Users;
use crate::api::organisations::{EditOrganisation, GetOrganisation};
use crate::api::users::ListUsers;
use crate::ask::load;
use crate::components::live::{Erase, live, shown};
use crate::components::{Crumb, Failure, PageFrame};
use crate::domain::{Organisation, PartnerUser};
use crate::error::PublicError;
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::paths;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

/// What may have been asked of the page by its URL, without scripts.
#[derive(Clone, Default)]
pub struct Asked {
    /// The pencil.
    pub edit: bool,
    /// *Create user*.
    pub create_user: bool,
    /// *Disable*, and whom.
    pub disable: Option<String>,
}

/// The page.
#[component]
pub fn OrganisationPage() -> impl IntoView {
    let parameters = use_params_map();
    // What is no ID at all is asked for as one that no organisation has.
    let id = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("id")?.parse().ok());
        id.unwrap_or_default()
    });
    // On the server the page may be gone when these are asked for once more.
    let organisation = load(move || GetOrganisation { id: id.try_get().unwrap_or_default() });
    let users = load(move || ListUsers { organisation: id.try_get().unwrap_or_default() });
    // The organisation after an edit on this page.
    let edited = RwSignal::new(None::<Organisation>);
    let retry = Callback::new(move |()| organisation.refetch());
    let retry_users = Callback::new(move |()| users.refetch());
    let asked = use_query_map().with_untracked(|query| Asked {
        edit: query.get(paths::OPENS_EDIT).is_some(),
        create_user: query.get(paths::OPENS_CREATE_USER).is_some(),
        disable: query.get(paths::OPENS_DISABLE),
    });
    let name = move || {
        let edited = edited.get().filter(|edited| edited.id == id.get());
        edited
            .or_else(|| organisation.get()?.ok())
            .map(|organisation| organisation.name.to_string())
    };
    let here = move || view! { <Transition><bdi>{name}</bdi></Transition> };
    let content = move |found, users: Result<Vec<PartnerUser>, PublicError>| match found {
        Ok(found) => {
            view! { <Content found edited users asked=asked.clone() retry_users /> }.erase()
        }
        Err(error) => {
            view! { <Failure title="The organisation could not be read" error retry /> }.erase()
        }
    };
    view! {
        <PageFrame way=WAY here>
            <Transition>
                {shown(move || Some(content(organisation.get()?, users.get()?)))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

#[component]
fn Content(
    found: Organisation,
    edited: RwSignal<Option<Organisation>>,
    users: Result<Vec<PartnerUser>, PublicError>,
    asked: Asked,
    retry_users: Callback<()>,
) -> impl IntoView {
    let id = found.id;
    let organisation = Signal::derive({
        let found = found.clone();
        move || edited.get().filter(|edited| edited.id == id).unwrap_or_else(|| found.clone())
    });
    let outcome = use_flash(EditOrganisation::PATH).map(|flash| flash.outcome.is_err());
    let editing = RwSignal::new(outcome.unwrap_or(asked.edit));
    let title = move || organisation.with(|organisation| organisation.name.to_string());
    let users = match users {
        Ok(users) => view! { <Users organisation users asked /> }.erase(),
        Err(error) => view! {
            <section class="section">
                <Failure title="The users could not be read" error retry=retry_users />
            </section>
        }
        .erase(),
    };
    view! {
        <Title text=title />
        {live(move || if editing.get() {
            view! { <Edit organisation edited editing /> }.erase()
        } else {
            view! { <Head organisation editing /> }.erase()
        })}
        <Facts organisation=found />
        {users}
    }
    .erase()
}
