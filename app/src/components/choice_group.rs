//! What groups of radio buttons have in common.

use super::FormState;
use super::field::FieldProblem;
use super::live::Erase;
use leptos::prelude::*;

/// A named group of radio buttons with what is wrong with it, if something is.
/// `class` says how they are laid out.
pub(super) fn choice_group(
    form: FormState,
    name: &'static str,
    label: &'static str,
    class: &'static str,
    choices: Vec<AnyView>,
) -> AnyView {
    let id = form.id(name);
    let (label_id, error_id) = (format!("{id}-label"), format!("{id}-error"));
    let labelled_by = label_id.clone();
    let error = Memo::new(move |_| form.error(name));
    let described = {
        let error_id = error_id.clone();
        move || error.with(Option::is_some).then(|| error_id.clone())
    };
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
            <div class=class>{choices}</div>
            <FieldProblem error_id error />
        </fieldset>
    }
    .erase()
}
