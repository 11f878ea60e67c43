//! An end customer's page.

use super::list_page::as_read;
use super::place::{Heading, ListHere, Place, nothing_yet, section, use_parameter};
use super::subscriptions::rows_of;
use crate::api::self_service::{GetCustomer, ListSubscriptions};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{CopyId, Failure, Icon, ListSkeleton, Moment, count};
use crate::domain::{self, CustomerId, CustomerRow, ListPage, SubscriptionQuery, SubscriptionRow};
use crate::error::PublicError;
use crate::pages::partner::order_rows::OrdersTable;
use crate::paths;
use crate::viewer::can_shop;
use leptos::prelude::*;

type Found = Result<domain::CustomerPage, PublicError>;
type Subscriptions = Result<ListPage<SubscriptionRow>, PublicError>;

/// The page.
#[component]
pub fn CustomerPage() -> impl IntoView {
    let place = Place::here();
    let id = use_parameter::<CustomerId>("customer");
    let path = move || paths::customer(place.organisation_now(), id.try_get().unwrap_or_default());
    let list = ListHere::new(path, "", |_| false);
    let customer = load(move || GetCustomer {
        organisation: place.organisation_now(),
        id: id.try_get().unwrap_or_default(),
    });
    let subscriptions = load(move || {
        let state = list.now();
        ListSubscriptions {
            organisation: place.organisation_now(),
            query: SubscriptionQuery {
                customer: Some(id.try_get().unwrap_or_default()),
                after: state.after,
                before: state.before,
                ..SubscriptionQuery::default()
            },
        }
    });
    let retry = Callback::new(move |()| customer.refetch());
    let retry_subscriptions = Callback::new(move |()| subscriptions.refetch());
    let content = move |found: Found, subscriptions: Subscriptions| match found {
        Ok(found) => {
            let subscriptions = match subscriptions {
                Ok(page) => its_subscriptions(place, list, page),
                Err(error) => view! {
                    <Failure
                        title="The subscriptions could not be read"
                        error
                        retry=retry_subscriptions
                    />
                }
                .erase(),
            };
            loaded(place, found, subscriptions)
        }
        Err(error) => view! {
            <Failure title="The customer could not be read" error retry nested=place.is_tab />
        }
        .erase(),
    };
    view! {
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading the customer" columns=2 /> }
            set_pending=use_fetching()
        >
            {shown(move || Some(content(customer.get()?, subscriptions.get()?)))}
        </Transition>
    }
    .erase()
}

fn loaded(place: Place, found: domain::CustomerPage, subscriptions: AnyView) -> AnyView {
    let domain::CustomerPage { row, orders } = found;
    let name = row.customer.name.clone();
    let buy = can_shop().then(|| {
        let href = paths::shop_for(row.customer.id);
        view! {
            <a class="button primary" href=href><Icon name="plus" />"Buy for this customer"</a>
        }
        .erase()
    });
    let orders = if orders.is_empty() {
        let text = "What is ordered for this customer will be listed here, with how it stands.";
        nothing_yet("No orders yet", text.to_owned(), true, None)
    } else {
        view! { <OrdersTable caption="Orders, newest first" orders linked=!place.is_tab /> }.erase()
    };
    view! {
        <BackTo place page=paths::CUSTOMERS text="Customers" />
        <Heading place text=name aside=buy.into_any() />
        {facts(row)}
        {section(place, "subscriptions-title", "Subscriptions", subscriptions)}
        {section(place, "orders-title", "Orders", orders)}
    }
    .erase()
}

/// The way back to the list.
#[component]
pub fn BackTo(
    /// Where.
    place: Place,
    /// The list's address among the partner's pages.
    page: &'static str,
    /// What the list is called.
    text: &'static str,
) -> impl IntoView {
    let href = paths::within(place.organisation(), page);
    view! {
        <p class="back"><a href=href><Icon name="chevron-left" />{text}</a></p>
    }
    .erase()
}

fn facts(row: CustomerRow) -> AnyView {
    let CustomerRow { customer, active_subscriptions } = row;
    let email = match customer.email {
        Some(email) => view! { <bdi>{email}</bdi> }.into_any(),
        None => view! { <span class="quiet">"Not known"</span> }.erase(),
    };
    let last_order = match customer.last_order_at {
        Some(at) => view! { <Moment at /> }.into_any(),
        None => view! { <span class="quiet">"None"</span> }.erase(),
    };
    let currency = customer.currency.map(|currency| {
        view! { <div><dt>"Currency"</dt><dd>{currency.to_string()}</dd></div> }
    });
    view! {
        <dl class="facts pairs">
            <div><dt>"Email"</dt><dd>{email}</dd></div>
            <div>
                <dt>"Account number"</dt>
                <dd><CopyId label="Account number" id=customer.account.to_string() /></dd>
            </div>
            {any(currency)}
            <div>
                <dt>"Active subscriptions"</dt>
                <dd>{count::thousands(active_subscriptions)}</dd>
            </div>
            <div><dt>"Last order"</dt><dd>{last_order}</dd></div>
        </dl>
    }
    .erase()
}

fn its_subscriptions(place: Place, list: ListHere, page: ListPage<SubscriptionRow>) -> AnyView {
    let freshness = page.freshness.clone();
    let content = if page.rows.is_empty() {
        let text = "What is bought for this customer will be listed here, with its term and what is to come.";
        nothing_yet("No subscriptions yet", text.to_owned(), true, None)
    } else {
        rows_of(place, list, page, false)
    };
    as_read(freshness, content)
}
