//! *Forgot password*: asks for a code.

use super::form::DoorForm;
use crate::api::sign_in::RequestReset;
use crate::components::field::Kind;
use crate::components::live::Erase;
use crate::components::{DoorFrame, FormState, Notice, TextField, Tone};
use crate::domain::{Email, FieldErrors};
use crate::paths;
use crate::viewer::use_page;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

/// The page.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let form = FormState::new("", RequestReset::PATH, &[("email", "")], |typed| {
        let mut errors = FieldErrors::new();
        errors.take("email", Email::parse(typed.get("email")));
        errors
    });
    if !use_page().mails_codes {
        return view! { <NoMail /> }.erase();
    }
    let title =
        move || if form.is_refused() { "Error: Forgot password" } else { "Forgot password" };
    view! {
        <Title text=title />
        <DoorFrame>
            <div>
                <h1>"Forgot password"</h1>
                <p class="lead">
                    "We send a code to your email address. With it you set a new password."
                </p>
            </div>
            <DoorForm form action=RequestReset::PATH label="Send code" busy_label="Sending code…">
                <TextField
                    form
                    name="email"
                    label="Email address"
                    kind=Kind::Email
                    autocomplete="username"
                    autofocus=!form.is_refused_at_first()
                />
            </DoorForm>
            <p class="small"><a href=paths::SIGN_IN>"Back to sign-in"</a></p>
        </DoorFrame>
    }
    .erase()
}

/// Where this installation sends no mail.
#[component]
fn NoMail() -> impl IntoView {
    view! {
        <Title text="Forgot password" />
        <DoorFrame>
            <h1>"Forgot password"</h1>
            <Notice tone=Tone::Information>
                "This installation sends no email. Ask the person who gave you access for a new temporary password."
            </Notice>
            <p class="small"><a href=paths::SIGN_IN>"Back to sign-in"</a></p>
        </DoorFrame>
    }
    .erase()
}
