//! Search, filter and count above the partners table.

use crate::ask::Load;
use crate::components::count;
use crate::components::live::{Erase, any, shown};
use crate::components::toolbar::{Chips, Filter, Narrowing, Toolbar};
use crate::domain::{Direction, InvoiceOwner, OrganisationQuery, OrganisationRow, Page, Sort};
use crate::paths;
use leptos::prelude::*;

const OWNER: &str = "Zuora invoice owner";

/// Search, filter and count.
#[component]
pub fn PartnersToolbar(
    /// The table's state.
    query: Memo<OrganisationQuery>,
    /// The page that is shown.
    page: Load<Page<OrganisationRow>>,
) -> impl IntoView {
    let narrowing = Memo::new(move |_| {
        query.with(|query| {
            let owner = query.invoice_owner.map_or("", InvoiceOwner::as_str);
            (query.search.clone(), owner.to_owned())
        })
    });
    let address = Callback::new(move |(search, owner): (String, String)| {
        let wanted = OrganisationQuery {
            search,
            invoice_owner: owner.parse().ok(),
            ..query.get_untracked().first_page()
        };
        paths::partners(&wanted)
    });
    let choices = InvoiceOwner::ALL.map(|owner| (owner.as_str(), owner.label())).to_vec();
    let filter = Filter { name: "invoice_owner", label: OWNER, any: "Any", choices };
    let first = query.get_untracked();
    let kept = sort_fields(first.sort, first.direction);
    let count = view! {
        <Transition>{shown(move || page.get().map(|answer| match answer {
            Ok(page) => count::of(page.total, "partner", "partners"),
            Err(_) => String::new(),
        }))}</Transition>
    }
    .erase();
    view! {
        <Toolbar
            path=paths::PARTNERS
            search_label="Search name, ID or email"
            filter
            narrowing
            address
            kept
            count
        />
    }
    .erase()
}

/// Keeps the order of the list when the form is sent without scripts.
fn sort_fields(sort: Sort, direction: Direction) -> AnyView {
    view! {
        {any((sort == Sort::Created).then(|| view! { <input type="hidden" name="sort" value="created" /> }))}
        {any((direction == Direction::Descending)
            .then(|| view! { <input type="hidden" name="direction" value="descending" /> }))}
    }
    .erase()
}

/// What narrows the list, each with a way to drop it.
#[component]
pub fn PartnersChips(
    /// The table's state.
    query: Memo<OrganisationQuery>,
) -> impl IntoView {
    let narrowings = Signal::derive(move || query.with(narrowings));
    view! { <Chips narrowings /> }.erase()
}

fn narrowings(query: &OrganisationQuery) -> Vec<Narrowing> {
    let search = (!query.search.is_empty()).then(|| {
        let rest = OrganisationQuery { search: String::new(), ..query.first_page() };
        (format!("Search: {}", query.search), paths::partners(&rest))
    });
    let owner = query.invoice_owner.map(|owner| {
        let rest = OrganisationQuery { invoice_owner: None, ..query.first_page() };
        (format!("{OWNER}: {}", owner.label()), paths::partners(&rest))
    });
    search.into_iter().chain(owner).collect()
}
