//! The second step of signing in: a code.

use super::form::DoorForm;
use crate::api::two_step::{GetSecondStep, GiveCode};
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, shown};
use crate::components::{DoorFrame, Failure, FormState, TextField};
use crate::domain::two_step::field;
use crate::domain::{FieldErrors, SecondStep};
use crate::paths;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::components::Redirect;

/// The page. Where no sign-in waits for a code, it leads to sign-in.
#[component]
pub fn CodePage() -> impl IntoView {
    let step = load(|| GetSecondStep {});
    let retry = Callback::new(move |()| step.refetch());
    view! {
        <DoorFrame>
            <Suspense>
                {shown(move || step.get().map(|answer| match answer {
                    Ok(Some(SecondStep::Code { email })) => view! { <CodeForm email /> }.erase(),
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
fn CodeForm(email: String) -> impl IntoView {
    let form = FormState::new("", GiveCode::PATH, &[(field::CODE, "")], |typed| {
        let mut errors = FieldErrors::new();
        if typed.get(field::CODE).trim().is_empty() {
            errors.push(field::CODE, "Enter the code that your app shows.");
        }
        errors
    });
    let title =
        move || if form.is_refused() { "Error: Enter your code" } else { "Enter your code" };
    view! {
        <Title text=title />
        <div>
            <h1>"Enter your code"</h1>
            <p class="lead">
                "Your password for "<bdi>{email}</bdi>" is right. Now the six digits that your authenticator app shows for Partners."
            </p>
        </div>
        <DoorForm form action=GiveCode::PATH label="Sign in" busy_label="Signing in…">
            <TextField
                form
                name=field::CODE
                label="Code"
                help="Without the app, enter one of your recovery codes instead."
                kind=Kind::Code
                autocomplete="one-time-code"
                autofocus=!form.is_refused_at_first()
            />
        </DoorForm>
        <p class="small quiet">
            "No app and no recovery code? An administrator can take two-step sign-in off your account. "
            <a href=paths::SIGN_IN>"Back to sign-in"</a>
        </p>
    }
    .erase()
}
