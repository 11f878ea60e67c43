//! *Subscriptions*

use super::place::{Heading, ListHere, NOT_READ_YET, Place, nothing_yet};
use super::words::{end, renewal, subscription_status, units};
use crate::api::self_service::ListSubscriptions;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{
    AsOf, AwayNotice, Chips, Empty, Failure, Filter, ListSkeleton, Pagination, Toolbar, count,
};
use crate::domain::{ListPage, ListState, SubscriptionFilter, SubscriptionQuery, SubscriptionRow};
use crate::error::PublicError;
use crate::paths;
use crate::viewer::can_shop;
use leptos::prelude::*;

const STATUS: &str = "status";

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
    let retry = Callback::new(move |()| page.refetch());
    let content = move |answer: Result<ListPage<SubscriptionRow>, PublicError>| match answer {
        Ok(page) => loaded(place, list, page),
        Err(error) => {
            view! { <Failure title="The subscriptions could not be read" error retry /> }.erase()
        }
    };
    let count = view! {
        <Transition>{shown(move || page.get().map(|answer| match answer {
            Ok(page) => count::of(page.total, "subscription", "subscriptions"),
            Err(_) => String::new(),
        }))}</Transition>
    }
    .erase();
    let choices = SubscriptionFilter::ALL.map(|filter| (filter.as_str(), filter.label())).to_vec();
    let filter = Filter { name: STATUS, label: "Status", any: "Any", choices };
    view! {
        <Heading place text="Subscriptions" />
        <Toolbar
            path=list.path
            search_label="Search number, customer or plan"
            filter
            narrowing=list.narrowing()
            address=list.narrowed()
            count
        />
        <Chips narrowings=list.narrowings("Status", status_label) />
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading subscriptions" columns=6 /> }
            set_pending=use_fetching()
        >
            {shown(move || page.get().map(content))}
        </Transition>
    }
    .erase()
}

fn loaded(place: Place, list: ListHere, page: ListPage<SubscriptionRow>) -> AnyView {
    let freshness = page.freshness.clone();
    let state = list.state.get_untracked();
    let content = if !page.rows.is_empty() {
        paged(place, list, page, true)
    } else if state.is_narrowed() {
        view! {
            <Empty title="No subscription matches" text=no_match(&state)>
                <div class="actions"><a class="button" href=list.path>"Clear"</a></div>
            </Empty>
        }
        .erase()
    } else if freshness.read_at.is_none() {
        nothing_yet("No subscriptions to show yet", NOT_READ_YET.to_owned(), false, None)
    } else {
        let shop = can_shop().then(|| {
            view! { <a class="button primary" href=paths::SHOP>"Open the Shop"</a> }.erase()
        });
        let text =
            "What is bought for customers will be listed here, with its term and what is to come.";
        nothing_yet("No subscriptions yet", text.to_owned(), false, shop)
    };
    view! {
        <AwayNotice freshness=freshness.clone() />
        {content}
        <AsOf freshness />
    }
    .erase()
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
pub fn paged(
    place: Place,
    list: ListHere,
    page: ListPage<SubscriptionRow>,
    with_customer: bool,
) -> AnyView {
    let (previous, next) = list.neighbours(page.previous, page.next);
    let pages =
        (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
    let customer = with_customer.then(|| view! { <th scope="col">"Customer"</th> });
    let rows =
        page.rows.into_iter().map(|found| row(place, found, with_customer)).collect::<Vec<_>>();
    view! {
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
        {any(pages)}
    }
    .erase()
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
