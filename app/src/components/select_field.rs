//! One of a list.

use super::field_box::{Control, FieldBox};
use super::live::Erase;
use super::{FormState, Icon};
use leptos::prelude::*;

/// A choice of a list: what is sent, and what people read.
pub type Choice = (String, String);

/// A native list of choices. `others` stand in a group of their own.
#[component]
pub fn SelectField(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What to know before choosing.
    #[prop(optional)]
    help: &'static str,
    /// The choices, in their order.
    choices: Vec<Choice>,
    /// Further choices under a heading of their own.
    #[prop(optional)]
    others: Option<(&'static str, Vec<Choice>)>,
) -> impl IntoView {
    let first = form.first(name);
    let options = |choices: Vec<Choice>| {
        choices
            .into_iter()
            .map(|(value, text)| {
                let selected = value == first;
                view! { <option value=value selected=selected>{text}</option> }
            })
            .map(Erase::erase)
            .collect::<Vec<_>>()
    };
    let (choices, others) = (
        options(choices),
        others.map(|(heading, others)| {
            view! { <optgroup label=heading>{options(others)}</optgroup> }.erase()
        }),
    );
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <span class="select">
                <select
                    id=id
                    name=name
                    required=true
                    aria-describedby=described_by
                    aria-invalid=invalid
                    on:change=move |event| {
                        form.change(name, event_target_value(&event));
                        form.leave(name);
                    }
                >
                    {choices}
                    {others}
                </select>
                <Icon name="chevrons-up-down" />
            </span>
        }
        .erase()
    };
    FieldBox { form, name: name.to_owned(), label: label.to_owned(), help, optional: false }
        .around(control)
}
