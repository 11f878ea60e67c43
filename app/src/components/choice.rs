//! The radio group *Zuora Invoice Owner*.

use super::FormState;
use super::field::FieldProblem;
use super::live::Erase;
use crate::domain::InvoiceOwner;
use crate::domain::organisation::field::INVOICE_OWNER;
use leptos::prelude::*;

/// Who receives the invoices: two choices, each with a sentence on what it
/// does; neither is made beforehand.
#[component]
pub fn InvoiceOwnerChoice(
    /// The form it belongs to.
    form: FormState,
) -> impl IntoView {
    let id = form.id(INVOICE_OWNER);
    let (label_id, error_id) = (format!("{id}-label"), format!("{id}-error"));
    let labelled_by = label_id.clone();
    let error = Memo::new(move |_| form.error(INVOICE_OWNER));
    let first = form.first(INVOICE_OWNER);
    let choices = InvoiceOwner::ALL
        .map(|owner| {
            let choice_id = format!("{id}-{}", owner.as_str());
            let help_id = format!("{choice_id}-help");
            view! {
                <div class="choice">
                    <input
                        type="radio"
                        id=choice_id.clone()
                        name=INVOICE_OWNER
                        value=owner.as_str()
                        required=true
                        aria-describedby=help_id.clone()
                        checked=first == owner.as_str()
                        on:change=move |_| form.change(INVOICE_OWNER, owner.as_str().to_owned())
                    />
                    <label for=choice_id>{owner.label()}</label>
                    <p id=help_id>{owner.effect()}</p>
                </div>
            }
        })
        .into_iter()
        .map(Erase::erase)
        .collect::<Vec<_>>();
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
            <legend id=label_id>"Zuora Invoice Owner"</legend>
            <div class="choice-list">{choices}</div>
            <FieldProblem error_id error />
        </fieldset>
    }
    .erase()
}
