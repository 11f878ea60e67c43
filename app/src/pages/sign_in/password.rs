//! The field *New password* with the rules, checked as they are typed.

use crate::components::field::Kind;
use crate::components::live::{Erase, live};
use crate::components::{FormState, Icon, TextField};
use crate::domain::PasswordPolicy;
use leptos::prelude::*;

/// Name of the field.
pub const NEW_PASSWORD: &str = "new_password";

const RULES: &str = "password-rules";

/// The field, a switch that shows what is typed, and the rules in force.
#[component]
pub fn NewPasswordField(
    /// The form it belongs to.
    form: FormState,
    /// The rules in force.
    policy: PasswordPolicy,
    /// Whose password it is, as far as that is known.
    #[prop(into)]
    email: Signal<String>,
    /// Whether the page opens with the focus here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let revealed = RwSignal::new(false);
    let password = form.text(NEW_PASSWORD);
    let rules = policy
        .0
        .into_iter()
        .map(|rule| {
            let met = Memo::new(move |_| {
                password.with(|password| email.with(|email| rule.is_met(password, email)))
            });
            view! {
                <li data-met=move || met.get().then_some("")>
                    {live(move || if met.get() {
                        view! { <Icon name="circle-check" /> }.erase()
                    } else {
                        view! { <Icon name="circle" /> }.erase()
                    })}
                    {rule.sentence()}
                    <span class="hidden">
                        {move || if met.get() { ": met" } else { ": not met yet" }}
                    </span>
                </li>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <TextField
            form
            name=NEW_PASSWORD
            label="New password"
            kind=Kind::Password
            autocomplete="new-password"
            described_by=RULES
            revealed=revealed
            autofocus
        />
        <label class="check needs-script">
            <input
                type="checkbox"
                on:change=move |event| revealed.set(event_target_checked(&event))
            />
            "Show password"
        </label>
        <ul class="rules" id=RULES>{rules}</ul>
    }
    .erase()
}
