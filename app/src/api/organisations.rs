//! Partner organisations, for admins.

use crate::domain::{Organisation, OrganisationId, OrganisationQuery, OrganisationRow, Page};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// A page of the partners table.
#[server(prefix = "/actions", endpoint = "organisations/list", input = Json)]
pub async fn list_organisations(
    query: OrganisationQuery,
) -> Result<Page<OrganisationRow>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.organisations(&admin, &query).await
}

/// One organisation.
#[server(prefix = "/actions", endpoint = "organisations/get", input = Json)]
pub async fn get_organisation(id: OrganisationId) -> Result<Organisation, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.organisation(&admin, id).await
}

/// *Create Partner Organisation*: creates it and goes to its page.
#[server(prefix = "/actions", endpoint = "organisations/create")]
pub async fn create_organisation(
    creation_key: Uuid,
    #[server(default)] name: String,
    #[server(default)] logo: String,
    #[server(default)] zuora_account_id: String,
    #[server(default)] salesforce_account_id: String,
    #[server(default)] invoice_owner: String,
    #[server(default)] accept_duplicates: bool,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let form = crate::domain::OrganisationForm {
        name,
        logo,
        zuora_account_id,
        salesforce_account_id,
        invoice_owner,
    };
    let uses_salesforce = desk.uses_salesforce(&admin).await?;
    let new = form.parse(uses_salesforce.0).map_err(PublicError::Invalid)?;
    let organisation =
        desk.create_organisation(&admin, creation_key, new, accept_duplicates).await?;
    leptos_axum::redirect(&crate::paths::organisation(organisation.id));
    Ok(())
}

/// The pencil: changes name and logo, the only two things that can change.
#[server(prefix = "/actions", endpoint = "organisations/edit")]
pub async fn edit_organisation(
    id: OrganisationId,
    version: i64,
    #[server(default)] name: String,
    #[server(default)] logo: String,
) -> Result<Organisation, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let edit =
        crate::domain::OrganisationEdit::parse(&name, &logo).map_err(PublicError::Invalid)?;
    desk.edit_organisation(&admin, id, version, edit, None).await
}

/// *Suspend* and *Reactivate*: its users cannot sign in, or can again.
#[server(prefix = "/actions", endpoint = "organisations/set-suspended")]
pub async fn set_organisation_suspended(
    organisation: OrganisationId,
    #[server(default)] suspended: bool,
) -> Result<Organisation, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.set_organisation_suspended(&admin, organisation, suspended, None).await
}

/// *Delete Partner Organisation*, confirmed by the name; goes to the table.
#[server(prefix = "/actions", endpoint = "organisations/delete")]
pub async fn delete_organisation(
    organisation: OrganisationId,
    #[server(default)] confirmation: String,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let organisation = desk.organisation(&admin, organisation).await?;
    crate::domain::fields::confirmed(&confirmation, organisation.name.as_str())
        .map_err(PublicError::Invalid)?;
    desk.delete_organisation(&admin, organisation.id, None).await?;
    leptos_axum::redirect(crate::paths::PARTNERS);
    Ok(())
}
