//! One of a few, all of them in sight.

use super::FormState;
use super::choice_group::choice_group;
use super::live::Erase;
use leptos::prelude::*;

/// A group of choices side by side, each a word or two.
#[component]
pub fn RadioGroup(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// The choices: what is sent, and what people read.
    choices: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let first = form.first(name);
    let choices = choices
        .iter()
        .map(|(value, text)| {
            view! {
                <label class="check">
                    <input
                        type="radio"
                        name=name
                        value=*value
                        required=true
                        checked=first == *value
                        on:change=move |_| form.change(name, (*value).to_owned())
                    />
                    {*text}
                </label>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    choice_group(form, name, label, "radio-row", choices)
}
