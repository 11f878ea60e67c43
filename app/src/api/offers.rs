//! Offers, for admins.

use crate::domain::{Catalog, Offer, OfferId};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// Zuora's product catalog.
#[server(prefix = "/actions", endpoint = "offers/catalog", input = Json)]
pub async fn get_catalog() -> Result<Catalog, PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.catalog(&admin).await
}

/// All offers.
#[server(prefix = "/actions", endpoint = "offers/list", input = Json)]
pub async fn list_offers() -> Result<Vec<Offer>, PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.offers(&admin).await
}

/// One offer.
#[server(prefix = "/actions", endpoint = "offers/get", input = Json)]
pub async fn get_offer(id: OfferId) -> Result<Offer, PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.offer(&admin, id).await
}

/// *Create Offer* and *Save*: creates the offer where `id` is empty, else
/// changes it; then goes to the list.
#[server(prefix = "/actions", endpoint = "offers/save")]
pub async fn save_offer(
    creation_key: Uuid,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    #[server(default)] rate_plan: String,
    #[server(default)] kind: String,
    #[server(default)] name: String,
    #[server(default)] description: String,
    #[server(default)] features: String,
    #[server(default)] labels: String,
    #[server(default)] channels: Vec<String>,
    #[server(default)] eligible: String,
    #[server(default)] partners: Vec<String>,
    #[server(default)] add_ons: Vec<String>,
    #[server(default)] changes_to: Vec<String>,
    #[server(default)] term_months: String,
    #[server(default)] auto_renew: String,
    #[server(default)] visible_from: String,
    #[server(default)] visible_until: String,
    #[server(default)] state: String,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    let form = crate::domain::OfferForm {
        rate_plan,
        kind,
        name,
        description,
        features,
        labels,
        channels,
        eligible,
        partners,
        add_ons,
        changes_to,
        term_months,
        auto_renew,
        visible_from,
        visible_until,
        state,
    };
    let content = form.parse().map_err(PublicError::Invalid)?;
    if id.is_empty() {
        desk.create_offer(&admin, creation_key, content).await?;
    } else {
        let id = id.parse().map_err(|_| PublicError::NotFound)?;
        desk.edit_offer(&admin, id, version, content).await?;
    }
    leptos_axum::redirect(crate::paths::OFFERS);
    Ok(())
}
