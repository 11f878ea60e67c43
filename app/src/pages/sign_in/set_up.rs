//! Setting up an authenticator app, while signing in or later on.

use super::form::DoorForm;
use crate::api::two_step::{ConfirmSetUp, GetSecondStep};
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, any, shown};
use crate::components::{DoorFrame, Failure, FormState, Secret, TextField};
use crate::domain::two_step::{app_code, field};
use crate::domain::{FieldErrors, QrCode, SecondStep, TwoStepSetUp};
use crate::paths;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::components::Redirect;

/// The page. Where no app is being set up, it leads to sign-in.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let step = load(|| GetSecondStep {});
    let retry = Callback::new(move |()| step.refetch());
    view! {
        <DoorFrame>
            <Suspense>
                {shown(move || step.get().map(|answer| match answer {
                    Ok(Some(SecondStep::SetUp(set_up))) => view! { <SetUpForm set_up /> }.erase(),
                    Ok(_) => view! { <Redirect path=paths::SIGN_IN /> }.erase(),
                    Err(error) => view! {
                        <Failure title="The page could not be shown" error retry />
                    }.erase(),
                }))}
            </Suspense>
        </DoorFrame>
    }
    .erase()
}

#[component]
fn SetUpForm(set_up: TwoStepSetUp) -> impl IntoView {
    let TwoStepSetUp { email, secret, qr, is_required } = set_up;
    let form = FormState::new("", ConfirmSetUp::PATH, &[(field::CODE, "")], |typed| {
        let mut errors = FieldErrors::new();
        if app_code(typed.get(field::CODE)).is_none() {
            errors.push(field::CODE, "Enter the six digits that the app shows.");
        }
        errors
    });
    let title = move || {
        if form.is_refused() { "Error: Set up two-step sign-in" } else { "Set up two-step sign-in" }
    };
    let why = is_required.then(|| {
        view! { <p class="lead">"You have to sign in in two steps: with your password, and with a code of an app on your phone."</p> }
    });
    let back = (!is_required).then(|| {
        view! { <p class="small"><a href="/">"Cancel"</a></p> }
    });
    view! {
        <Title text=title />
        <div>
            <h1>"Set up two-step sign-in"</h1>
            {any(why)}
        </div>
        <ol class="steps">
            <li>
                <p>"Open an authenticator app on your phone, such as Aegis, Google Authenticator, Microsoft Authenticator or 1Password, and add an account."</p>
            </li>
            <li>
                <p>"Scan this code with the app:"</p>
                {picture(&qr)}
                <p>"Or type this key into the app, for the account "<bdi>{email}</bdi>":"</p>
                <Secret what="key" text=secret />
            </li>
            <li><p>"Enter the six digits that the app shows."</p></li>
        </ol>
        <DoorForm form action=ConfirmSetUp::PATH label="Set up" busy_label="Setting up…">
            <TextField
                form
                name=field::CODE
                label="Code"
                kind=Kind::Code
                autocomplete="one-time-code"
            />
        </DoorForm>
        {any(back)}
    }
    .erase()
}

/// The QR code, dark on white in both themes: apps read nothing else.
fn picture(qr: &QrCode) -> AnyView {
    let view_box = format!("0 0 {size} {size}", size = qr.size);
    view! {
        <svg
            class="qr"
            viewBox=view_box
            role="img"
            aria-label="QR code with the key that stands below"
            shape-rendering="crispEdges"
        >
            <rect class="qr-light" width="100%" height="100%"></rect>
            <path class="qr-dark" d=qr.path.clone()></path>
        </svg>
    }
    .erase()
}
