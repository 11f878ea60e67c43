//! *Sign in*, for admins and partner users alike.

use super::form::DoorForm;
use crate::api::sign_in::{ResetPassword, SetFirstPassword, SignIn};
use crate::api::two_step::{ConfirmSetUp, GiveCode};
use crate::components::field::Kind;
use crate::components::live::{Erase, any, shown};
use crate::components::{DoorFrame, FormState, Notice, TextField, Tone, Typed};
use crate::domain::{Email, FieldErrors};
use crate::error::PublicError;
use crate::flash::use_flash;
use crate::pages::home::home_of;
use crate::paths;
use crate::viewer::{Viewer, use_page, use_viewer};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

fn check(typed: &Typed) -> FieldErrors {
    let mut errors = FieldErrors::new();
    errors.take("email", Email::parse(typed.get("email")));
    if typed.get("password").is_empty() {
        errors.push("password", "Enter your password.");
    }
    errors
}

/// The page. Somebody who is signed in already is led home.
#[component]
pub fn SignInPage() -> impl IntoView {
    match use_viewer() {
        Viewer::Nobody => view! { <SignInForm /> }.erase(),
        viewer => view! { <Redirect path=home_of(&viewer) /> }.erase(),
    }
}

#[component]
fn SignInForm() -> impl IntoView {
    let reset = use_flash(ResetPassword::PATH).filter(|flash| flash.outcome.is_ok());
    let known = reset.as_ref().and_then(|flash| flash.field("email")).unwrap_or_default();
    let is_known = !known.is_empty();
    let second_step = use_flash(GiveCode::PATH).or_else(|| use_flash(ConfirmSetUp::PATH));
    let recovered = second_step.as_ref().is_some_and(|flash| flash.outcome.is_ok());
    // Where a later step could not go on, it begins again here.
    let flash =
        use_flash(SignIn::PATH).or(second_step).or_else(|| use_flash(SetFirstPassword::PATH));
    let form = FormState::after("", flash, &[("email", known), ("password", "")], check);
    let next = use_query_map().with_untracked(|query| query.get("next")).unwrap_or_default();
    let title = move || if form.is_refused() { "Error: Sign in" } else { "Sign in" };
    let forgot =
        view! { <a class="small" href=paths::FORGOT_PASSWORD>"Forgot password?"</a> }.erase();
    let refusal = view! { <Refusal form /> }.erase();
    let hosted = use_page().has_hosted_page.then(|| {
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let href = format!("{}?next={query}", paths::HOSTED_SIGN_IN);
        view! { <a class="button whole" rel="external" href=href>"Sign in with Cognito"</a> }
    });
    view! {
        <Title text=title />
        <DoorFrame>
            <h1>"Sign in"</h1>
            {any(reset.is_some().then(|| view! {
                <div class="notice" data-tone="success" role="status">
                    <crate::components::Icon name="circle-check" />
                    <div><p>"Your password is set. Sign in with it."</p></div>
                </div>
            }))}
            {any(recovered.then(|| view! {
                <Notice tone=Tone::Success>
                    <p>"Your recovery code was accepted, and the app you had set up was taken off your account. Sign in once more, then set it up anew."</p>
                </Notice>
            }))}
            <DoorForm form action=SignIn::PATH label="Sign in" busy_label="Signing in…" refusal>
                <input type="hidden" name="next" value=next />
                <TextField
                    form
                    name="email"
                    label="Email address"
                    kind=Kind::Email
                    autocomplete="username"
                    autofocus=!is_known && !form.is_refused_at_first()
                />
                <TextField
                    form
                    name="password"
                    label="Password"
                    kind=Kind::Password
                    autocomplete="current-password"
                    autofocus=is_known && !form.is_refused_at_first()
                    aside=forgot
                />
            </DoorForm>
            {any(hosted)}
        </DoorFrame>
    }
    .erase()
}

#[component]
fn Refusal(form: FormState) -> impl IntoView {
    shown(move || {
        form.failure().map(|failure| {
            let sentence = failure.to_string();
            let id = form.panel_id();
            if matches!(failure, PublicError::TooManyAttempts(_)) {
                view! {
                    <Notice tone=Tone::Warning icon="lock" urgent=true focused=true id>
                        <p>
                            {sentence}" Or "
                            <a href=paths::FORGOT_PASSWORD>"set a new password"</a>"."
                        </p>
                    </Notice>
                }
                .erase()
            } else {
                view! {
                    <Notice tone=Tone::Danger urgent=true focused=true id>
                        <p>{sentence}</p>
                    </Notice>
                }
                .erase()
            }
        })
    })
}
