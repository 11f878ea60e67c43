//! *Create Offer*, and the page of an offer.

use super::super::SETTINGS;
use super::OFFERS;
use super::form::{OfferFields, Place};
use crate::api::offers::{GetCatalog, ListOffers, SaveOffer};
use crate::ask::{Load, load};
use crate::components::live::{Erase, shown};
use crate::components::{Crumb, Failure, PageFrame};
use crate::domain::{Catalog, Offer, OfferId};
use crate::error::PublicError;
use crate::flash::creation_key;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_params_map;

const WAY: &[Crumb] = &[SETTINGS, OFFERS];

/// `/settings/offers/new`
#[component]
pub fn CreateOfferPage() -> impl IntoView {
    page("Create Offer", None)
}

/// `/settings/offers/{id}`
#[component]
pub fn OfferPage() -> impl IntoView {
    // What is no ID at all is asked for as one that no offer has.
    let id = use_params_map().with_untracked(|parameters| parameters.get("id")?.parse().ok());
    page("Edit offer", Some(id.unwrap_or_default()))
}

fn page(title: &'static str, id: Option<OfferId>) -> AnyView {
    let catalog = load(|| GetCatalog {});
    let offers = load(|| ListOffers {});
    let retry = Callback::new(move |()| {
        catalog.refetch();
        offers.refetch();
    });
    let key = creation_key(SaveOffer::PATH);
    view! {
        <PageFrame way=WAY here=move || title>
            <div class="narrow">
                <div class="page-head"><h1>{title}</h1></div>
                <Suspense>
                    {shown(move || read(catalog, offers, id).map(|answer| match answer {
                        Ok((catalog, offers, offer)) => {
                            let place = Place { title, key, offer };
                            view! { <OfferFields place catalog offers /> }.erase()
                        }
                        Err(error) => view! {
                            <Failure title="The form could not be shown" error retry />
                        }.erase(),
                    }))}
                </Suspense>
            </div>
        </PageFrame>
    }
    .erase()
}

/// What the form needs: the catalog, the other offers, and the one it changes.
type Parts = (Catalog, Vec<Offer>, Option<Offer>);

fn read(
    catalog: Load<Catalog>,
    offers: Load<Vec<Offer>>,
    id: Option<OfferId>,
) -> Option<Result<Parts, PublicError>> {
    let (catalog, offers) = (catalog.get()?, offers.get()?);
    let parts = || {
        let (catalog, mut offers) = (catalog?, offers?);
        let Some(id) = id else { return Ok((catalog, offers, None)) };
        let place = offers.iter().position(|offer| offer.id == id);
        let offer = offers.remove(place.ok_or(PublicError::NotFound)?);
        Ok((catalog, offers, Some(offer)))
    };
    Some(parts())
}
