//! Partner users, for admins.

use crate::domain::{CreatedUser, OrganisationId, PartnerUser, PartnerUserId};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// The users of an organisation.
#[server(prefix = "/actions", endpoint = "users/list", input = Json)]
pub async fn list_users(organisation: OrganisationId) -> Result<Vec<PartnerUser>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.users(&admin, organisation).await
}

/// *Save* in the *Create user* dialog.
#[server(prefix = "/actions", endpoint = "users/create")]
pub async fn create_user(
    organisation: OrganisationId,
    creation_key: Uuid,
    #[server(default)] name: String,
    #[server(default)] email: String,
) -> Result<CreatedUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let new = crate::domain::UserForm { name, email }.parse().map_err(PublicError::Invalid)?;
    desk.create_user(&admin, creation_key, organisation, new).await
}

/// *Resend invitation*.
#[server(prefix = "/actions", endpoint = "users/resend-invitation")]
pub async fn resend_invitation(user: PartnerUserId) -> Result<CreatedUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.resend_invitation(&admin, user).await
}

/// *Disable* and *Enable*.
#[server(prefix = "/actions", endpoint = "users/set-enabled")]
pub async fn set_user_enabled(
    user: PartnerUserId,
    enabled: bool,
) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.set_user_enabled(&admin, user, enabled).await
}

/// *Retry* beside a user that failed.
#[server(prefix = "/actions", endpoint = "users/retry")]
pub async fn retry_user(user: PartnerUserId) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.retry_user(&admin, user).await
}
