//! *Invoices*

use super::list_page::{ListWords, as_read, list_page, no_rows, paged};
use super::place::{ListHere, Place};
use super::words::invoice_status;
use crate::api::self_service::ListInvoices;
use crate::ask::load;
use crate::components::live::Erase;
use crate::components::{Day, Filter, Icon};
use crate::domain::{InvoiceQuery, InvoiceRow, InvoiceStatus, ListPage};
use crate::paths;
use crate::viewer::amount;
use leptos::prelude::*;

const STATUS: &str = "status";

const WORDS: ListWords = ListWords {
    title: "Invoices",
    one: "invoice",
    many: "invoices",
    loading: "Loading invoices",
    columns: 6,
    failed: "The invoices could not be read",
    search_label: "",
    no_match: "No invoice matches",
    not_yet: "No invoices to show yet",
    none: "No invoices yet",
    to_come: "Each invoice will be listed here once it is written, with its document and whether it is paid.",
    comes_from_shop: false,
};

fn status_label(word: &str) -> Option<&'static str> {
    InvoiceStatus::parse(word).map(InvoiceStatus::label)
}

/// The page.
#[component]
pub fn InvoicesPage() -> impl IntoView {
    let place = Place::here();
    let is_known = |word: &str| InvoiceStatus::parse(word).is_some();
    let list = ListHere::new(move || place.address(paths::INVOICES), STATUS, is_known);
    let page = load(move || {
        let state = list.now();
        ListInvoices {
            organisation: place.organisation_now(),
            query: InvoiceQuery {
                status: InvoiceStatus::parse(&state.filter),
                after: state.after,
                before: state.before,
                ..InvoiceQuery::default()
            },
        }
    });
    let choices = InvoiceStatus::ALL.map(|status| (status.as_str(), status.label())).to_vec();
    let filter = Filter { name: STATUS, label: "Status", any: "All", choices };
    list_page(place, list, WORDS, Some((filter, status_label)), page, loaded)
}

fn loaded(place: Place, list: ListHere, page: ListPage<InvoiceRow>) -> AnyView {
    let ListPage { rows, previous, next, freshness, .. } = page;
    let state = list.state.get_untracked();
    let content = if rows.is_empty() {
        let no_match = status_label(&state.filter)
            .map(|status| format!("No invoice is {}.", status.to_lowercase()));
        no_rows(list, WORDS, &freshness, no_match)
    } else {
        paged(list, table(place, rows), previous, next)
    };
    as_read(freshness, content)
}

fn table(place: Place, rows: Vec<InvoiceRow>) -> AnyView {
    let rows = rows.into_iter().map(|found| row(place, found)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table invoices-table">
                <caption class="hidden">"Invoices, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="col-number">"Invoice"</th>
                        <th scope="col">"For"</th>
                        <th scope="col" class="col-day">"Date"</th>
                        <th scope="col" class="col-day">"Due"</th>
                        <th scope="col" class="col-money number">"Amount"</th>
                        <th scope="col" class="col-money number">"Balance"</th>
                        <th scope="col" class="col-paid">"Status"</th>
                        <th scope="col" class="col-pdf"><span class="hidden">"Document"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn row(place: Place, found: InvoiceRow) -> AnyView {
    let organisation = place.organisation();
    let addressee = match found.customer {
        Some(customer) => {
            let href = paths::customer(organisation, customer);
            view! { <a class="truncate" dir="auto" href=href>{found.addressee}</a> }.erase()
        }
        None => view! { <span class="truncate"><bdi>{found.addressee}</bdi></span> }.erase(),
    };
    let due = match found.due {
        Some(on) => view! { <Day on /> }.into_any(),
        None => view! { <span class="quiet">"None"</span> }.erase(),
    };
    let label = format!("PDF of {}", found.number);
    view! {
        <tr>
            <th scope="row" class="whole-card"><span class="truncate mono">{found.number}</span></th>
            <td data-label="For" class="whole-card">{addressee}</td>
            <td data-label="Date"><Day on=found.date /></td>
            <td data-label="Due">{due}</td>
            <td data-label="Amount" class="number">{amount(&found.amount)}</td>
            <td data-label="Balance" class="number">{amount(&found.balance)}</td>
            <td data-label="Status">{invoice_status(found.status)}</td>
            <td class="corner">
                // The router leaves it alone: it is a document, not a page.
                <a
                    class="button small"
                    rel="external"
                    href=paths::invoice_pdf(organisation, &found.id)
                    aria-label=label
                >
                    <Icon name="download" />
                    "PDF"
                </a>
            </td>
        </tr>
    }
    .erase()
}
