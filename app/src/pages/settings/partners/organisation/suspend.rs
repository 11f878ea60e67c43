//! *Suspend* asks first: whom, and what happens. *Reactivate* does not.

use crate::api::organisations::SetOrganisationSuspended;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::{CancelButton, Dialog, FormNotice, FormState, Notice, SubmitButton, Tone};
use crate::domain::{FieldErrors, Organisation};
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// *Suspend* beside the organisation's name, which opens the question.
#[component]
pub fn SuspendButton(
    /// The organisation.
    organisation: Organisation,
    /// Whether it is asked.
    asking: RwSignal<bool>,
) -> impl IntoView {
    let ask = move |submit: SubmitEvent| {
        submit.prevent_default();
        asking.set(true);
    };
    any(organisation.suspended_at.is_none().then(|| {
        view! {
            <form class="suspend" action=paths::organisation(organisation.id) on:submit=ask>
                <button class="button" name=paths::OPENS_SUSPEND value="1">"Suspend"</button>
            </form>
        }
    }))
}

/// Says that the organisation is suspended, with the way back; and the question
/// whether to suspend it.
#[component]
pub fn Suspension(
    /// The organisation as it is now.
    organisation: Signal<Organisation>,
    /// Where it goes once that has changed.
    edited: RwSignal<Option<Organisation>>,
    /// Whether it is asked.
    asking: RwSignal<bool>,
) -> impl IntoView {
    let name = move || organisation.with(|organisation| organisation.name.to_string());
    let title = Signal::derive(move || format!("Suspend {}", name()));
    let since = Memo::new(move |_| organisation.with(|organisation| organisation.suspended_at));
    let id = organisation.with_untracked(|organisation| organisation.id);
    let messages = use_messages();
    let switch = move |form: FormState, submit: SubmitEvent| {
        form.send::<SetOrganisationSuspended>(&submit, move |after| {
            asking.set(false);
            messages.say(outcome::suspended(&after));
            edited.set(Some(after));
            true
        });
    };
    let new_form = |prefix| {
        FormState::new(prefix, SetOrganisationSuspended::PATH, &[], |_| FieldErrors::new())
    };
    let (suspend, reactivate) = (new_form("suspend-"), new_form("reactivate-"));
    view! {
        {shown(move || since.get().map(|since| view! {
            <Notice tone=Tone::Warning>
                <h2>{format!("Suspended since {}", since.short())}</h2>
                <p>"Its users cannot sign in. Orders that were placed before are carried out."</p>
                <form
                    method="post"
                    action=SetOrganisationSuspended::PATH
                    on:submit=move |submit| switch(reactivate, submit)
                >
                    <input type="hidden" name="organisation" value=id.to_string() />
                    <input type="hidden" name="suspended" value="false" />
                    <FormNotice form=reactivate />
                    <SubmitButton
                        class=""
                        label="Reactivate"
                        busy_label="Reactivating…"
                        busy=reactivate.busy()
                    />
                    <a class="button plain" href=paths::delete_organisation(id)>"Delete…"</a>
                </form>
            </Notice>
        }))}
        <Dialog id="suspend" open=asking title>
            <form
                method="post"
                action=SetOrganisationSuspended::PATH
                on:submit=move |submit| switch(suspend, submit)
            >
                <input type="hidden" name="organisation" value=id.to_string() />
                <input type="hidden" name="suspended" value="true" />
                <div class="dialog-body">
                    <FormNotice form=suspend />
                    <p>
                        "Nobody of "
                        <bdi>{name}</bdi>
                        " can sign in any more, and the sessions of all its users end at once. Who tries is told whom to ask."
                    </p>
                    <p class="quiet">
                        "Subscriptions go on, and orders that were placed before are carried out. You can reactivate it at any time."
                    </p>
                </div>
                <div class="dialog-foot">
                    <SubmitButton
                        class="danger"
                        label="Suspend"
                        busy_label="Suspending…"
                        busy=suspend.busy()
                    />
                    <CancelButton open=asking first=true />
                </div>
            </form>
        </Dialog>
    }
    .erase()
}
