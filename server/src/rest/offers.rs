//! What a partner organisation may order over the API, for its own clients.

use super::Rest;
use super::bearer::AsPartner;
use super::error::{ApiError, ErrorBody};
use super::extract::ApiPath;
use super::paging::{SERVICE, id};
use axum::Json;
use axum::extract::State;
use partners_app::desks::{ShopDesk, Sight};
use partners_app::domain::{OfferId, ShopOffer};
use serde::Serialize;
use utoipa::ToSchema;

/// An offer that may be ordered.
#[derive(Serialize, ToSchema)]
pub(super) struct Offer {
    /// The offer’s ID, a UUID: `orderItems[].offer.id` of an order.
    id: String,
    /// Its display name.
    name: String,
    data: OfferData,
    /// `offer`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
}

/// What is known of an offer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfferData {
    /// What it is; may be empty.
    description: String,
    /// What it has, line by line.
    features: Vec<String>,
    /// What it is grouped by.
    labels: Vec<String>,
    /// The three letters of each currency it can be ordered in.
    currencies: Vec<String>,
    /// Whether it is ordered with a quantity.
    takes_quantity: bool,
    /// How many months a term has; left out for a subscription without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    term_months: Option<u32>,
    /// Whether another term follows by itself.
    auto_renew: bool,
    /// The add-ons that may be ordered with it; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    add_ons: Option<Vec<Offer>>,
}

impl From<ShopOffer> for Offer {
    fn from(offer: ShopOffer) -> Self {
        Self {
            id: offer.id.to_string(),
            name: offer.name,
            data: OfferData {
                description: offer.description,
                features: offer.features,
                labels: offer.labels,
                currencies: offer.currencies.iter().map(ToString::to_string).collect(),
                takes_quantity: offer.takes_quantity,
                term_months: offer.term.months,
                auto_renew: offer.term.auto_renew,
                add_ons: None,
            },
            record_type: "offer",
            service: SERVICE,
        }
    }
}

/// All offers that may be ordered.
#[derive(Serialize, ToSchema)]
pub(super) struct Offers {
    items: Vec<Offer>,
}

/// List the offers that the organisation may order
///
/// Those with the sales channel *API*. What they cost says the preview of an
/// order.
#[utoipa::path(
    get,
    path = "/api/partner/offer",
    tag = "Partner orders",
    operation_id = "listPartnerOffers",
    responses(
        (status = 200, description = "All of them", body = Offers),
        (status = 502, description = "Zuora does not answer", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn list_offers(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
) -> Result<Json<Offers>, ApiError> {
    let front = rest.shop.front(&Sight::Partner(partner)).await;
    let front = front.map_err(|error| ApiError::of_zuora(error, str::to_owned))?;
    Ok(Json(Offers { items: front.offers.into_iter().map(Into::into).collect() }))
}

/// Get an offer, with its add-ons
#[utoipa::path(
    get,
    path = "/api/partner/offer/{offerId}",
    tag = "Partner orders",
    operation_id = "getPartnerOffer",
    params(("offerId" = String, Path, description = "The offer’s ID")),
    responses(
        (status = 200, description = "The offer", body = Offer),
        (status = 404, description = "The organisation may not order such an offer", body = ErrorBody),
        (status = 502, description = "Zuora does not answer", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn get_offer(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiPath(offer): ApiPath<String>,
) -> Result<Json<Offer>, ApiError> {
    let page = rest.shop.checkout(&partner, id::<OfferId>(&offer)?, None, None).await;
    let page = page.map_err(|error| ApiError::of_zuora(error, str::to_owned))?;
    let mut offer = Offer::from(page.offer);
    offer.data.add_ons = Some(page.add_ons.into_iter().map(Into::into).collect());
    Ok(Json(offer))
}
