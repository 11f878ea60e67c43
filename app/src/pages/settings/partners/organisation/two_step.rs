//! Two-step sign-in of an organisation's users: whether they have to, and for
//! somebody who has lost the app.

use super::user_row::remove_two_step;
use super::users::UsersState;
use crate::api::two_step::{RemoveTwoStep, RequiresTwoStep, SetRequiresTwoStep};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{CancelButton, Dialog, Failure, FormNotice, FormState, SubmitButton};
use crate::domain::{FieldErrors, OrganisationId};
use crate::pages::outcome;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The switch, below the users.
#[component]
pub fn TwoStepSection(
    /// Whose users.
    organisation: OrganisationId,
) -> impl IntoView {
    let required = load(move || RequiresTwoStep { organisation });
    let retry = Callback::new(move |()| required.refetch());
    view! {
        <section class="section narrow" aria-labelledby="two-step-title">
            <div class="page-head"><h2 id="two-step-title">"Two-step sign-in"</h2></div>
            <Transition>
                {shown(move || required.get().map(|answer| match answer {
                    Ok(required) => view! { <Switch organisation required /> }.erase(),
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
fn Switch(organisation: OrganisationId, required: bool) -> impl IntoView {
    let form = FormState::new("two-step-", SetRequiresTwoStep::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SetRequiresTwoStep>(&submit, move |required| {
            messages.say(outcome::two_step_required(required));
            true
        });
    };
    view! {
        <form class="form card" method="post" action=SetRequiresTwoStep::PATH on:submit=submit>
            <FormNotice form />
            <input type="hidden" name="organisation" value=organisation.to_string() />
            <div class="switch-row">
                <input
                    class="switch"
                    type="checkbox"
                    role="switch"
                    id="two-step-required"
                    name="required"
                    value="true"
                    aria-describedby="two-step-required-help"
                    checked=required
                />
                <label for="two-step-required">"Its users have to sign in in two steps"</label>
                <p class="help" id="two-step-required-help">
                    "Whoever has no authenticator app yet sets one up at the next sign-in."
                </p>
            </div>
            <div class="actions">
                <SubmitButton class="" label="Apply" busy_label="Applying…" busy=form.busy() />
            </div>
        </form>
    }
    .erase()
}

/// *Remove two-step sign-in* asks first: whose, and what happens.
#[component]
pub fn RemoveTwoStepDialog(
    /// The users.
    state: UsersState,
) -> impl IntoView {
    let title = Signal::derive(move || {
        state.removing.with(|user| {
            user.as_ref().map_or_else(
                || "Remove two-step sign-in".to_owned(),
                |user| format!("Remove two-step sign-in of {}", user.name),
            )
        })
    });
    view! {
        <Dialog id="remove-two-step" open=state.asking_to_remove title>
            {shown(move || state.removing.get().map(|user| {
                let remove = remove_two_step(state);
                let submit = move |submit: SubmitEvent| {
                    remove(submit);
                    state.asking_to_remove.set(false);
                };
                view! {
                    <form method="post" action=RemoveTwoStep::PATH on:submit=submit>
                        <input type="hidden" name="user" value=user.id.to_string() />
                        <div class="dialog-body">
                            <p>
                                "For somebody who has lost the app and the recovery codes. Make sure that it is "
                                <bdi>{user.name.to_string()}</bdi>
                                " who asks for it: from now on the password alone signs them in."
                            </p>
                            <p class="quiet">
                                "Their open sessions end. Where they have to sign in in two steps, they set it up anew at the next sign-in."
                            </p>
                        </div>
                        <div class="dialog-foot">
                            <button class="button danger">"Remove"</button>
                            <CancelButton open=state.asking_to_remove first=true />
                        </div>
                    </form>
                }
            }))}
        </Dialog>
    }
    .erase()
}
