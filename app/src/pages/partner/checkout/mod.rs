//! The checkout of an offer: for whom, how many, from when.

mod add_ons;
mod customer;
mod form;

use super::PageFailure;
use super::shop::card::feature_list;
use crate::api::shop::GetCheckout;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::price::term_words;
use crate::components::{Icon, PriceList};
use crate::domain::{CheckoutPage as Checkout, ShopOffer};
use crate::page_load::of_address;
use crate::paths;
use form::CheckoutForm;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page.
#[component]
pub fn CheckoutPage() -> impl IntoView {
    let parameters = use_params_map();
    // What is no ID at all is asked for as one that no offer has.
    let offer = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("offer")?.parse().ok());
        id.unwrap_or_default()
    });
    let (customer, draft) = use_query_map().with_untracked(|query| {
        let customer = query.get(paths::FOR_CUSTOMER).and_then(|id| id.parse().ok());
        (customer, query.get(paths::OF_DRAFT).and_then(|id| id.parse().ok()))
    });
    // On the server the page may be gone when this is asked for once more.
    let page =
        load(move || GetCheckout { offer: offer.try_get().unwrap_or_default(), customer, draft });
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <Suspense fallback=|| view! { <CheckoutSkeleton /> }>
            {shown(move || page.get().map(|answer| match answer {
                Ok(page) => view! { <Content page /> }.erase(),
                Err(error) => view! {
                    <PageFailure page="Order" title="The form could not be shown" error retry />
                }.erase(),
            }))}
        </Suspense>
    }
    .erase()
}

#[component]
fn Content(page: Checkout) -> impl IntoView {
    let name = page.offer.name.clone();
    let offer = page.offer.clone();
    view! {
        <a class="back" href=paths::SHOP><Icon name="chevron-left" />"Shop"</a>
        <div class="page-head">
            <div>
                <h1>"Order "<bdi>{name}</bdi></h1>
                <p class="lead">"On the next page you see what it costs, and place the order."</p>
            </div>
        </div>
        <div class="checkout">
            <CheckoutForm page />
            <OfferAside offer />
        </div>
    }
    .erase()
}

/// What is ordered, beside the form.
#[component]
fn OfferAside(offer: ShopOffer) -> impl IntoView {
    let description = (!offer.description.is_empty())
        .then(|| view! { <p class="description">{offer.description.clone()}</p> });
    let features = feature_list(offer.features.clone());
    let term = term_words(offer.term);
    view! {
        <aside class="card offer" aria-labelledby="offer-title">
            <h2 id="offer-title"><bdi>{offer.name.clone()}</bdi></h2>
            <PriceList offer />
            <p class="small quiet">{term}</p>
            {any(description)}
            {features}
        </aside>
    }
    .erase()
}

#[component]
fn CheckoutSkeleton() -> impl IntoView {
    view! {
        <Title text="Order" />
        <div class="skeleton" aria-busy="true">
            <div class="page-head"><h1>"Order"</h1></div>
            <div class="card">
                <span class="bar short"></span>
                <span class="bar"></span>
                <span class="bar"></span>
            </div>
        </div>
    }
    .erase()
}
