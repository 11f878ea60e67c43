//! What surrounds a control: label above, one line of help under it, the error
//! under the control and tied to it.

use super::FormState;
use super::field::FieldProblem;
use super::live::{Erase, any};
use leptos::prelude::*;

/// A field to be built around a control.
pub struct FieldBox {
    /// The form it belongs to.
    pub form: FormState,
    /// Its name in the form.
    pub name: String,
    /// Its label, which is its accessible name.
    pub label: String,
    /// What to know before filling it in; may be empty.
    pub help: &'static str,
    /// Whether it may be left empty.
    pub optional: bool,
}

/// What the control inside has to wear.
pub struct Control {
    /// Its ID.
    pub id: String,
    /// The IDs of what describes it.
    pub described_by: Signal<Option<String>>,
    /// `aria-invalid`.
    pub invalid: Signal<Option<&'static str>>,
}

impl FieldBox {
    /// Builds the field around the control that `control` makes.
    pub fn around(self, control: impl FnOnce(Control) -> AnyView) -> AnyView {
        let Self { form, name, label, help, optional } = self;
        let id = form.id(&name);
        let part = |part: &str| format!("{id}-{part}");
        let (optional_id, help_id, error_id) = (part("optional"), part("help"), part("error"));
        let error = Memo::new(move |_| form.error(&name));
        let fixed: Vec<String> = [(optional, &optional_id), (!help.is_empty(), &help_id)]
            .into_iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, id)| id.clone())
            .collect();
        let described_by = Signal::derive({
            let error_id = error_id.clone();
            move || {
                let wrong = error.with(Option::is_some).then(|| error_id.clone());
                let ids: Vec<String> = fixed.iter().cloned().chain(wrong).collect();
                (!ids.is_empty()).then(|| ids.join(" "))
            }
        });
        let invalid = Signal::derive(move || error.with(Option::is_some).then_some("true"));
        let label = view! { <label class="label" for=id.clone()>{label}</label> };
        let optional =
            optional.then(|| view! { <span class="optional" id=optional_id>"Optional"</span> });
        let help = (!help.is_empty()).then(|| view! { <p class="help" id=help_id>{help}</p> });
        view! {
            <div class="field">
                <div class="field-head">{label}{any(optional)}</div>
                {any(help)}
                {control(Control { id, described_by, invalid })}
                <FieldProblem error_id error />
            </div>
        }
        .erase()
    }
}
