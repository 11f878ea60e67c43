//! Search, filter and count above a list.

use super::Icon;
use super::live::{Erase, any, shown};
use leptos::ev::SubmitEvent;
use leptos::html::{Input, Select};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// How long typing has to pause before the list follows it.
const PAUSE: Duration = Duration::from_millis(200);

/// A filter: one choice among a few, or none.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The parameter it is in.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// The choice of no filter.
    pub any: &'static str,
    /// The words in the address, and for people.
    pub choices: Vec<(&'static str, &'static str)>,
}

/// A form that works without scripts, and at once with them.
#[component]
pub fn Toolbar(
    /// Where the list is.
    #[prop(into)]
    path: Signal<String>,
    /// What can be searched, as in "Search name or email"; empty for nothing.
    #[prop(optional)]
    search_label: &'static str,
    /// What the list can be filtered by.
    #[prop(optional)]
    filter: Option<Filter>,
    /// The search in force and the filter's word.
    narrowing: Memo<(String, String)>,
    /// The address of the list narrowed to a search and a filter's word.
    address: Callback<(String, String), String>,
    /// Hidden fields that keep the rest of the state without scripts.
    #[prop(optional)]
    kept: Option<AnyView>,
    /// How many rows there are.
    count: AnyView,
) -> impl IntoView {
    let search = NodeRef::<Input>::new();
    let choice = NodeRef::<Select>::new();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let navigate = use_navigate();
    let go = move |replace: bool| {
        waiting.set_value(None);
        let wanted = (
            search.get_untracked().map(|field| field.value().trim().to_owned()).unwrap_or_default(),
            choice.get_untracked().map(|field| field.value()).unwrap_or_default(),
        );
        if narrowing.with_untracked(|narrowing| *narrowing != wanted) {
            let options = NavigateOptions { replace, scroll: false, ..Default::default() };
            navigate(&address.run(wanted), options);
        }
    };
    let stop = move || {
        waiting.update_value(|waiting| {
            if let Some(timer) = waiting.take() {
                timer.clear();
            }
        });
    };
    let typed = {
        let go = go.clone();
        move |_| {
            stop();
            let go = go.clone();
            waiting.set_value(set_timeout_with_handle(move || go(true), PAUSE).ok());
        }
    };
    on_cleanup(stop);
    let submit = {
        let go = go.clone();
        move |submit: SubmitEvent| {
            submit.prevent_default();
            stop();
            go(false);
        }
    };
    let choose = {
        let go = go.clone();
        move |_| {
            stop();
            go(false);
        }
    };
    // The fields follow the URL where it was changed by something else; what was
    // typed before this came to life is looked for now.
    Effect::new(move |before: Option<()>| {
        let (sought, chosen) = narrowing.get();
        let search = search.get();
        if waiting.with_value(Option::is_some) {
            return;
        }
        if let Some(search) = search
            && search.value().trim() != sought
        {
            if before.is_none() {
                return go(true);
            }
            search.set_value(&sought);
        }
        if let Some(choice) = choice.get() {
            choice.set_value(&chosen);
        }
    });
    let (sought, chosen) = narrowing.get_untracked();
    let search_field = (!search_label.is_empty()).then(|| {
        view! {
            <div class="search">
                <Icon name="search" />
                <label class="hidden" for="q">{search_label}</label>
                <input
                    class="input"
                    id="q"
                    name="q"
                    type="search"
                    placeholder=search_label
                    autocomplete="off"
                    spellcheck="false"
                    value=sought
                    node_ref=search
                    on:input=typed
                />
            </div>
        }
    });
    let button = if search_field.is_some() { "Search" } else { "Show" };
    let filter_field = filter.map(|filter| {
        let options = filter
            .choices
            .into_iter()
            .map(|(word, label)| {
                view! { <option value=word selected=chosen == word>{label}</option> }
            })
            .map(Erase::erase)
            .collect::<Vec<_>>();
        view! {
            <div class="filter">
                <label for=filter.name>{filter.label}</label>
                <span class="select">
                    <select id=filter.name name=filter.name node_ref=choice on:change=choose>
                        <option value="" selected=chosen.is_empty()>{filter.any}</option>
                        {options}
                    </select>
                    <Icon name="chevrons-up-down" />
                </span>
            </div>
        }
    });
    view! {
        <form class="toolbar" method="get" action=path role="search" on:submit=submit>
            {any(search_field)}
            {any(filter_field)}
            {kept}
            <button class="button without-script">{button}</button>
            <p class="count" role="status">{count}</p>
        </form>
    }
    .erase()
}

/// What narrows a list: its words, and the address of the list without it.
pub type Narrowing = (String, String);

/// What narrows the list, each with a way to drop it.
#[component]
pub fn Chips(
    /// What narrows it; empty for nothing.
    #[prop(into)]
    narrowings: Signal<Vec<Narrowing>>,
) -> impl IntoView {
    shown(move || {
        let narrowings = narrowings.get();
        (!narrowings.is_empty()).then(|| {
            let chips = narrowings.into_iter().map(chip).map(Erase::erase).collect::<Vec<_>>();
            view! { <ul class="chips" aria-label="Filters in use">{chips}</ul> }
        })
    })
}

fn chip((text, href): Narrowing) -> AnyView {
    view! {
        <li>
            <a class="chip" href=href>
                <span class="hidden">"Remove filter "</span>
                {text}
                <Icon name="x" />
            </a>
        </li>
    }
    .erase()
}
