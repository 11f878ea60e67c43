//! *Create API client*, and its secret, shown once.

use super::super::SETTINGS;
use super::API_CLIENTS;
use super::organisation::OrganisationChoice;
use crate::api::api_clients::CreateApiClient;
use crate::components::live::{Erase, live};
use crate::components::{
    CheckList, Crumb, DateField, ErrorSummary, FormNotice, FormState, PageFrame, RadioGroup,
    Secret, SubmitButton, TextField, Typed,
};
use crate::domain::api_client::field;
use crate::domain::{ApiClientForm, CreatedApiClient, FieldErrors, ManagementScope};
use crate::flash::{creation_key, use_flash};
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use time::Date;

const WAY: &[Crumb] = &[SETTINGS, API_CLIENTS];

const ACCESS: &[(&str, &str)] =
    &[("management", "Management, for your own programs"), ("partner", "One partner organisation")];

/// The page.
#[component]
pub fn CreateApiClientPage() -> impl IntoView {
    let before = use_flash(CreateApiClient::PATH);
    let created = before.as_ref().and_then(|flash| flash.outcome::<CreatedApiClient>()?.ok());
    let created = RwSignal::new(created);
    view! {
        <PageFrame way=WAY here=|| "Create API client">
            <div class="narrow">
                {live(move || match created.get() {
                    Some(created) => secret(created),
                    None => view! { <Fields created /> }.erase(),
                })}
            </div>
        </PageFrame>
    }
    .erase()
}

/// What was typed. The day is the server's to check: it knows which one it is.
fn check(typed: &Typed) -> FieldErrors {
    let text = |name| typed.get(name).to_owned();
    let form = ApiClientForm {
        name: text(field::NAME),
        access: text(field::ACCESS),
        scopes: typed.get(field::SCOPES).lines().map(str::to_owned).collect(),
        organisation: text(field::ORGANISATION),
        expires_on: String::new(),
    };
    form.parse(Date::MIN).err().unwrap_or_default()
}

#[component]
fn Fields(created: RwSignal<Option<CreatedApiClient>>) -> impl IntoView {
    let texts = [
        (field::NAME, ""),
        (field::ACCESS, ""),
        (field::SCOPES, ""),
        (field::ORGANISATION, ""),
        (field::EXPIRES_ON, ""),
    ];
    let form = FormState::new("", CreateApiClient::PATH, &texts, check);
    let key = creation_key(CreateApiClient::PATH);
    let submit = move |submit: SubmitEvent| {
        form.send::<CreateApiClient>(&submit, move |answer| {
            created.set(Some(answer));
            false
        });
    };
    let access = form.text(field::ACCESS);
    // Without scripts both are there, and the other one is not looked at.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let is_not =
        move |wanted: &'static str| move || alive.get() && access.with(|access| access != wanted);
    let scopes = ManagementScope::ALL.map(|scope| {
        (scope.as_str().to_owned(), format!("{} ({})", scope.label(), scope.as_str()))
    });
    let title = move || {
        if form.is_refused() { "Error: Create API client" } else { "Create API client" }.to_owned()
    };
    view! {
        <Title text=title />
        <div class="page-head"><h1>"Create API client"</h1></div>
        <form
            class="form"
            method="post"
            action=CreateApiClient::PATH
            novalidate=true
            aria-label="Create API client"
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=key.to_string() />
            <ErrorSummary form />
            <TextField form name=field::NAME label="Name" help="Which program it is for." />
            <RadioGroup form name=field::ACCESS label="Access" choices=ACCESS />
            <div hidden=is_not("management")>
                <CheckList form name=field::SCOPES label="Scopes" choices=scopes.to_vec() />
            </div>
            <div hidden=is_not("partner")>
                <OrganisationChoice form />
            </div>
            <DateField
                form
                name=field::EXPIRES_ON
                label="Expires on"
                help="The last day it works on, in UTC. Empty: until it is revoked."
                optional=true
            />
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton label="Create API client" busy_label="Creating API client…" busy=form.busy() />
                <a class="button plain" href=paths::API_CLIENTS>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}

/// The client's credentials. The secret exists nowhere else once the page is
/// left.
fn secret(created: CreatedApiClient) -> AnyView {
    let CreatedApiClient { client, secret } = created;
    let shown = match secret {
        Some(secret) => view! {
            <h2>"Client secret"</h2>
            <Secret what="client secret" text=secret />
            <p class="quiet">"Copy it now: it is not shown again."</p>
        }
        .erase(),
        None => view! {
            <p>"This form has created the client before. Its secret was shown then and is not shown again; if it is lost, revoke the client and create another."</p>
        }
        .erase(),
    };
    view! {
        <Title text="API client created" />
        <div class="page-head"><h1 tabindex="-1">"API client created"</h1></div>
        <section class="card form" aria-label="Credentials">
            <p><bdi>{client.name.to_string()}</bdi>" can use the API with these."</p>
            <h2>"Client ID"</h2>
            <Secret what="client ID" text=client.id.to_string() />
            {shown}
            <div class="actions">
                <a class="button primary" href=paths::API_CLIENTS>"Done"</a>
            </div>
        </section>
    }
    .erase()
}
