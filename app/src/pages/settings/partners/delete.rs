//! Deleting a partner organisation: what goes, what stays, and its name typed.

use super::super::{PARTNERS, PROFILE, SETTINGS};
use crate::api::organisations::{DeleteOrganisation, GetOrganisation};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{
    Crumb, ErrorSummary, Failure, FormNotice, FormState, Notice, PageFrame, SubmitButton,
    TextField, Tone,
};
use crate::domain::Organisation;
use crate::domain::fields::{CONFIRMATION, confirmed};
use crate::page_load::of_address;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

/// The page.
#[component]
pub fn DeleteOrganisationPage() -> impl IntoView {
    let parameters = use_params_map();
    let id = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("id")?.parse().ok());
        id.unwrap_or_default()
    });
    let organisation = load(move || GetOrganisation { id: id.try_get().unwrap_or_default() });
    let retry = Callback::new(move |()| organisation.refetch());
    view! {
        <Title text="Delete partner organisation" />
        <PageFrame way=WAY here=|| "Delete">
            <div class="narrow">
                <Transition>
                    {shown(move || organisation.get().map(|found| match found {
                        Ok(organisation) => view! { <Delete organisation /> }.erase(),
                        Err(error) => view! {
                            <Failure title="The organisation could not be read" error retry />
                        }
                        .erase(),
                    }))}
                </Transition>
            </div>
        </PageFrame>
    }
    .erase()
}

#[component]
fn Delete(organisation: Organisation) -> impl IntoView {
    let page = paths::organisation(organisation.id);
    let name = organisation.name.to_string();
    let title = name.clone();
    let content = if organisation.suspended_at.is_some() {
        view! { <Form organisation /> }.erase()
    } else {
        view! {
            <Notice tone=Tone::Warning>
                <p>
                    <bdi>{name.clone()}</bdi>
                    " is active. Suspend it first: nobody of it can sign in then, and nothing new is ordered."
                </p>
                <p><a class="button" href=page>"Back to the organisation"</a></p>
            </Notice>
        }
        .erase()
    };
    view! {
        <div class="page-head"><h1>"Delete "<bdi>{title}</bdi></h1></div>
        {content}
    }
    .erase()
}

#[component]
fn Form(organisation: Organisation) -> impl IntoView {
    let id = organisation.id;
    let name = organisation.name.to_string();
    let wanted = name.clone();
    let form = FormState::new("", DeleteOrganisation::PATH, &[(CONFIRMATION, "")], move |typed| {
        confirmed(typed.get(CONFIRMATION), &wanted).err().unwrap_or_default()
    });
    let messages = use_messages();
    let said = outcome::deleted(&name);
    let submit = move |submit: SubmitEvent| {
        let said = said.clone();
        form.send::<DeleteOrganisation>(&submit, move |()| {
            messages.say(said.clone());
            // The table is on its way.
            false
        });
    };
    view! {
        <form
            class="form"
            method="post"
            action=DeleteOrganisation::PATH
            novalidate=true
            aria-label="Delete partner organisation"
            on:submit=submit
        >
            <input type="hidden" name="organisation" value=id.to_string() />
            <input type="hidden" name="name" value=name.clone() />
            <ErrorSummary form />
            <FormNotice form />
            <p>
                "Its users and its API clients are deleted with it, and their emails can be used again. This cannot be undone."
            </p>
            <p class="quiet">
                "What was done and ordered stays in the audit trail, and nothing changes in Zuora. It is possible only while no subscription runs and no order is under way."
            </p>
            <p>"To confirm, type "<strong><bdi>{name}</bdi></strong>"."</p>
            <TextField form name=CONFIRMATION label="Partner organisation name" />
            <div class="form-foot">
                <SubmitButton
                    class="danger"
                    label="Delete Partner Organisation"
                    busy_label="Deleting Partner Organisation…"
                    busy=form.busy()
                />
                <a class="button plain" href=paths::organisation(id)>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}
