//! *Customers*

use super::list_page::{ListWords, as_read, list_page, no_rows, paged};
use super::place::{ListHere, Place};
use crate::api::self_service::ListCustomers;
use crate::ask::load;
use crate::components::live::Erase;
use crate::components::{Moment, count};
use crate::domain::{CustomerQuery, CustomerRow, ListPage};
use crate::paths;
use leptos::prelude::*;

const WORDS: ListWords = ListWords {
    title: "Customers",
    one: "customer",
    many: "customers",
    loading: "Loading customers",
    columns: 3,
    failed: "The customers could not be read",
    search_label: "Search name or email",
    no_match: "No customer matches",
    not_yet: "No customers to show yet",
    none: "No customers yet",
    to_come: "Everybody something is bought for will be listed here, with their subscriptions.",
    comes_from_shop: true,
};

/// The page.
#[component]
pub fn CustomersPage() -> impl IntoView {
    let place = Place::here();
    let list = ListHere::new(move || place.address(paths::CUSTOMERS), "", |_| false);
    let page = load(move || {
        let state = list.now();
        ListCustomers {
            organisation: place.organisation_now(),
            query: CustomerQuery {
                search: state.search,
                after: state.after,
                before: state.before,
                ..CustomerQuery::default()
            },
        }
    });
    list_page(place, list, WORDS, None, page, loaded)
}

fn loaded(place: Place, list: ListHere, page: ListPage<CustomerRow>) -> AnyView {
    let ListPage { rows, previous, next, freshness, .. } = page;
    let state = list.state.get_untracked();
    let content = if rows.is_empty() {
        let no_match = state
            .is_narrowed()
            .then(|| format!("“{}” is in no customer’s name or email.", state.search));
        no_rows(list, WORDS, &freshness, no_match)
    } else {
        paged(list, table(place, rows), previous, next)
    };
    as_read(freshness, content)
}

fn table(place: Place, rows: Vec<CustomerRow>) -> AnyView {
    let rows = rows.into_iter().map(|found| row(place, found)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table customers-table">
                <caption class="hidden">"Customers, by name"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Customer"</th>
                        <th scope="col">"Email"</th>
                        <th scope="col" class="col-count number">"Active subscriptions"</th>
                        <th scope="col" class="col-day">"Last order"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn row(place: Place, found: CustomerRow) -> AnyView {
    let CustomerRow { customer, active_subscriptions } = found;
    let href = paths::customer(place.organisation(), customer.id);
    let email = match customer.email {
        Some(email) => view! { <span class="truncate">{email}</span> }.erase(),
        None => view! { <span class="quiet">"None"</span> }.erase(),
    };
    let last_order = match customer.last_order_at {
        Some(at) => view! { <Moment at /> }.into_any(),
        None => view! { <span class="quiet">"None"</span> }.erase(),
    };
    view! {
        <tr>
            <th scope="row" class="whole-card">
                <div class="row-name"><a class="row-link" dir="auto" href=href>{customer.name}</a></div>
            </th>
            <td data-label="Email" class="whole-card">{email}</td>
            <td data-label="Active subscriptions" class="number">
                {count::thousands(active_subscriptions)}
            </td>
            <td data-label="Last order">{last_order}</td>
        </tr>
    }
    .erase()
}
