//! The first own password, after signing in with a temporary one.

use super::form::DoorForm;
use super::password::{NEW_PASSWORD, NewPasswordField};
use crate::api::sign_in::{GetNewPasswordPage, SetFirstPassword};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::{DoorFrame, Failure, FormState};
use crate::domain::{FieldErrors, PasswordPolicy};
use crate::paths;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::components::Redirect;

/// The page. Where no sign-in waits for a new password, it leads to sign-in.
#[component]
pub fn NewPasswordPage() -> impl IntoView {
    let page = load(|| GetNewPasswordPage {});
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <DoorFrame>
            <Suspense>
                {shown(move || page.get().map(|answer| match answer {
                    Ok(page) => match page.email {
                        Some(email) => view! { <NewPasswordForm policy=page.policy email /> }.erase(),
                        None => view! { <Redirect path=paths::SIGN_IN /> }.erase(),
                    },
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
fn NewPasswordForm(policy: PasswordPolicy, email: String) -> impl IntoView {
    let form = FormState::new("", SetFirstPassword::PATH, &[(NEW_PASSWORD, "")], {
        let (policy, email) = (policy.clone(), email.clone());
        move |typed| {
            let mut errors = FieldErrors::new();
            errors.take(NEW_PASSWORD, policy.check(typed.get(NEW_PASSWORD), &email));
            errors
        }
    });
    let title =
        move || if form.is_refused() { "Error: Set a new password" } else { "Set a new password" };
    view! {
        <Title text=title />
        <div>
            <h1>"Set a new password"</h1>
            <p class="lead">
                "You signed in with a temporary password. Choose one of your own."
            </p>
        </div>
        <DoorForm form action=SetFirstPassword::PATH label="Set password" busy_label="Setting password…">
            <input
                class="hidden"
                type="email"
                name="username"
                value=email.clone()
                autocomplete="username"
                readonly=true
                tabindex="-1"
                aria-hidden="true"
            />
            <NewPasswordField form policy email=email autofocus=!form.is_refused_at_first() />
        </DoorForm>
    }
    .erase()
}
