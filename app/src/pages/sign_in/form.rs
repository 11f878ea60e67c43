//! The forms before anybody is signed in: one column, one button.

use crate::components::live::Erase;
use crate::components::{ErrorSummary, FormNotice, FormState, SubmitButton};
use leptos::prelude::*;

/// A form with what is wrong with it above and its one button below.
#[component]
pub fn DoorForm(
    /// What is typed in it.
    form: FormState,
    /// Where it is sent.
    action: &'static str,
    /// What the button says.
    label: &'static str,
    /// What the button says while the form is sent.
    busy_label: &'static str,
    /// Stands where else the server's refusal would.
    #[prop(optional)]
    refusal: Option<AnyView>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let refusal = refusal.unwrap_or_else(|| view! { <FormNotice form /> }.erase());
    view! {
        <ErrorSummary form />
        {refusal}
        <form
            class="form"
            method="post"
            action=action
            novalidate=true
            on:submit=move |submit| form.post(&submit)
        >
            {children()}
            <SubmitButton class="primary whole" label busy_label busy=form.busy() />
        </form>
    }
    .erase()
}
