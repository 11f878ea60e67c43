//! *Subscriptions*

use super::list_page::{ListWords, as_read, list_page, no_rows, paged};
use super::place::{ListHere, Place};
use super::words::{end, renewal, subscription_status, units};
use crate::api::self_service::ListSubscriptions;
use crate::ask::load;
use crate::components::Filter;
use crate::components::live::{Erase, any};
use crate::domain::{ListPage, ListState, SubscriptionFilter, SubscriptionQuery, SubscriptionRow};
use crate::paths;
use leptos::prelude::*;

const STATUS: &str = "status";

const WORDS: ListWords = ListWords {
    title: "Subscriptions",
    one: "subscription",
    many: "subscriptions",
    loading: "Loading subscriptions",
    columns: 6,
    failed: "The subscriptions could not be read",
    search_label: "Search number, customer or plan",
    no_match: "No subscription matches",
    not_yet: "No subscriptions to show yet",
    none: "No subscriptions yet",
    to_come: "What is bought for customers will be listed here, with its term and what is to come.",
    comes_from_shop: true,
};

fn status_label(word: &str) -> Option<&'static str> {
    SubscriptionFilter::parse(word).map(SubscriptionFilter::label)
}

/// The page.
#[component]
pub fn SubscriptionsPage() -> impl IntoView {
    let place = Place::here();
    let is_known = |word: &str| SubscriptionFilter::parse(word).is_some();
    let list = ListHere::new(move || place.address(paths::SUBSCRIPTIONS), STATUS, is_known);
    let page = load(move || {
        let state = list.now();
        ListSubscriptions {
            organisation: place.organisation_now(),
            query: SubscriptionQuery {
                search: state.search,
                status: SubscriptionFilter::parse(&state.filter),
                after: state.after,
                before: state.before,
                ..SubscriptionQuery::default()
            },
        }
    });
    let choices = SubscriptionFilter::ALL.map(|filter| (filter.as_str(), filter.label())).to_vec();
    let filter = Filter { name: STATUS, label: "Status", any: "Any", choices };
    list_page(place, list, WORDS, Some((filter, status_label)), page, loaded)
}

fn loaded(place: Place, list: ListHere, page: ListPage<SubscriptionRow>) -> AnyView {
    let freshness = page.freshness.clone();
    let state = list.state.get_untracked();
    let content = if page.rows.is_empty() {
        let narrowed = state.is_narrowed().then(|| no_match(&state));
        no_rows(list, WORDS, &freshness, narrowed)
    } else {
        rows_of(place, list, page, true)
    };
    as_read(freshness, content)
}

fn no_match(state: &ListState) -> String {
    match (state.search.as_str(), status_label(&state.filter)) {
        ("", Some(status)) => format!("No subscription has the status {status}."),
        (search, None) => format!("“{search}” is in no number, plan or customer’s name."),
        (search, Some(status)) => format!(
            "Nothing with “{search}” in its number, plan or customer’s name has the status {status}."
        ),
    }
}

/// The rows with the links to the pages before and after.
pub fn rows_of(
    place: Place,
    list: ListHere,
    page: ListPage<SubscriptionRow>,
    with_customer: bool,
) -> AnyView {
    let customer = with_customer.then(|| view! { <th scope="col">"Customer"</th> });
    let rows =
        page.rows.into_iter().map(|found| row(place, found, with_customer)).collect::<Vec<_>>();
    let table = view! {
        <div class="table-box">
            <table class="table subscriptions-table">
                <caption class="hidden">"Subscriptions, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="col-number">"Subscription"</th>
                        {any(customer)}
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="col-quantity number">"Quantity"</th>
                        <th scope="col" class="col-standing">"Status"</th>
                        <th scope="col" class="col-day">"Term ends"</th>
                        <th scope="col" class="col-renewal">"Renewal"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    paged(list, table.erase(), page.previous, page.next)
}

fn row(place: Place, found: SubscriptionRow, with_customer: bool) -> AnyView {
    let href = paths::subscription(place.organisation(), &found.number);
    let customer = with_customer.then(|| {
        let href = paths::customer(place.organisation(), found.customer);
        view! {
            <td data-label="Customer" class="whole-card">
                <a class="truncate over" dir="auto" href=href>{found.customer_name}</a>
            </td>
        }
    });
    view! {
        <tr class:tall=found.pending.is_some()>
            <th scope="row" class="whole-card">
                <div class="row-name">
                    <a class="row-link mono" href=href>{found.number.to_string()}</a>
                </div>
            </th>
            {any(customer)}
            <td data-label="Plan"><span class="truncate"><bdi>{found.plan}</bdi></span></td>
            <td data-label="Quantity" class="number">{units(found.quantity)}</td>
            <td data-label="Status">{subscription_status(found.state, found.pending)}</td>
            <td data-label="Term ends">{end(found.term_ends_on)}</td>
            <td data-label="Renewal">{renewal(found.auto_renews, found.pending, found.state)}</td>
        </tr>
    }
    .erase()
}
