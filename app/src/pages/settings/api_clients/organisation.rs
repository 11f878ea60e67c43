//! Which partner organisation a client is for: a search and a choice; without
//! scripts its ID, which can be typed.

use crate::api::partner_pages::OrganisationNames;
use crate::ask::ask;
use crate::components::field::{FieldProblem, Kind};
use crate::components::live::{Erase, live};
use crate::components::{FormState, TextField};
use crate::domain::OrganisationId;
use crate::domain::api_client::field::ORGANISATION;
use crate::pages::settings::chosen_partners::{Named, PartnerSearch, hold_enter};
use leptos::prelude::*;
use leptos::task::spawn_local;

const SCOPE: &str = "The client sees what is that organisation’s, and nothing else.";

/// *Partner organisation*
#[component]
pub fn OrganisationChoice(
    /// The form.
    form: FormState,
) -> impl IntoView {
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    live(move || {
        if alive.get() {
            view! { <Search form /> }.erase()
        } else {
            view! {
                <TextField
                    form
                    name=ORGANISATION
                    label="Partner Organisation ID"
                    help="It stands on the organisation’s page. The client sees what is that organisation’s, and nothing else."
                    kind=Kind::Id
                />
            }
            .erase()
        }
    })
}

/// The search, and below it what was found, one of which can be chosen.
#[component]
fn Search(form: FormState) -> impl IntoView {
    let search = PartnerSearch::new();
    // What was chosen stays in sight while others are looked for. The list is
    // not made anew when one is chosen: it has the focus in it then.
    let chosen = StoredValue::new(None::<Named>);
    Effect::new(move |_| {
        search.look(String::new());
        if let Ok(id) = form.text(ORGANISATION).get_untracked().parse::<OrganisationId>() {
            spawn_local(async move {
                let found = ask(&OrganisationNames { ids: vec![id] }).await.unwrap_or_default();
                chosen.try_set_value(found.into_iter().next());
                search.found.try_update(|_| ());
            });
        }
    });
    let error = Memo::new(move |_| form.error(ORGANISATION));
    let id = form.id(ORGANISATION);
    let part = |part: &str| format!("{}-{part}", form.id(ORGANISATION));
    let (search_id, help_id, error_id) = (part("search"), part("help"), part("error"));
    let legend_id = part("label");
    let labelled_by = legend_id.clone();
    let described = {
        let (help_id, error_id) = (help_id.clone(), error_id.clone());
        move || {
            let wrong = error.with(Option::is_some).then(|| format!(" {error_id}"));
            format!("{help_id}{}", wrong.unwrap_or_default())
        }
    };
    let choices = live(move || {
        let mut all: Vec<Named> = chosen.get_value().into_iter().collect();
        search.found.with(|found| {
            let others = found.iter().filter(|(id, _)| all.iter().all(|(known, _)| known != id));
            let others: Vec<Named> = others.cloned().collect();
            all.extend(others);
        });
        if all.is_empty() {
            let nothing = search.text.with(|text| !text.trim().is_empty()) && !search.has_failed();
            return nothing
                .then(|| view! { <p class="quiet">"No partner organisation is like that."</p> })
                .into_any();
        }
        all.into_iter().map(|named| choice(form, chosen, named)).collect::<Vec<_>>().into_any()
    });
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
            <legend id=legend_id>"Partner organisation"</legend>
            <p class="help" id=help_id>{SCOPE}</p>
            <div class="field">
                <label class="label" for=search_id.clone()>"Search name, ID or email"</label>
                <input
                    class="input"
                    id=search_id
                    type="search"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || search.text.get()
                    on:input=move |event| search.look(event_target_value(&event))
                    on:keydown=hold_enter
                />
            </div>
            <div class="choice-list">{choices}</div>
            {search.outcome()}
            <FieldProblem error_id error />
        </fieldset>
    }
    .erase()
}

fn choice(form: FormState, chosen: StoredValue<Option<Named>>, named: Named) -> AnyView {
    let value = named.0.to_string();
    let choice_id = format!("{}-{value}", form.id(ORGANISATION));
    let name = named.1.to_string();
    let is_chosen = {
        let (text, value) = (form.text(ORGANISATION), value.clone());
        move || text.with(|text| *text == value)
    };
    let choose = {
        let value = value.clone();
        move |_| {
            form.change(ORGANISATION, value.clone());
            chosen.set_value(Some(named.clone()));
        }
    };
    view! {
        <div class="choice">
            <input
                type="radio"
                id=choice_id.clone()
                name=ORGANISATION
                value=value
                prop:checked=is_chosen
                on:change=choose
            />
            <label for=choice_id><bdi>{name}</bdi></label>
        </div>
    }
    .erase()
}
