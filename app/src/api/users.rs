//! Partner users, for admins.

use crate::domain::{
    CreatedUser, ExpiredInvitation, Organisation, OrganisationId, PartnerUser, PartnerUserId,
};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
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
    #[server(default)] role: String,
) -> Result<CreatedUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let new =
        crate::domain::UserForm { name, email, role }.parse().map_err(PublicError::Invalid)?;
    desk.create_user(&admin, creation_key, organisation, new).await
}

/// *Resend invitation*.
#[server(prefix = "/actions", endpoint = "users/resend-invitation")]
pub async fn resend_invitation(user: PartnerUserId) -> Result<CreatedUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.resend_invitation(&admin, user, None).await
}

/// *Disable* and *Enable*.
#[server(prefix = "/actions", endpoint = "users/set-enabled")]
pub async fn set_user_enabled(
    user: PartnerUserId,
    enabled: bool,
) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.set_user_enabled(&admin, user, enabled, None).await
}

/// *Retry* beside a user that failed.
#[server(prefix = "/actions", endpoint = "users/retry")]
pub async fn retry_user(user: PartnerUserId) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.retry_user(&admin, user).await
}

/// A partner user with the organisation they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserOfOrganisation {
    /// The user.
    pub user: PartnerUser,
    /// The organisation.
    pub organisation: Organisation,
}

/// One user.
#[server(prefix = "/actions", endpoint = "users/get", input = Json)]
pub async fn get_user(user: PartnerUserId) -> Result<UserOfOrganisation, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let user = desk.user(&admin, user).await?;
    let organisation = desk.organisation(&admin, user.organisation).await?;
    Ok(UserOfOrganisation { user, organisation })
}

/// Changes a user's name.
#[server(prefix = "/actions", endpoint = "users/rename")]
pub async fn rename_user(
    user: PartnerUserId,
    #[server(default)] name: String,
) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let name = crate::domain::PersonName::parse(&name)
        .map_err(|message| PublicError::field(crate::domain::user::field::NAME, message))?;
    let edit = crate::domain::UserEdit { name: Some(name), role: None };
    desk.edit_user(&admin, user, edit, None).await
}

/// Makes a user a manager or a member.
#[server(prefix = "/actions", endpoint = "users/set-role")]
pub async fn set_user_role(
    user: PartnerUserId,
    #[server(default)] role: String,
) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let role = role
        .parse()
        .map_err(|message: String| PublicError::field(crate::domain::user::field::ROLE, message))?;
    let edit = crate::domain::UserEdit { name: None, role: Some(role) };
    desk.edit_user(&admin, user, edit, None).await
}

/// *Reset password*
#[server(prefix = "/actions", endpoint = "users/reset-password")]
pub async fn reset_user_password(user: PartnerUserId) -> Result<CreatedUser, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.reset_user_password(&admin, user).await
}

/// *Delete user*, confirmed by the email; goes to the organisation's page.
#[server(prefix = "/actions", endpoint = "users/delete")]
pub async fn delete_user(
    user: PartnerUserId,
    #[server(default)] confirmation: String,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let user = desk.user(&admin, user).await?;
    crate::domain::fields::confirmed(&confirmation, user.email.as_str())
        .map_err(PublicError::Invalid)?;
    desk.delete_user(&admin, user.id, None).await?;
    leptos_axum::redirect(&crate::paths::organisation(user.organisation));
    Ok(())
}

/// Whose invitation has expired, the longest ago first.
#[server(prefix = "/actions", endpoint = "users/expired-invitations", input = Json)]
pub async fn list_expired_invitations() -> Result<Vec<ExpiredInvitation>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.expired_invitations(&admin).await
}

/// What became of several invitations that were sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resent {
    /// Who is invited again.
    pub invited: Vec<CreatedUser>,
    /// Why others are not, in a sentence each.
    pub left_out: Vec<String>,
}

/// *Send again* for several invitations at once.
#[server(prefix = "/actions", endpoint = "users/resend-invitations")]
pub async fn resend_invitations(
    #[server(default)] users: Vec<PartnerUserId>,
) -> Result<Resent, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    if users.is_empty() {
        return Err(PublicError::field("users", "Choose at least one invitation."));
    }
    let mut resent = Resent::default();
    for user in users.into_iter().take(usize::from(crate::desks::BULK_LIMIT)) {
        match desk.resend_invitation(&admin, user, None).await {
            Ok(created) => resent.invited.push(created),
            Err(PublicError::Refused(reason)) => resent.left_out.push(reason),
            Err(PublicError::NotFound) => {
                resent.left_out.push("One of them has been deleted meanwhile.".to_owned());
            }
            // The passwords that were made are shown now or never.
            Err(error) if !resent.invited.is_empty() => {
                resent.left_out.push(format!("The others were not invited: {error}"));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(resent)
}
