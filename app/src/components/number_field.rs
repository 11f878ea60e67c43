//! A number with what it counts.

use super::FormState;
use super::field_box::{Control, FieldBox};
use super::live::{Erase, any};
use leptos::prelude::*;

/// A short field for digits, with the unit after it. The keyboard of a phone
/// shows digits; what is no number is said beside the field.
#[component]
pub fn NumberField(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What to know before typing.
    #[prop(optional)]
    help: &'static str,
    /// What the number counts.
    unit: Option<String>,
    /// Whether it may be left empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let (typed_into, left) = (name.clone(), name.clone());
    let unit = unit.map(|unit| view! { <span class="unit">{unit}</span> });
    let (field, first) = (name.clone(), form.first(&name));
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <span class="counted">
                <input
                    class="input number-input"
                    id=id
                    name=field
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    value=first
                    required=!optional
                    aria-describedby=described_by
                    aria-invalid=invalid
                    on:input=move |event| form.change(&typed_into, event_target_value(&event))
                    on:blur=move |event| form.blurred(&left, &event)
                />
                {any(unit)}
            </span>
        }
        .erase()
    };
    FieldBox { form, name, label, help, optional }.around(control)
}
