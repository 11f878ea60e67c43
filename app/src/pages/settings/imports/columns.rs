//! What the columns of a file have: found by their names, and to be corrected.

use crate::api::imports::MatchColumns;
use crate::components::field_box::{Control, FieldBox};
use crate::components::live::{Erase, any};
use crate::components::{ErrorSummary, FormNotice, FormState, Icon, SubmitButton, Typed};
use crate::domain::import::column_field;
use crate::domain::{FieldErrors, Import, ImportKind, Matching};
use crate::flash::{Flash, use_flash};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// How the columns are sent, in their order.
pub(super) const SENT_AS: &str = "columns[]";

/// What was chosen, as the columns' fields.
fn chosen(typed: &Typed) -> Vec<String> {
    typed.iter().map(|(_, text)| text.to_owned()).collect()
}

fn check(kind: ImportKind, typed: &Typed) -> FieldErrors {
    Matching::parse(kind, &chosen(typed)).err().unwrap_or_default()
}

/// What the last plain post of this form said: each choice under the name of
/// its column.
fn said(import: &Import) -> Option<Flash> {
    let id = import.id.to_string();
    let mut flash = use_flash(MatchColumns::PATH).filter(|said| said.field("id") == Some(&id))?;
    let sent = std::mem::take(&mut flash.fields);
    let choices = sent.into_iter().filter(|(name, _)| name == SENT_AS);
    flash.fields =
        choices.enumerate().map(|(place, (_, word))| (column_field(place), word)).collect();
    Some(flash)
}

/// The form.
#[component]
pub fn Columns(
    /// The import, of which nothing was created yet.
    import: Import,
    /// Reads the page again.
    reload: Callback<()>,
) -> impl IntoView {
    let kind = import.kind;
    let names: Vec<String> = (0..import.columns.len()).map(column_field).collect();
    let first: Vec<(&str, &str)> = names
        .iter()
        .enumerate()
        .map(|(place, name)| (name.as_str(), import.matching.of(place).unwrap_or_default()))
        .collect();
    let said = said(&import);
    let form = FormState::after("", said, &first, move |typed| check(kind, typed));
    let submit = move |submit: SubmitEvent| {
        form.send::<MatchColumns>(&submit, move |()| {
            reload.run(());
            true
        });
    };
    let missing = import.matching.missing(kind);
    // What is amiss is in sight; what fits is folded away.
    let open = !missing.is_empty() || form.is_refused_at_first();
    let missing = (!missing.is_empty()).then(|| {
        let words = missing.join(", ");
        view! {
            <p class="import-missing">
                <Icon name="triangle-alert" />
                {format!("No column has: {words}. Choose it below, or add it to the file.")}
            </p>
        }
    });
    let matched = (0..names.len()).filter(|place| import.matching.of(*place).is_some()).count();
    let summary = format!("Columns: {matched} of {} are imported", names.len());
    let selects = import
        .columns
        .into_iter()
        .zip(names)
        .enumerate()
        .map(|(place, (label, name))| select(form, kind, place, label, name))
        .collect::<Vec<_>>();
    view! {
        <details class="fold import-match" open=open>
            <summary><Icon name="chevron-right" />{summary}</summary>
            {any(missing)}
            <form
                method="post"
                action=MatchColumns::PATH
                novalidate=true
                aria-label="Columns"
                on:submit=submit
            >
                <ErrorSummary form />
                <input type="hidden" name="id" value=import.id.to_string() />
                <input type="hidden" name="kind" value=kind.as_str() />
                <div class="import-selects">{selects}</div>
                <FormNotice form />
                <SubmitButton
                    class=""
                    label="Check again"
                    busy_label="Checking…"
                    busy=form.busy()
                />
            </form>
        </details>
    }
    .erase()
}

fn select(form: FormState, kind: ImportKind, place: usize, label: String, name: String) -> AnyView {
    let label = if label.is_empty() { format!("Column {}", place + 1) } else { label };
    let first = form.first(&name);
    let options = std::iter::once(("", "Not imported"))
        .chain(kind.fields().iter().map(|field| (field.name, field.label)))
        .map(|(value, text)| {
            view! { <option value=value selected=first == value>{text}</option> }.erase()
        })
        .collect::<Vec<_>>();
    let changed = name.clone();
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <span class="select">
                <select
                    id=id
                    name=SENT_AS
                    aria-describedby=described_by
                    aria-invalid=invalid
                    on:change=move |event| {
                        form.change(&changed, event_target_value(&event));
                        form.leave(&changed);
                    }
                >
                    {options}
                </select>
                <Icon name="chevrons-up-down" />
            </span>
        }
        .erase()
    };
    FieldBox { form, name, label, help: "", optional: false }.around(control)
}
