//! The chosen partner organisations of a form: their names, and a search that
//! adds to them; without scripts their IDs, which can be typed.

use crate::api::organisations::ListOrganisations;
use crate::api::partner_pages::OrganisationNames;
use crate::ask::ask;
use crate::components::live::{Erase, any, live, shown};
use crate::components::typing::Questions;
use crate::components::{FormState, Icon, TextArea};
use crate::domain::{OrganisationId, OrganisationName, OrganisationQuery};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long typing has to pause before somebody is looked for.
const PAUSE: Duration = Duration::from_millis(250);
/// How many are offered.
const OFFERED: usize = 8;

/// A partner organisation's ID and name.
pub type Named = (OrganisationId, OrganisationName);

/// A search for partner organisations by name, ID or email, while it is typed.
#[derive(Clone, Copy)]
pub struct PartnerSearch {
    /// What is typed.
    pub text: RwSignal<String>,
    /// The first few that were found.
    pub found: RwSignal<Vec<Named>>,
    /// Whether the last search failed.
    failed: RwSignal<bool>,
    questions: Questions,
}

impl PartnerSearch {
    /// A search for nothing yet.
    pub fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            found: RwSignal::new(Vec::new()),
            failed: RwSignal::new(false),
            questions: Questions::new(),
        }
    }

    /// Looks for this text once typing has paused; the newest question counts.
    pub fn look(self, text: String) {
        let Self { text: typed, found, failed, questions } = self;
        typed.set(text.clone());
        questions.ask(PAUSE, move |question| {
            spawn_local(async move {
                let query = OrganisationQuery { search: text, ..OrganisationQuery::default() };
                let page = ask(&ListOrganisations { query }).await;
                if question.is_newest() {
                    failed.set(page.is_err());
                    let rows = page.map(|page| page.rows).unwrap_or_default();
                    let first = rows.into_iter().take(OFFERED);
                    let named = first.map(|row| (row.organisation.id, row.organisation.name));
                    found.set(named.collect());
                }
            });
        });
    }

    /// Whether the last search failed.
    pub fn has_failed(self) -> bool {
        self.failed.get()
    }

    /// What a search has come to, for screen readers; and for everybody that it
    /// failed.
    pub fn outcome(self) -> AnyView {
        let words = move || {
            let number = self.found.with(Vec::len);
            if self.text.with(|text| text.trim().is_empty()) || self.failed.get() {
                String::new()
            } else {
                format!("{number} found")
            }
        };
        view! {
            <p class="hidden" role="status">{words}</p>
            {shown(move || self.failed.get().then(|| view! {
                <p class="quiet" role="alert">"Partners cannot be searched at the moment. Try again shortly."</p>
            }))}
        }
        .erase()
    }
}

/// *Enter* in a search that stands within a form looks for nothing new, and
/// does not send the form either.
pub fn hold_enter(key: KeyboardEvent) {
    if key.key() == "Enter" {
        key.prevent_default();
    }
}

/// Shown where *Chosen partners* is the choice made in the field `of`; without
/// scripts always.
#[component]
pub fn ChosenPartners(
    /// The form.
    form: FormState,
    /// The field in which `chosen` is one of the choices.
    of: &'static str,
    /// The name of the field with the IDs, one a line.
    name: &'static str,
    /// The name under which they are sent.
    sent_as: &'static str,
) -> impl IntoView {
    let choice = form.text(of);
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let unused = move || alive.get() && choice.with(|choice| choice != "chosen");
    let names = RwSignal::new(Vec::<Named>::new());
    let text = form.text(name);
    let chosen = Memo::new(move |_| text.with(|text| ids(text)));
    Effect::new(move |_| {
        let ids = chosen.get();
        let known = names.with_untracked(|names| {
            ids.iter().all(|id| names.iter().any(|(known, _)| known == id))
        });
        if !known {
            spawn_local(async move {
                let found = ask(&OrganisationNames { ids }).await.unwrap_or_default();
                names.try_update(|names| {
                    names.retain(|(id, _)| found.iter().all(|(other, _)| other != id));
                    names.extend(found);
                });
            });
        }
    });
    let listed = move || {
        let ids = chosen.get();
        let items: Vec<_> = names.with(|names| {
            let listed = names.iter().filter(|(id, _)| ids.contains(id));
            listed.map(|(id, named)| chosen_item(form, name, *id, named)).collect()
        });
        view! { <ul class="chips" aria-label="Chosen partners">{items}</ul> }.erase()
    };
    let control = move || {
        if alive.get() {
            view! {
                <div class="form">
                    <input
                        type="hidden"
                        id=form.id(name)
                        name=sent_as
                        prop:value=move || text.get()
                    />
                    {live(listed)}
                    <AddPartner form name names />
                </div>
            }
            .erase()
        } else {
            view! {
                <TextArea
                    form
                    name
                    label="Partner Organisation IDs"
                    help="One a line. They stand on each partner’s page."
                    rows=3
                    mono=true
                    optional=true
                    sent_as
                />
            }
            .erase()
        }
    };
    view! { <div class="form chosen-partners" hidden=unused>{live(control)}</div> }.erase()
}

/// The IDs among what was typed.
fn ids(text: &str) -> Vec<OrganisationId> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    words.filter_map(|word| word.parse().ok()).collect()
}

fn chosen_item(
    form: FormState,
    field: &'static str,
    id: OrganisationId,
    name: &OrganisationName,
) -> AnyView {
    let remove = move |_| {
        let text = form.text(field).get_untracked();
        let rest = ids(&text).into_iter().filter(|other| *other != id);
        form.set(field, &rest.map(|id| id.to_string()).collect::<Vec<_>>().join("\n"));
    };
    let name = name.to_string();
    view! {
        <li>
            <button class="chip" type="button" on:click=remove>
                <span class="hidden">"Remove "</span>
                {name}
                <Icon name="x" />
            </button>
        </li>
    }
    .erase()
}

/// Looks for partner organisations by name, ID or email, and adds them.
#[component]
fn AddPartner(form: FormState, name: &'static str, names: RwSignal<Vec<Named>>) -> impl IntoView {
    let search = PartnerSearch::new();
    let add = move |named: Named| {
        let text = form.text(name).get_untracked();
        if !ids(&text).contains(&named.0) {
            let lines = text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty());
            let lines: Vec<_> = lines.chain([named.0.to_string()]).collect();
            names.update(|names| names.push(named));
            form.set(name, &lines.join("\n"));
        }
    };
    let results = live(move || {
        let text = form.text(name).get();
        let chosen = ids(&text);
        let found: Vec<AnyView> = search.found.with(|offered| {
            let others = offered.iter().filter(|(id, _)| !chosen.contains(id));
            others
                .map(|named| {
                    let named = named.clone();
                    let label = named.1.to_string();
                    view! {
                        <li>
                            <button class="chip" type="button" on:click=move |_| add(named.clone())>
                                <Icon name="plus" />
                                <span class="hidden">"Add "</span>
                                {label}
                            </button>
                        </li>
                    }
                    .erase()
                })
                .collect()
        });
        any((!found.is_empty()).then(|| {
            view! { <ul class="chips" aria-label="Found partners">{found}</ul> }
        }))
    });
    let id = form.id(&format!("{name}-search"));
    view! {
        <div class="field">
            <label class="label" for=id.clone()>"Add a partner"</label>
            <p class="help">"Search name, ID or email."</p>
            <input
                class="input"
                id=id
                type="search"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || search.text.get()
                on:input=move |event| search.look(event_target_value(&event))
                on:keydown=hold_enter
            />
            {results}
            {search.outcome()}
        </div>
    }
    .erase()
}
