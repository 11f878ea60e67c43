//! The pencil: name and logo, edited in place.

use super::facts::PENCIL;
use crate::api::organisations::EditOrganisation;
use crate::components::field::Kind;
use crate::components::live::{Erase, live};
use crate::components::messages::use_messages;
use crate::components::{
    ErrorSummary, FormNotice, FormState, Plate, Question, SubmitButton, TextField, dom,
};
use crate::domain::organisation::field;
use crate::domain::{ConflictingEdit, Organisation, OrganisationEdit};
use crate::error::PublicError;
use crate::{pages, paths};
use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

fn logo_of(organisation: &Organisation) -> String {
    organisation.logo.clone().map(String::from).unwrap_or_default()
}

/// The form in the place of the head.
#[component]
pub fn Edit(
    /// The organisation as it is now.
    organisation: Signal<Organisation>,
    /// Where the edited organisation goes.
    edited: RwSignal<Option<Organisation>>,
    /// Whether this form is open.
    editing: RwSignal<bool>,
) -> impl IntoView {
    let before = organisation.get_untracked();
    let id = before.id;
    let fields = [(field::NAME, before.name.as_str()), (field::LOGO, &logo_of(&before))];
    let form = FormState::new("", EditOrganisation::PATH, &fields, |typed| {
        OrganisationEdit::parse(typed.get(field::NAME), typed.get(field::LOGO))
            .err()
            .unwrap_or_default()
    });
    let conflict = move || match form.failure() {
        Some(PublicError::Conflict(conflict)) => Some(*conflict),
        _ => None,
    };
    let version =
        move || conflict().map_or(before.version, |conflict| conflict.current.version).to_string();
    let messages = use_messages();
    let close = move || {
        editing.set(false);
        dom::focus(PENCIL);
    };
    let submit = move |submit: SubmitEvent| {
        form.send::<EditOrganisation>(&submit, move |saved| {
            edited.set(Some(saved));
            close();
            messages.say(pages::outcome::SAVED);
            false
        });
    };
    let cancel = move |click: MouseEvent| {
        click.prevent_default();
        if let Some(conflict) = untrack(conflict) {
            edited.set(Some(conflict.current));
        }
        close();
    };
    // With scripts the focus comes along; on a loaded page `autofocus` has it.
    Effect::new(move |_| {
        if !form.is_refused_at_first() {
            dom::focus(&form.id(field::NAME));
        }
    });
    let name = before.name.to_string();
    view! {
        <h1 class="hidden">"Edit "{name.clone()}</h1>
        <div class="organisation-edit card">
            <form
                class="form"
                method="post"
                action=EditOrganisation::PATH
                novalidate=true
                aria-label=format!("Edit {name}")
                on:submit=submit
            >
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="version" value=version />
                <ErrorSummary form />
                {live(move || match conflict() {
                    Some(conflict) => conflict_panel(form, &conflict),
                    None => view! { <FormNotice form /> }.erase(),
                })}
                <TextField
                    form
                    name=field::NAME
                    label="Partner organisation name"
                    autofocus=!form.is_refused_at_first()
                />
                <div class="logo-field">
                    <TextField
                        form
                        name=field::LOGO
                        label="Logo (URL)"
                        help="An https address of a picture. Initials stand in where there is none."
                        kind=Kind::Url
                        optional=true
                    />
                    <Plate name=form.text(field::NAME) logo=form.text(field::LOGO) id=id />
                </div>
                <div class="actions">
                    {live(move || if conflict().is_some() {
                        view! {
                            <SubmitButton label="Save over it" busy_label="Saving…" busy=form.busy() />
                        }
                        .erase()
                    } else {
                        view! { <SubmitButton label="Save" busy_label="Saving…" busy=form.busy() /> }
                            .erase()
                    })}
                    <a class="button plain" href=paths::organisation(id) on:click=cancel>
                        {move || if conflict().is_some() { "Discard my changes" } else { "Cancel" }}
                    </a>
                </div>
            </form>
        </div>
    }
    .erase()
}

/// What somebody else saved meanwhile, beside what was typed here.
fn conflict_panel(form: FormState, conflict: &ConflictingEdit) -> AnyView {
    let current = &conflict.current;
    let saved_at = current.updated_at.full();
    let caption = format!("What changed, {saved_at}");
    let both = [
        (
            "Partner organisation name",
            current.name.to_string(),
            form.text(field::NAME).get_untracked(),
        ),
        ("Logo (URL)", logo_of(current), form.text(field::LOGO).get_untracked()),
    ];
    let rows = both
        .into_iter()
        .filter(|(_, saved, typed)| saved.trim() != typed.trim())
        .map(|(label, saved, typed)| {
            let shown = |text: String| if text.is_empty() { "None".to_owned() } else { text };
            view! { <tr><th scope="row">{label}</th><td>{shown(saved)}</td><td>{shown(typed)}</td></tr> }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    let title = format!("{} changed this organisation while you were editing", current.updated_by);
    view! {
        <Question id=form.panel_id() title>
            <p>"What you typed is kept below and not saved yet."</p>
            <table class="compare">
                <caption class="hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Saved "{saved_at}</th>
                        <th scope="col">"You typed"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </Question>
    }
    .erase()
}
