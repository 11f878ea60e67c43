//! A new password, with the code that was sent.

use super::form::DoorForm;
use super::password::{NEW_PASSWORD, NewPasswordField};
use crate::api::sign_in::{GetNewPasswordPage, RequestReset, ResetPassword};
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, shown};
use crate::components::{DoorFrame, Failure, FormState, TextField};
use crate::domain::{Email, FieldErrors, PasswordPolicy};
use crate::flash::use_flash;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

/// The page. It says nothing about whether the address has an account.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let page = load(|| GetNewPasswordPage {});
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <DoorFrame>
            <Suspense>
                {shown(move || page.get().map(|answer| match answer {
                    Ok(page) => view! { <ResetForm policy=page.policy /> }.erase(),
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
fn ResetForm(policy: PasswordPolicy) -> impl IntoView {
    let asked = use_flash(RequestReset::PATH);
    let address = asked.as_ref().and_then(|flash| flash.field("email")).unwrap_or_default();
    let lead = if address.is_empty() {
        "If your address can sign in here, a code is on its way to it.".to_owned()
    } else {
        format!("If {address} can sign in here, a code is on its way to it.")
    };
    let fields = [("email", address), ("code", ""), (NEW_PASSWORD, "")];
    let form = FormState::new("", ResetPassword::PATH, &fields, {
        let policy = policy.clone();
        move |typed| {
            let mut errors = FieldErrors::new();
            errors.take("email", Email::parse(typed.get("email")));
            if typed.get("code").trim().is_empty() {
                errors.push("code", "Enter the code from the newest email.");
            }
            let kept = policy.check(typed.get(NEW_PASSWORD), typed.get("email").trim());
            errors.take(NEW_PASSWORD, kept);
            errors
        }
    });
    let email = form.text("email");
    let title =
        move || if form.is_refused() { "Error: Set a new password" } else { "Set a new password" };
    view! {
        <Title text=title />
        <div>
            <h1>"Set a new password"</h1>
            <p class="lead">{lead}</p>
        </div>
        <DoorForm form action=ResetPassword::PATH label="Set password" busy_label="Setting password…">
            <TextField
                form
                name="email"
                label="Email address"
                kind=Kind::Email
                autocomplete="username"
            />
            <TextField
                form
                name="code"
                label="Code"
                kind=Kind::Code
                autocomplete="one-time-code"
                autofocus=!form.is_refused_at_first()
            />
            <NewPasswordField form policy email />
        </DoorForm>
        <form method="post" action=RequestReset::PATH class="small quiet">
            <input type="hidden" name="email" value=move || email.get() />
            "No code after a few minutes? Look in the spam folder, or "
            <button class="link">"send another code"</button>
            "."
        </form>
    }
    .erase()
}
