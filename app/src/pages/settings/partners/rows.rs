//! The rows and the head of the partners table.

use crate::components::live::{Erase, any};
use crate::components::{Avatar, CopyId, Icon, Moment, count};
use crate::domain::{AccountDoubt, Direction, OrganisationQuery, OrganisationRow, Sort};
use crate::paths;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{self, HtmlInputElement};

/// The table with these rows.
pub fn partners_table(query: &OrganisationQuery, rows: Vec<OrganisationRow>) -> AnyView {
    let column = match query.sort {
        Sort::Name => "name",
        Sort::Created => "created",
    };
    let way = match query.direction {
        Direction::Ascending => "ascending",
        Direction::Descending => "descending",
    };
    let ids: Vec<_> = rows.iter().map(|row| row.organisation.id.to_string()).collect();
    let rows = rows.into_iter().map(row).map(Erase::erase).collect::<Vec<_>>();
    view! {
        <div class="table-box" on:change=tick>
            <table class="table partners-table">
                <caption class="hidden">
                    {format!("Partner organisations, sorted by {column}, {way}")}
                </caption>
                {head(query, ids.join(","))}
                <tbody>{rows}</tbody>
            </table>
            // The style sheet shows it while a box is ticked.
            <form class="chosen-bar" id=CHOSEN_FORM action=paths::CHOSEN_PARTNERS>
                <span>"Chosen partners:"</span>
                <button class="button" name=paths::CHOSEN_ACT value="suspend">"Suspend…"</button>
                <button class="button" name=paths::CHOSEN_ACT value="reactivate">"Reactivate…"</button>
            </form>
        </div>
    }
    .erase()
}

/// The form that the boxes belong to, which cannot stand around the table: rows
/// have forms of their own.
const CHOSEN_FORM: &str = "chosen";

/// The box in the head stands for all of them, and for all of them only.
fn tick(event: web_sys::Event) {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(target) = target else { return };
    let is_head = target.name() == paths::CHOSEN_ALL;
    if !is_head && target.checked() {
        return;
    }
    let selector = if is_head { "input[name=of]" } else { "input[name=all]" };
    set_all(selector, target.checked());
}

/// Unticks every row, and the box in the head.
pub fn untick() {
    set_all(".pick input", false);
}

/// Ticks or unticks the boxes that a selector finds.
fn set_all(selector: &str, checked: bool) {
    let Ok(boxes) = document().query_selector_all(selector) else { return };
    for place in 0..boxes.length() {
        if let Some(one) = boxes.item(place).and_then(|one| one.dyn_into::<HtmlInputElement>().ok())
        {
            one.set_checked(checked);
        }
    }
}

fn pick(name: &'static str, value: String, label: String) -> AnyView {
    // Without scripts the one in the head would tick no row, and count for all.
    let class = (name == paths::CHOSEN_ALL).then_some("needs-script");
    view! {
        <td class="pick corner">
            <label class=class>
                <input type="checkbox" form=CHOSEN_FORM name=name value=value aria-label=label />
            </label>
        </td>
    }
    .erase()
}

fn head(query: &OrganisationQuery, ids: String) -> AnyView {
    let sorted = |sort: Sort| {
        (query.sort == sort).then_some(match query.direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    let link = |sort: Sort, label: &'static str| {
        let href = paths::partners(&query.sorted_by(sort));
        view! { <a class="sort" href=href>{label}<Icon name="arrow-down" /></a> }
    };
    view! {
        <thead>
            <tr>
                {pick(paths::CHOSEN_ALL, ids, "Select all on this page".to_owned())}
                <th scope="col" aria-sort=sorted(Sort::Name)>{link(Sort::Name, "Partner")}</th>
                <th scope="col" class="col-id">"Partner Organisation ID"</th>
                <th scope="col" class="col-id">"Zuora account ID"</th>
                <th scope="col" class="col-id">"Salesforce account ID"</th>
                <th scope="col" class="col-owner">"Zuora Invoice Owner"</th>
                <th scope="col" class="col-users number">"Users"</th>
                <th scope="col" class="col-created" aria-sort=sorted(Sort::Created)>
                    {link(Sort::Created, "Created")}
                </th>
            </tr>
        </thead>
    }
    .erase()
}

fn row(row: OrganisationRow) -> AnyView {
    let OrganisationRow { organisation, users, account_doubt } = row;
    let doubt = any(account_doubt.map(|doubt| {
        let key = if doubt == AccountDoubt::Unverified { "setting-up" } else { "failed" };
        view! { <span class="status small" data-status=key>{doubt.label()}</span> }
    }));
    let suspended = any(organisation.suspended_at.map(|_| {
        view! { <span class="status small" data-status="disabled">"Suspended"</span> }
    }));
    let href = paths::organisation(organisation.id);
    let name = organisation.name.to_string();
    let salesforce = match organisation.salesforce_account {
        Some(id) => view! { <CopyId label="Salesforce account ID" id=String::from(id) /> }.erase(),
        None => view! { <span class="quiet">"None"</span> }.erase(),
    };
    view! {
        <tr>
            {pick(paths::CHOSEN, organisation.id.to_string(), format!("Select {name}"))}
            <th scope="row" class="whole-card">
                <div class="row-name">
                    <Avatar id=organisation.id name=name.clone() logo=organisation.logo />
                    <a class="row-link" dir="auto" href=href>{name}</a>
                    {suspended}
                </div>
            </th>
            <td data-label="Partner Organisation ID">
                <CopyId label="Partner Organisation ID" id=organisation.id.to_string() />
            </td>
            <td data-label="Zuora account ID">
                <CopyId label="Zuora account ID" id=String::from(organisation.zuora_account) />
                {doubt}
            </td>
            <td data-label="Salesforce account ID">{salesforce}</td>
            <td data-label="Zuora Invoice Owner">{organisation.invoice_owner.label()}</td>
            <td data-label="Users" class="number">{count::thousands(users)}</td>
            <td data-label="Created"><Moment at=organisation.created_at /></td>
        </tr>
    }
    .erase()
}

/// Bars in the place of the table; the style sheet holds them back for 400 ms.
#[component]
pub fn TableSkeleton() -> impl IntoView {
    let cells = || {
        (0..6)
            .map(|_| view! { <td><span class="bar"></span></td> })
            .map(Erase::erase)
            .collect::<Vec<_>>()
    };
    let rows = (0..8)
        .map(|_| {
            view! {
                <tr>
                    <td class="pick"></td>
                    <th scope="row" class="whole-card">
                        <div class="row-name">
                            <span class="avatar"></span>
                            <span class="bar"></span>
                        </div>
                    </th>
                    {cells()}
                </tr>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <div class="table-box skeleton" aria-busy="true">
            <table class="table partners-table">
                <caption class="hidden">"Loading partner organisations"</caption>
                {head(&OrganisationQuery::default(), String::new())}
                <tbody aria-hidden="true">{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}
