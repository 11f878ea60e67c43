//! *Settings › Profile › Partner pages*

use crate::domain::{OrganisationId, OrganisationName, PartnerPagesSettings};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Who reaches which partner pages.
#[server(prefix = "/actions", endpoint = "partner-pages/get", input = Json)]
pub async fn get_partner_pages() -> Result<PartnerPagesSettings, PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.partner_pages(&admin).await
}

/// *Save*. Access is `off`, `all` or `chosen`.
#[server(prefix = "/actions", endpoint = "partner-pages/save")]
pub async fn save_partner_pages(
    #[server(default)] shop: String,
    #[server(default)] shop_partners: Vec<String>,
    #[server(default)] self_service: String,
    #[server(default)] self_service_partners: Vec<String>,
    #[server(default)] contact: String,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    let form = crate::domain::audience::PartnerPagesForm {
        shop,
        shop_partners,
        self_service,
        self_service_partners,
        contact,
    };
    desk.set_partner_pages(&admin, form.parse().map_err(PublicError::Invalid)?).await
}

/// The names of these organisations, as far as they exist.
#[server(prefix = "/actions", endpoint = "organisations/names", input = Json)]
pub async fn organisation_names(
    ids: Vec<OrganisationId>,
) -> Result<Vec<(OrganisationId, OrganisationName)>, PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.organisation_names(&admin, &ids).await
}
