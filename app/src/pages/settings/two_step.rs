//! Two-step sign-in in the settings: an admin's own, and who has to use it.

use super::SETTINGS;
use crate::api::two_step::{GetTwoStepPolicy, SetTwoStepPolicy};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{
    Crumb, ErrorSummary, Failure, FormNotice, FormState, PageFrame, RadioGroup, SubmitButton,
};
use crate::domain::two_step::field;
use crate::domain::{FieldErrors, TwoStepPolicy};
use crate::pages::outcome;
use crate::pages::two_step::TwoStepContent;
use crate::part::page_in_part;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

const WAY: &[Crumb] = &[SETTINGS];

const CHOICES: &[(&str, &str)] =
    &[("optional", "Nobody"), ("admins", "Admins"), ("everyone", "Everyone")];

page_in_part!(
    /// `/settings/two-step`
    AdminTwoStepRoute, settings, admin_two_step_page, preload_admin_two_step, AdminTwoStepPage
);

/// An admin's own.
#[component]
fn AdminTwoStepPage() -> impl IntoView {
    view! {
        <PageFrame way=WAY here=|| "Two-step sign-in"><TwoStepContent /></PageFrame>
    }
    .erase()
}

/// Who has to use it, under *Installation*.
#[component]
pub fn TwoStepSection() -> impl IntoView {
    let policy = load(|| GetTwoStepPolicy {});
    let retry = Callback::new(move |()| policy.refetch());
    view! {
        <section class="section narrow" aria-labelledby="two-step-title">
            <div class="page-head"><h2 id="two-step-title">"Two-step sign-in"</h2></div>
            <Transition>
                {shown(move || policy.get().map(|answer| match answer {
                    Ok(policy) => view! { <Policy policy /> }.erase(),
                    Err(error) => view! {
                        <Failure title="The setting could not be read" error retry />
                    }.erase(),
                }))}
            </Transition>
        </section>
    }
    .erase()
}

#[component]
fn Policy(policy: TwoStepPolicy) -> impl IntoView {
    let texts = [(field::POLICY, policy.as_str())];
    let form = FormState::new("two-step-", SetTwoStepPolicy::PATH, &texts, |typed| {
        let mut errors = FieldErrors::new();
        errors.take(field::POLICY, TwoStepPolicy::parse(typed.get(field::POLICY)));
        errors
    });
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SetTwoStepPolicy>(&submit, move |()| {
            messages.say(outcome::SAVED);
            true
        });
    };
    view! {
        <form
            class="form card"
            method="post"
            action=SetTwoStepPolicy::PATH
            novalidate=true
            aria-label="Two-step sign-in"
            on:submit=submit
        >
            <ErrorSummary form />
            <FormNotice form />
            <RadioGroup form name=field::POLICY label="Who has to sign in in two steps" choices=CHOICES />
            <p class="help">
                "Whoever has to, and has no authenticator app yet, sets one up at the next sign-in. Everybody else may. A partner organisation can also require it of its own users: on its page."
            </p>
            <div class="actions">
                <SubmitButton class="" label="Apply" busy_label="Applying…" busy=form.busy() />
            </div>
        </form>
    }
    .erase()
}
