//! One of a few, all of them in sight.

use super::FormState;
use super::field::FieldProblem;
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
    let id = form.id(name);
    let (label_id, error_id) = (format!("{id}-label"), format!("{id}-error"));
    let labelled_by = label_id.clone();
    let error = Memo::new(move |_| form.error(name));
    let described = {
        let error_id = error_id.clone();
        move || error.with(Option::is_some).then(|| error_id.clone())
    };
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
    view! {
        <fieldset
            class="choices"
            id=id
            role="radiogroup"
            tabindex="-1"
            aria-labelledby=labelled_by
            aria-required="true"
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            aria-describedby=described
        >
            <legend id=label_id>{label}</legend>
            <div class="radio-row">{choices}</div>
            <FieldProblem error_id error />
        </fieldset>
    }
    .erase()
}
