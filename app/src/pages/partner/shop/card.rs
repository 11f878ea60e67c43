//! An offer in the Shop.

use crate::components::live::{Erase, any};
use crate::components::price::term_words;
use crate::components::{Icon, PriceList};
use crate::domain::{CustomerId, ShopOffer};
use crate::paths;
use leptos::prelude::*;

/// Name, price, what it is, and *Choose*.
#[component]
pub fn OfferCard(
    /// The offer.
    offer: ShopOffer,
    /// For whom it is chosen, where that is known.
    customer: Option<CustomerId>,
    /// Whether a heading stands over its group.
    below_heading: bool,
) -> impl IntoView {
    let href = paths::checkout_for(offer.id, customer);
    let name = offer.name.clone();
    let heading = if below_heading {
        view! { <h3><bdi>{name.clone()}</bdi></h3> }.erase()
    } else {
        view! { <h2><bdi>{name.clone()}</bdi></h2> }.erase()
    };
    let description = offer.description.clone();
    let description =
        (!description.is_empty()).then(|| view! { <p class="description">{description}</p> });
    let features = feature_list(offer.features.clone());
    let term = term_words(offer.term);
    view! {
        <article class="card offer">
            {heading}
            <PriceList offer />
            <p class="small quiet">{term}</p>
            {any(description)}
            {features}
            <a class="button primary" href=href>
                "Choose"
                <span class="hidden">" "{name}</span>
            </a>
        </article>
    }
    .erase()
}

/// The feature lines of an offer, each with a tick.
pub fn feature_list(features: Vec<String>) -> Option<AnyView> {
    let lines = features
        .into_iter()
        .map(|line| view! { <li><Icon name="check" /><span>{line}</span></li> })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    (!lines.is_empty()).then(|| view! { <ul class="features">{lines}</ul> }.erase())
}
