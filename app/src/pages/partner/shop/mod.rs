//! The Shop: what the organisation's users may sell.

pub mod card;
mod groups;

use super::PageFailure;
use crate::api::shop::GetShopFront;
use crate::ask::load;
use crate::components::Empty;
use crate::components::live::{Erase, shown};
use crate::domain::{CustomerId, ShopFront};
use crate::page_load::of_address;
use crate::paths;
use card::OfferCard;
use groups::{Group, by_label};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn ShopPage() -> impl IntoView {
    let front = load(|| GetShopFront { organisation: None });
    let retry = Callback::new(move |()| front.refetch());
    let query = use_query_map();
    // The router keeps the page where only the query is another.
    let customer =
        of_address(move |_| query.with(|query| query.get(paths::FOR_CUSTOMER)?.parse().ok()));
    view! {
        <Title text="Shop" />
        <Suspense fallback=|| view! { <ShopSkeleton /> }>
            {shown(move || front.get().map(|answer| match answer {
                Ok(front) => {
                    view! { <Front front customer=customer.try_get().flatten() /> }.erase()
                }
                Err(error) => view! {
                    <PageFailure page="Shop" title="The offers could not be read" error retry />
                }.erase(),
            }))}
        </Suspense>
    }
    .erase()
}

#[component]
fn Front(front: ShopFront, customer: Option<CustomerId>) -> impl IntoView {
    let content = if front.offers.is_empty() {
        view! {
            <Empty
                title="No offers yet"
                text="What your organisation may sell will be listed here, once it has been offered to you."
            >
                ()
            </Empty>
        }
        .erase()
    } else {
        let groups = by_label(front.offers);
        let is_labelled = groups.iter().any(|group| group.label.is_some());
        groups
            .into_iter()
            .enumerate()
            .map(|(place, group)| group_of_offers(place, group, is_labelled, customer))
            .collect::<Vec<_>>()
            .into_any()
    };
    view! {
        <div class="page-head">
            <div>
                <h1>"Shop"</h1>
                <p class="lead">
                    "Choose what to order for an end customer. Nothing is ordered before you have seen what it costs."
                </p>
            </div>
        </div>
        {content}
    }
    .erase()
}

fn group_of_offers(
    place: usize,
    group: Group,
    is_labelled: bool,
    customer: Option<CustomerId>,
) -> AnyView {
    let cards = group
        .offers
        .into_iter()
        .map(|offer| view! { <li><OfferCard offer customer below_heading=is_labelled /></li> })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    let offers = view! { <ul class="offers">{cards}</ul> }.erase();
    if !is_labelled {
        return offers;
    }
    let id = format!("offers-{place}");
    let labelled_by = id.clone();
    view! {
        <section class="offer-group" aria-labelledby=labelled_by>
            <h2 id=id><bdi>{group.label.unwrap_or_else(|| "Other offers".to_owned())}</bdi></h2>
            {offers}
        </section>
    }
    .erase()
}

#[component]
fn ShopSkeleton() -> impl IntoView {
    let cards = (0..3)
        .map(|_| {
            view! {
                <li>
                    <div class="card offer">
                        <span class="bar short"></span>
                        <span class="bar"></span>
                        <span class="bar"></span>
                    </div>
                </li>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <div class="page-head"><h1>"Shop"</h1></div>
        <ul class="offers skeleton" aria-busy="true">{cards}</ul>
    }
    .erase()
}
