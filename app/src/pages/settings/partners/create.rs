//! *Create Partner*

use super::super::{PARTNERS, PROFILE, SETTINGS};
use super::account_fields::{SalesforceAccountField, ZuoraAccountField};
use crate::api::installation::UsesSalesforce;
use crate::api::organisations::CreateOrganisation;
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, live, shown};
use crate::components::messages::use_messages;
use crate::components::{
    ChoiceList, Crumb, Described, ErrorSummary, Failure, FormNotice, FormState, PageFrame, Plate,
    Question, SubmitButton, TextField, Typed,
};
use crate::domain::organisation::field;
use crate::domain::{DuplicateOrganisation, FieldErrors, InvoiceOwner, OrganisationForm};
use crate::error::PublicError;
use crate::flash::creation_key;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use uuid::Uuid;

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

const FIELDS: &[(&str, &str)] = &[
    (field::NAME, ""),
    (field::LOGO, ""),
    (field::ZUORA_ACCOUNT, ""),
    (field::SALESFORCE_ACCOUNT, ""),
    (field::INVOICE_OWNER, ""),
];

fn check(typed: &Typed, uses_salesforce: bool) -> FieldErrors {
    let form = OrganisationForm {
        name: typed.get(field::NAME).to_owned(),
        logo: typed.get(field::LOGO).to_owned(),
        zuora_account_id: typed.get(field::ZUORA_ACCOUNT).to_owned(),
        salesforce_account_id: typed.get(field::SALESFORCE_ACCOUNT).to_owned(),
        invoice_owner: typed.get(field::INVOICE_OWNER).to_owned(),
    };
    form.parse(uses_salesforce).err().unwrap_or_default()
}

/// The page.
#[component]
pub fn CreatePartnerPage() -> impl IntoView {
    let needs_salesforce = load(|| UsesSalesforce {});
    let retry = Callback::new(move |()| needs_salesforce.refetch());
    let key = creation_key(CreateOrganisation::PATH);
    view! {
        <PageFrame way=WAY here=|| "Create Partner">
            <div class="narrow">
                <div class="page-head">
                    <div>
                        <h1>"Create Partner"</h1>
                        <p class="lead">
                            "The name and the logo can be changed later. The accounts and the invoice owner cannot."
                        </p>
                    </div>
                </div>
                <Suspense>
                    {shown(move || needs_salesforce.get().map(|answer| match answer {
                        Ok(uses) => view! { <CreateForm uses_salesforce=uses.0 key=key /> }.erase(),
                        Err(error) => view! {
                            <Failure title="The form could not be shown" error retry />
                        }.erase(),
                    }))}
                </Suspense>
            </div>
        </PageFrame>
    }
    .erase()
}

#[component]
fn CreateForm(uses_salesforce: bool, key: Uuid) -> impl IntoView {
    let form = FormState::new("", CreateOrganisation::PATH, FIELDS, move |typed| {
        check(typed, uses_salesforce)
    });
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<CreateOrganisation>(&submit, move |()| {
            messages.say(outcome::created(&form.text(field::NAME).get_untracked()));
            // The organisation's page is on its way.
            false
        });
    };
    let title = move || if form.is_refused() { "Error: Create Partner" } else { "Create Partner" };
    let found = RwSignal::new(None);
    // Neither is chosen beforehand: it cannot be changed later.
    let owners = InvoiceOwner::ALL.map(|owner| Described {
        value: owner.as_str().to_owned(),
        label: owner.label().to_owned(),
        help: owner.effect().to_owned(),
    });
    let owners = owners.to_vec();
    view! {
        <Title text=title />
        <form
            class="form"
            method="post"
            action=CreateOrganisation::PATH
            novalidate=true
            aria-label="Create Partner"
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=key.to_string() />
            <ErrorSummary form />
            <TextField form name=field::NAME label="Partner organisation name" />
            <div class="logo-field">
                <TextField
                    form
                    name=field::LOGO
                    label="Logo (URL)"
                    help="An https address of a picture. Initials stand in where there is none."
                    kind=Kind::Url
                    optional=true
                />
                <Plate name=form.text(field::NAME) logo=form.text(field::LOGO) />
            </div>
            <ZuoraAccountField form found />
            <SalesforceAccountField form found required=uses_salesforce />
            <ChoiceList form name=field::INVOICE_OWNER label="Zuora Invoice Owner" choices=owners />
            <Refusal form />
            <div class="form-foot">
                <SubmitButton
                    label="Create Partner Organisation"
                    busy_label="Creating Partner Organisation…"
                    busy=form.busy()
                />
                <a class="button plain" href=paths::PARTNERS>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}

/// What stands in the way of the whole form: others that look the same, with a
/// way to go on, or a failure.
#[component]
fn Refusal(form: FormState) -> impl IntoView {
    live(move || match form.failure() {
        Some(PublicError::Duplicates(others)) => duplicates(form, others),
        _ => view! { <FormNotice form /> }.erase(),
    })
}

fn duplicates(form: FormState, others: Vec<DuplicateOrganisation>) -> AnyView {
    let title = if others.len() == 1 {
        "Another partner organisation looks the same"
    } else {
        "Other partner organisations look the same"
    };
    let others = others
        .into_iter()
        .map(|other| {
            let sentence = other.sentence();
            view! {
                <p>
                    <a href=paths::organisation(other.id)>{other.name.to_string()}</a>
                    " "
                    {sentence}
                    "."
                </p>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <Question id=form.panel_id() title>
            {others}
            <p>"If this is a second one of its own, create it all the same."</p>
            <label class="check">
                <input type="checkbox" name="accept_duplicates" value="true" />
                "Create it all the same"
            </label>
        </Question>
    }
    .erase()
}
