//! The partners table. Its state is in the URL.

use super::super::{PROFILE, SETTINGS};
use super::rows::{TableSkeleton, partners_table, untick};
use super::toolbar::{PartnersChips, PartnersToolbar};
use crate::api::organisations::ListOrganisations;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{Crumb, Empty, Failure, Icon, PageFrame, Pagination};
use crate::domain::{InvoiceOwner, OrganisationQuery, OrganisationRow, Page};
use crate::error::PublicError;
use crate::page_load::of_address;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

/// A page of the table, or why there is none.
pub type Answer = Result<Page<OrganisationRow>, PublicError>;

const WAY: &[Crumb] = &[SETTINGS, PROFILE];

/// The page.
#[component]
pub fn PartnersPage() -> impl IntoView {
    let query = use_organisation_query();
    // On the server the page may be gone when this is asked for once more.
    let page = load(move || ListOrganisations { query: query.try_get().unwrap_or_default() });
    let retry = Callback::new(move |()| page.refetch());
    // Rows are changed in place, and a box would stay ticked for another one.
    Effect::new(move |before: Option<()>| {
        let _ = page.get();
        if before.is_some() {
            untick();
        }
    });
    let content = move |answer: Answer| match answer {
        Ok(page) => loaded(&query.get_untracked(), page),
        Err(error) => {
            view! { <Failure title="The partners could not be read" error retry /> }.erase()
        }
    };
    let export = move || query.with(paths::partners_export);
    view! {
        <Title text="Partners" />
        <PageFrame way=WAY here=|| "Partners">
            <div class="page-head">
                <h1>"Partners"</h1>
                <div class="actions">
                    // The router leaves it alone: it is a document, not a page.
                    <a class="button" rel="external" href=export>
                        <Icon name="download" />
                        "Export"
                    </a>
                    <a class="button" href=paths::IMPORT>"Import"</a>
                    <CreateButton label="Create Partner" primary=true />
                </div>
            </div>
            <PartnersToolbar query page />
            <PartnersChips query />
            <Transition
                fallback=|| view! { <TableSkeleton /> }
                set_pending=use_fetching()
            >
                {shown(move || page.get().map(content))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

/// The table's state. It stays what it is while another page is on its way.
fn use_organisation_query() -> Memo<OrganisationQuery> {
    let parameters = use_query_map();
    let path = use_location().pathname;
    of_address(move |before: Option<&OrganisationQuery>| match before {
        Some(before) if path.with(|path| path != paths::PARTNERS) => before.clone(),
        _ => parameters
            .with(|parameters| OrganisationQuery::from_parameters(|name| parameters.get(name))),
    })
}

fn loaded(query: &OrganisationQuery, page: Page<OrganisationRow>) -> AnyView {
    if !page.rows.is_empty() {
        let at = |query: Option<OrganisationQuery>| query.map(|query| paths::partners(&query));
        let previous = at(page.previous.map(|cursor| query.page_before(cursor)));
        let next = at(page.next.map(|cursor| query.page_after(cursor)));
        let pages =
            (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
        view! { {partners_table(query, page.rows)} {pages} }.erase()
    } else if query.is_filtered() {
        view! {
            <Empty title="No partner matches" text=no_match(query)>
                <div class="actions"><a class="button" href=paths::PARTNERS>"Clear"</a></div>
            </Empty>
        }
        .erase()
    } else {
        view! {
            <Empty
                first=true
                title="No partner organisations yet"
                text="Each organisation that resells for you will be listed here, with the accounts its subscriptions are billed to and the people who sign in for it."
            >
                <div class="actions">
                    <CreateButton label="Create the first partner" />
                    <a class="button" href=paths::IMPORT>"Import a file"</a>
                </div>
            </Empty>
        }
        .erase()
    }
}

/// What was looked for and not found.
fn no_match(query: &OrganisationQuery) -> String {
    let owner = query.invoice_owner.map(InvoiceOwner::label);
    match (query.search.as_str(), owner) {
        ("", Some(owner)) => format!("No organisation has the invoice owner {owner}."),
        (search, None) => format!("“{search}” is in no name, ID or user’s email."),
        (search, Some(owner)) => format!(
            "Nothing with “{search}” in its name, IDs or users’ emails has the invoice owner {owner}."
        ),
    }
}

/// The button that leads to *Create Partner*.
#[component]
fn CreateButton(label: &'static str, #[prop(optional)] primary: bool) -> impl IntoView {
    let navigate = use_navigate();
    let go = move |submit: SubmitEvent| {
        submit.prevent_default();
        navigate(paths::CREATE_PARTNER, leptos_router::NavigateOptions::default());
    };
    view! {
        <form action=paths::CREATE_PARTNER on:submit=go>
            <button class=if primary { "button primary" } else { "button" }>
                {any(primary.then(|| view! { <Icon name="plus" /> }))}
                {label}
            </button>
        </form>
    }
    .erase()
}
