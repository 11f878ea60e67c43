//! One's own *Two-step sign-in*, for admins and partner users alike. Its forms
//! load whole pages: a change may lead to another page, and codes are shown once.

use crate::api::two_step::{ChangeTwoStep, ConfirmSetUp, GetOwnTwoStep};
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, any, live, shown};
use crate::components::{
    CopyButton, ErrorSummary, Failure, FormNotice, FormState, Icon, Notice, SubmitButton,
    TextField, Tone,
};
use crate::domain::two_step::field;
use crate::domain::{FieldErrors, OwnTwoStep, RecoveryCodes, TwoStepChange, TwoStepChanged};
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::pages::home::home_of;
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// So few recovery codes are a reason to make new ones.
const FEW: i64 = 3;

/// What stands in the page's frame.
#[component]
pub fn TwoStepContent() -> impl IntoView {
    let own = load(|| GetOwnTwoStep {});
    let retry = Callback::new(move |()| own.refetch());
    let codes = fresh_codes();
    let has_codes = codes.is_some();
    let refused = use_flash(ConfirmSetUp::PATH).and_then(|flash| flash.outcome.err());
    view! {
        <Title text="Two-step sign-in" />
        <div class="narrow">
            <div class="page-head">
                <div>
                    <h1>"Two-step sign-in"</h1>
                    <p class="lead">
                        "After your password, a code of an app on your phone. Who learns your password gets no further."
                    </p>
                </div>
            </div>
            {any(refused.map(|refused| view! {
                <Notice tone=Tone::Danger urgent=true><p>{refused.to_string()}</p></Notice>
            }))}
            {any(codes.map(|codes| view! { <Codes codes /> }))}
            <Suspense>
                {shown(move || own.get().map(|answer| match answer {
                    Ok(own) => view! { <Own own has_codes /> }.erase(),
                    Err(error) => view! {
                        <Failure title="The settings could not be read" error retry />
                    }.erase(),
                }))}
            </Suspense>
        </div>
    }
    .erase()
}

/// Recovery codes that were made by the form before this page.
fn fresh_codes() -> Option<RecoveryCodes> {
    let set_up = use_flash(ConfirmSetUp::PATH);
    if let Some(codes) = set_up.and_then(|flash| flash.outcome::<RecoveryCodes>()) {
        return codes.ok();
    }
    match use_flash(ChangeTwoStep::PATH)?.outcome::<TwoStepChanged>()?.ok()? {
        TwoStepChanged::NewCodes(codes) => Some(codes),
        TwoStepChanged::SetUp | TwoStepChanged::Off => None,
    }
}

#[component]
fn Codes(codes: RecoveryCodes) -> impl IntoView {
    let all = codes.0.join("\n");
    let list = codes
        .0
        .into_iter()
        .map(|code| view! { <li><samp>{code}</samp></li> }.erase())
        .collect::<Vec<_>>();
    let print = move |_| {
        // Where a browser cannot print, its own menu says so.
        let _ = window().print();
    };
    view! {
        <section class="card recovery-codes" aria-labelledby="codes-title">
            <h2 id="codes-title">"Your recovery codes"</h2>
            <p>
                "Each of them signs you in once when you do not have the app. Keep them where you will find them without your phone: they are not shown again."
            </p>
            <ol>{list}</ol>
            <div class="actions">
                <CopyButton what="all recovery codes" text=all />
                <button class="button needs-script" type="button" on:click=print>"Print"</button>
                <a class="button primary" href=home_of(&use_viewer())>"I have kept them"</a>
            </div>
        </section>
    }
    .erase()
}

#[component]
fn Own(own: OwnTwoStep, has_codes: bool) -> impl IntoView {
    let query = use_query_map();
    // A form that came back is at the same address, with what is wrong with it.
    let changing = of_address(move |_| {
        let asked = query.with(|query| query.get(paths::OPENS_CHANGE));
        asked.and_then(|word| TwoStepChange::parse(&word)).filter(|change| match change {
            TwoStepChange::SetUp => true,
            TwoStepChange::NewCodes => own.is_on,
            TwoStepChange::TurnOff => own.is_on && !own.is_required,
        })
    });
    let (state, word) = if own.is_on { ("active", "On") } else { ("disabled", "Off") };
    let required = own.is_required.then(|| {
        view! { <p class="reason">"You have to sign in in two steps."</p> }
    });
    let left = own.is_on.then(|| {
        view! {
            <div>
                <dt>"Recovery codes"</dt>
                <dd>{left_words(own.codes_left)}</dd>
            </div>
        }
    });
    let few = (own.is_on && own.codes_left < FEW && !has_codes).then(|| {
        view! {
            <Notice tone=Tone::Warning>
                <p>"You have few recovery codes left. Make new ones, and keep them."</p>
            </Notice>
        }
    });
    view! {
        {any(few)}
        <dl class="facts">
            <div>
                <dt>"Two-step sign-in"</dt>
                <dd><span class="status" data-status=state>{word}</span>{any(required)}</dd>
            </div>
            {any(left)}
        </dl>
        {live(move || match changing.get() {
            Some(change) => view! { <Change change is_on=own.is_on /> }.erase(),
            None => changes(own),
        })}
    }
    .erase()
}

fn left_words(left: i64) -> String {
    match left {
        1 => "One has not been used.".to_owned(),
        left => format!("{left} have not been used."),
    }
}

fn own_page() -> &'static str {
    match use_viewer() {
        Viewer::Partner { .. } => paths::PARTNER_TWO_STEP,
        Viewer::Admin { .. } | Viewer::Nobody => paths::ADMIN_TWO_STEP,
    }
}

/// What can be changed, each on the page with its form open.
fn changes(own: OwnTwoStep) -> AnyView {
    let link = |change: TwoStepChange, class: &'static str, label: &'static str| {
        let href = format!("{}?{}={}", own_page(), paths::OPENS_CHANGE, change.as_str());
        view! { <a class=class href=href>{label}</a> }.erase()
    };
    let links = if own.is_on {
        let off = (!own.is_required).then(|| link(TwoStepChange::TurnOff, "button", "Turn off"));
        let mut links = vec![
            link(TwoStepChange::NewCodes, "button", "Make new recovery codes"),
            link(TwoStepChange::SetUp, "button", "Use another app or phone"),
        ];
        links.extend(off);
        links
    } else {
        vec![link(TwoStepChange::SetUp, "button primary", "Set up two-step sign-in")]
    };
    view! { <div class="actions section">{links}</div> }.erase()
}

/// The form of one change: what happens, and the password.
#[component]
fn Change(change: TwoStepChange, is_on: bool) -> impl IntoView {
    let form = FormState::new("", ChangeTwoStep::PATH, &[(field::PASSWORD, "")], |typed| {
        let mut errors = FieldErrors::new();
        if typed.get(field::PASSWORD).is_empty() {
            errors.push(field::PASSWORD, "Enter your password.");
        }
        errors
    });
    let email = match use_viewer() {
        Viewer::Admin { email, .. } | Viewer::Partner { email, .. } => email,
        Viewer::Nobody => String::new(),
    };
    let (title, words, label, busy_label, class) = match change {
        TwoStepChange::SetUp if is_on => (
            "Use another app or phone",
            "The app that you use now, and your recovery codes, stop working at once. Then you set up the other one.",
            "Go on",
            "One moment…",
            "primary",
        ),
        TwoStepChange::SetUp => (
            "Set up two-step sign-in",
            "You need a phone with an authenticator app, or a password manager that makes codes.",
            "Go on",
            "One moment…",
            "primary",
        ),
        TwoStepChange::NewCodes => (
            "Make new recovery codes",
            "The ones that you have stop working.",
            "Make new recovery codes",
            "Making new recovery codes…",
            "primary",
        ),
        TwoStepChange::TurnOff => (
            "Turn off two-step sign-in",
            "From then on your password alone signs you in. Your recovery codes stop working.",
            "Turn off",
            "Turning off…",
            "danger",
        ),
    };
    view! {
        <form
            class="form card section"
            method="post"
            action=ChangeTwoStep::PATH
            novalidate=true
            aria-labelledby="change-title"
            on:submit=move |submit| form.post(&submit)
        >
            <h2 id="change-title">{title}</h2>
            <p>{words}</p>
            <ErrorSummary form />
            <FormNotice form />
            <input type="hidden" name="change" value=change.as_str() />
            <input
                class="hidden"
                type="email"
                name="username"
                value=email
                autocomplete="username"
                readonly=true
                tabindex="-1"
                aria-hidden="true"
            />
            <TextField
                form
                name=field::PASSWORD
                label="Your password"
                kind=Kind::Password
                autocomplete="current-password"
            />
            <div class="actions">
                <SubmitButton class label busy_label busy=form.busy() />
                <a class="button plain" href=own_page()><Icon name="x" />"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}
