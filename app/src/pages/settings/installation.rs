//! *Settings › Installation*

use super::SETTINGS;
use super::two_step::TwoStepSection;
use crate::api::installation::{GetInstallation, SetUsesSalesforce};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::{Crumb, Failure, FormNotice, FormState, Icon, PageFrame, SubmitButton};
use crate::domain::{FieldErrors, Installation, SalesforceUse, ServiceState};
use crate::pages::outcome;
use crate::part::page_in_part;
use crate::paths;
use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS];

page_in_part!(
    /// `/settings/installation`
    InstallationRoute, settings, installation_page, preload_installation, InstallationPage
);

/// The page.
#[component]
fn InstallationPage() -> impl IntoView {
    let installation = load(|| GetInstallation {});
    let retry = Callback::new(move |()| installation.refetch());
    let again = move |click: MouseEvent| {
        click.prevent_default();
        installation.refetch();
    };
    view! {
        <Title text="Installation" />
        <PageFrame way=WAY here=|| "Installation">
            <div class="page-head">
                <h1>"Installation"</h1>
                <a class="button" href=paths::INSTALLATION on:click=again>
                    <Icon name="refresh-cw" />
                    "Check again"
                </a>
            </div>
            <Transition>
                {shown(move || installation.get().map(|answer| match answer {
                    Ok(installation) => view! {
                        <Parts installation=installation.clone() />
                        <Salesforce on=installation.uses_salesforce />
                    }.erase(),
                    Err(error) => view! {
                        <Failure title="The installation could not be read" error retry />
                    }.erase(),
                }))}
            </Transition>
            <TwoStepSection />
        </PageFrame>
    }
    .erase()
}

#[component]
fn Parts(installation: Installation) -> impl IntoView {
    let billing = match installation.billing {
        Some(billing) => part("Billing system", billing),
        None => fact(
            "Billing system",
            ("disabled", "Not connected"),
            "Nothing to set up yet.".to_owned(),
            "None".to_owned(),
            "Zuora IDs are stored and not checked".to_owned(),
        ),
    };
    view! {
        <section aria-labelledby="parts-title">
            <h2 class="hidden" id="parts-title">"What is in use"</h2>
            <dl class="facts">
                {part("Database", installation.database)}
                {part("Identity provider", installation.identity)}
                {billing}
            </dl>
        </section>
    }
    .erase()
}

fn part(label: &'static str, service: ServiceState) -> AnyView {
    let (state, reason) = match service.problem {
        Some(problem) => (("failed", "Does not answer"), problem),
        None => (("active", "Answers"), String::new()),
    };
    fact(label, state, reason, service.name, service.detail)
}

fn fact(
    label: &'static str,
    (state, word): (&'static str, &'static str),
    reason: String,
    name: String,
    detail: String,
) -> AnyView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>
                <span class="status" data-status=state>{word}</span>
                {any((!reason.is_empty()).then(|| view! { <p class="reason">{reason}</p> }))}
            </dd>
            <dd>{name}" "<span class="quiet">{detail}</span></dd>
        </div>
    }
    .erase()
}

/// The one switch.
#[component]
fn Salesforce(on: SalesforceUse) -> impl IntoView {
    let form = FormState::new("", SetUsesSalesforce::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SetUsesSalesforce>(&submit, move |on| {
            messages.say(outcome::salesforce(on));
            true
        });
    };
    view! {
        <section class="section narrow" aria-labelledby="salesforce-title">
            <div class="page-head"><h2 id="salesforce-title">"Salesforce"</h2></div>
            <form class="form card" method="post" action=SetUsesSalesforce::PATH on:submit=submit>
                <FormNotice form />
                <div class="switch-row">
                    <input
                        class="switch"
                        type="checkbox"
                        role="switch"
                        id="uses-salesforce"
                        name="uses_salesforce"
                        value="true"
                        aria-describedby="uses-salesforce-help"
                        checked=on.0
                    />
                    <label for="uses-salesforce">"This installation uses Salesforce"</label>
                    <p class="help" id="uses-salesforce-help">
                        "While it is on, every new partner organisation needs a Salesforce account ID. Organisations that exist stay as they are."
                    </p>
                </div>
                <div class="actions">
                    <SubmitButton class="" label="Save" busy_label="Saving…" busy=form.busy() />
                </div>
            </form>
        </section>
    }
    .erase()
}
