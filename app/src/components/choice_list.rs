//! One of a few, each with a sentence.

use super::FormState;
use super::choice_group::choice_group;
use super::live::{Erase, any};
use leptos::prelude::*;

/// A choice with what it means.
#[derive(Clone, Debug)]
pub struct Described {
    /// What is sent.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// What it does; may be empty.
    pub help: String,
}

/// A group of choices below each other, each with a sentence on what it does.
#[component]
pub fn ChoiceList(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// The choices.
    choices: Vec<Described>,
) -> impl IntoView {
    let id = form.id(name);
    let first = form.first(name);
    let choices = choices
        .into_iter()
        .map(|Described { value, label, help }| {
            let choice_id = format!("{id}-{value}");
            let help_id = format!("{choice_id}-help");
            let described_by = (!help.is_empty()).then(|| help_id.clone());
            let checked = first == value;
            let chosen = value.clone();
            view! {
                <div class="choice">
                    <input
                        type="radio"
                        id=choice_id.clone()
                        name=name
                        value=value
                        required=true
                        aria-describedby=described_by
                        checked=checked
                        on:change=move |_| form.change(name, chosen.clone())
                    />
                    <label for=choice_id><bdi>{label}</bdi></label>
                    {any((!help.is_empty()).then(|| view! { <p id=help_id>{help}</p> }))}
                </div>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    choice_group(form, name, label, "choice-list", choices)
}
