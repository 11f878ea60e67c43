//! A day.

use super::FormState;
use super::field_box::{Control, FieldBox};
use super::live::Erase;
use crate::domain::day;
use leptos::prelude::*;
use time::Date;

/// The browser's own field for a day, as `2026-11-24`.
#[component]
pub fn DateField(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What to know before choosing.
    #[prop(optional)]
    help: &'static str,
    /// The first day that can be chosen.
    #[prop(optional, into)]
    min: Option<Date>,
    /// Whether it may be left empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let first = form.first(name);
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <input
                class="input date-input"
                id=id
                name=name
                type="date"
                min=min.map(day::iso)
                value=first
                required=!optional
                aria-describedby=described_by
                aria-invalid=invalid
                on:input=move |event| form.change(name, event_target_value(&event))
                on:blur=move |event| form.blurred(name, &event)
            />
        }
        .erase()
    };
    FieldBox { form, name: name.to_owned(), label: label.to_owned(), help, optional }
        .around(control)
}
