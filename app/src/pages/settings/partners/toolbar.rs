//! Search, filter and count above the partners table.

use super::list::Answer;
use crate::ask::Load;
use crate::components::live::{Erase, any, shown};
use crate::components::{Icon, count};
use crate::domain::listing::COUNT_LIMIT;
use crate::domain::{Direction, InvoiceOwner, OrganisationQuery, OrganisationRow, Page, Sort};
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::html::{Input, Select};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::time::Duration;

/// How long typing has to pause before the list follows it.
const PAUSE: Duration = Duration::from_millis(200);

/// A form that works without scripts, and at once with them.
#[component]
pub fn Toolbar(
    /// The table's state.
    query: Memo<OrganisationQuery>,
    /// The page that is shown.
    page: Load<Page<OrganisationRow>>,
) -> impl IntoView {
    let search = NodeRef::<Input>::new();
    let owner = NodeRef::<Select>::new();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let navigate = use_navigate();
    let go = move |replace: bool| {
        waiting.set_value(None);
        let (Some(search), Some(owner)) = (search.get_untracked(), owner.get_untracked()) else {
            return;
        };
        let wanted = OrganisationQuery {
            search: search.value().trim().to_owned(),
            invoice_owner: owner.value().parse().ok(),
            ..query.get_untracked().first_page()
        };
        if wanted.search != query.get_untracked().search
            || wanted.invoice_owner != query.get_untracked().invoice_owner
        {
            let options = NavigateOptions { replace, scroll: false, ..Default::default() };
            navigate(&paths::partners(&wanted), options);
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
        let query = query.get();
        let (Some(search), Some(owner)) = (search.get(), owner.get()) else { return };
        if waiting.with_value(Option::is_some) {
            return;
        }
        if before.is_none() && search.value().trim() != query.search {
            return go(true);
        }
        if search.value().trim() != query.search {
            search.set_value(&query.search);
        }
        owner.set_value(query.invoice_owner.map_or("", InvoiceOwner::as_str));
    });
    let first = query.get_untracked();
    let options = InvoiceOwner::ALL
        .map(|owner| {
            let selected = first.invoice_owner == Some(owner);
            view! { <option value=owner.as_str() selected=selected>{owner.label()}</option> }
        })
        .into_iter()
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <form class="toolbar" method="get" action=paths::PARTNERS role="search" on:submit=submit>
            <div class="search">
                <Icon name="search" />
                <label class="hidden" for="q">"Search name, ID or email"</label>
                <input
                    class="input"
                    id="q"
                    name="q"
                    type="search"
                    placeholder="Search name, ID or email"
                    autocomplete="off"
                    spellcheck="false"
                    value=first.search
                    node_ref=search
                    on:input=typed
                />
            </div>
            <div class="filter">
                <label for="invoice_owner">"Zuora invoice owner"</label>
                <span class="select">
                    <select
                        id="invoice_owner"
                        name="invoice_owner"
                        node_ref=owner
                        on:change=choose
                    >
                        <option value="" selected=first.invoice_owner.is_none()>"Any"</option>
                        {options}
                    </select>
                    <Icon name="chevrons-up-down" />
                </span>
            </div>
            {sort_fields(first.sort, first.direction)}
            <button class="button without-script">"Search"</button>
            <p class="count" role="status">
                <Transition>{shown(move || page.get().map(|answer| count_of(&answer)))}</Transition>
            </p>
        </form>
    }
    .erase()
}

/// Keeps the order of the list when the form is sent without scripts.
fn sort_fields(sort: Sort, direction: Direction) -> impl IntoView {
    view! {
        {any((sort == Sort::Created).then(|| view! { <input type="hidden" name="sort" value="created" /> }))}
        {(direction == Direction::Descending)
            .then(|| view! { <input type="hidden" name="direction" value="descending" /> })}
    }
    .erase()
}

fn count_of(answer: &Answer) -> String {
    match answer.as_ref().map(|page| page.total) {
        Ok(Some(1)) => "1 partner".to_owned(),
        Ok(Some(total)) => format!("{} partners", count::thousands(total)),
        Ok(None) => format!("more than {} partners", count::thousands(COUNT_LIMIT)),
        Err(_) => String::new(),
    }
}

/// What narrows the list, each with a way to drop it.
#[component]
pub fn Chips(
    /// The table's state.
    query: Memo<OrganisationQuery>,
) -> impl IntoView {
    shown(move || {
        let query = query.get();
        query.is_filtered().then(|| {
            let search = (!query.search.is_empty()).then(|| {
                let rest = OrganisationQuery { search: String::new(), ..query.first_page() };
                chip(format!("Search: {}", query.search), &rest)
            });
            let owner = query.invoice_owner.map(|owner| {
                let rest = OrganisationQuery { invoice_owner: None, ..query.first_page() };
                chip(format!("Zuora invoice owner: {}", owner.label()), &rest)
            });
            view! { <ul class="chips" aria-label="Filters in use">{search}{owner}</ul> }
        })
    })
}

fn chip(text: String, rest: &OrganisationQuery) -> impl IntoView + use<> {
    let href = paths::partners(rest);
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
