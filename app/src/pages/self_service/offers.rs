//! The tab *Offers* of an organisation's page: the Shop as its users see it,
//! and what they ordered last.

use super::place::{Heading, Place, nothing_yet, section};
use crate::api::shop::{GetShopFront, RecentOrders};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::price::term_words;
use crate::components::progress::use_fetching;
use crate::components::{Failure, ListSkeleton, PriceList};
use crate::domain::{Order, ShopFront, ShopOffer};
use crate::error::PublicError;
use crate::pages::partner::order_rows::OrdersTable;
use leptos::prelude::*;

/// The tab.
#[component]
pub fn OffersTab() -> impl IntoView {
    let place = Place::here();
    let front = load(move || GetShopFront { organisation: place.organisation_now() });
    let orders = load(move || RecentOrders { organisation: place.organisation_now() });
    let retry_front = Callback::new(move |()| front.refetch());
    let retry_orders = Callback::new(move |()| orders.refetch());
    let content = move |front, latest: Result<Vec<Order>, PublicError>| {
        let front = match front {
            Ok(front) => offers(front),
            Err(error) => view! {
                <Failure title="The offers could not be read" error retry=retry_front />
            }
            .erase(),
        };
        let latest = match latest {
            Ok(orders) if orders.is_empty() => nothing_yet(
                "No orders yet",
                "What this partner’s users order will be listed here, with how it stands."
                    .to_owned(),
                true,
                None,
            ),
            Ok(orders) => view! {
                <OrdersTable caption="Latest orders, newest first" orders linked=false />
            }
            .erase(),
            Err(error) => view! {
                <Failure title="The orders could not be read" error retry=retry_orders />
            }
            .erase(),
        };
        view! { {front}{section(place, "orders-title", "Latest orders", latest)} }.erase()
    };
    view! {
        <Heading place text="Offers" />
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading offers" columns=2 /> }
            set_pending=use_fetching()
        >
            {shown(move || Some(content(front.get()?, orders.get()?)))}
        </Transition>
    }
    .erase()
}

fn offers(front: ShopFront) -> AnyView {
    if front.offers.is_empty() {
        let text = "What this partner may sell will be listed here: published offers for which it is eligible.";
        return nothing_yet("No offers for this partner", text.to_owned(), true, None);
    }
    let rows = front.offers.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table offers-in-shop">
                <caption class="hidden">"Offers in the partner’s Shop"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Offer"</th>
                        <th scope="col">"Price"</th>
                        <th scope="col" class="col-term">"Term"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn row(offer: ShopOffer) -> AnyView {
    let labels = (!offer.labels.is_empty()).then(|| {
        let labels = offer
            .labels
            .iter()
            .map(|label| view! { <span class="tag">{label.clone()}</span>" " })
            .collect::<Vec<_>>();
        view! { <span class="tags">{labels}</span> }
    });
    let description = (!offer.description.is_empty())
        .then(|| view! { <p class="reason">{offer.description.clone()}</p> });
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <bdi>{offer.name.clone()}</bdi>
                " "
                {any(labels)}
                {any(description)}
            </th>
            <td data-label="Price" class="whole-card"><PriceList offer=offer.clone() /></td>
            <td data-label="Term" class="whole-card">{term_words(offer.term)}</td>
        </tr>
    }
    .erase()
}
