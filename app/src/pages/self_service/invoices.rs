//! *Invoices*

use super::place::{Heading, ListHere, NOT_READ_YET, Place, nothing_yet};
use super::words::invoice_status;
use crate::api::self_service::ListInvoices;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{
    AsOf, AwayNotice, Chips, Day, Empty, Failure, Filter, Icon, ListSkeleton, Pagination, Toolbar,
    count,
};
use crate::domain::{InvoiceQuery, InvoiceRow, InvoiceStatus, ListPage};
use crate::error::PublicError;
use crate::paths;
use crate::viewer::amount;
use leptos::prelude::*;

const STATUS: &str = "status";

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
    let retry = Callback::new(move |()| page.refetch());
    let content = move |answer: Result<ListPage<InvoiceRow>, PublicError>| match answer {
        Ok(page) => loaded(place, list, page),
        Err(error) => {
            view! { <Failure title="The invoices could not be read" error retry /> }.erase()
        }
    };
    let count = view! {
        <Transition>{shown(move || page.get().map(|answer| match answer {
            Ok(page) => count::of(page.total, "invoice", "invoices"),
            Err(_) => String::new(),
        }))}</Transition>
    }
    .erase();
    let choices = InvoiceStatus::ALL.map(|status| (status.as_str(), status.label())).to_vec();
    let filter = Filter { name: STATUS, label: "Status", any: "All", choices };
    view! {
        <Heading place text="Invoices" />
        <Toolbar path=list.path filter narrowing=list.narrowing() address=list.narrowed() count />
        <Chips narrowings=list.narrowings("Status", status_label) />
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading invoices" columns=6 /> }
            set_pending=use_fetching()
        >
            {shown(move || page.get().map(content))}
        </Transition>
    }
    .erase()
}

fn loaded(place: Place, list: ListHere, page: ListPage<InvoiceRow>) -> AnyView {
    let ListPage { rows, previous, next, freshness, .. } = page;
    let state = list.state.get_untracked();
    let content = if !rows.is_empty() {
        let (previous, next) = list.neighbours(previous, next);
        let pages =
            (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
        view! { {table(place, rows)}{any(pages)} }.erase()
    } else if let Some(status) = status_label(&state.filter) {
        let text = format!("No invoice is {}.", status.to_lowercase());
        view! {
            <Empty title="No invoice matches" text>
                <div class="actions"><a class="button" href=list.path>"Clear"</a></div>
            </Empty>
        }
        .erase()
    } else if freshness.read_at.is_none() {
        nothing_yet("No invoices to show yet", NOT_READ_YET.to_owned(), false, None)
    } else {
        let text = "Each invoice will be listed here once it is written, with its document and whether it is paid.";
        nothing_yet("No invoices yet", text.to_owned(), false, None)
    };
    view! {
        <AwayNotice freshness=freshness.clone() />
        {content}
        <AsOf freshness />
    }
    .erase()
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
