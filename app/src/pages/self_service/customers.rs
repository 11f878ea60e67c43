//! *Customers*

use super::place::{Heading, ListHere, NOT_READ_YET, Place, nothing_yet};
use crate::api::self_service::ListCustomers;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{
    AsOf, AwayNotice, Chips, Empty, Failure, ListSkeleton, Moment, Pagination, Toolbar, count,
};
use crate::domain::{CustomerQuery, CustomerRow, ListPage};
use crate::error::PublicError;
use crate::paths;
use crate::viewer::can_shop;
use leptos::prelude::*;

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
    let retry = Callback::new(move |()| page.refetch());
    let content = move |answer: Result<ListPage<CustomerRow>, PublicError>| match answer {
        Ok(page) => loaded(place, list, page),
        Err(error) => {
            view! { <Failure title="The customers could not be read" error retry /> }.erase()
        }
    };
    let count = view! {
        <Transition>{shown(move || page.get().map(|answer| match answer {
            Ok(page) => count::of(page.total, "customer", "customers"),
            Err(_) => String::new(),
        }))}</Transition>
    }
    .erase();
    view! {
        <Heading place text="Customers" />
        <Toolbar
            path=list.path
            search_label="Search name or email"
            narrowing=list.narrowing()
            address=list.narrowed()
            count
        />
        <Chips narrowings=list.narrowings("", |_| None) />
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading customers" columns=3 /> }
            set_pending=use_fetching()
        >
            {shown(move || page.get().map(content))}
        </Transition>
    }
    .erase()
}

fn loaded(place: Place, list: ListHere, page: ListPage<CustomerRow>) -> AnyView {
    let ListPage { rows, previous, next, freshness, .. } = page;
    let state = list.state.get_untracked();
    let content = if !rows.is_empty() {
        let (previous, next) = list.neighbours(previous, next);
        let pages =
            (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
        view! { {table(place, rows)}{any(pages)} }.erase()
    } else if state.is_narrowed() {
        let text = format!("“{}” is in no customer’s name or email.", state.search);
        view! {
            <Empty title="No customer matches" text>
                <div class="actions"><a class="button" href=list.path>"Clear"</a></div>
            </Empty>
        }
        .erase()
    } else if freshness.read_at.is_none() {
        nothing_yet("No customers to show yet", NOT_READ_YET.to_owned(), false, None)
    } else {
        let shop = can_shop().then(|| {
            view! { <a class="button primary" href=paths::SHOP>"Open the Shop"</a> }.erase()
        });
        let text =
            "Everybody something is bought for will be listed here, with their subscriptions.";
        nothing_yet("No customers yet", text.to_owned(), false, shop)
    };
    view! {
        <AwayNotice freshness=freshness.clone() />
        {content}
        <AsOf freshness />
    }
    .erase()
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
