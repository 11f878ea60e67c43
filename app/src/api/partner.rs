//! The partner's own pages.

use crate::domain::{CreatedUser, Organisation, PartnerUser, PartnerUserId};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a partner user sees first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerHome {
    /// Their organisation.
    pub organisation: Organisation,
    /// Everybody in it, themselves included.
    pub colleagues: Vec<PartnerUser>,
    /// Whether they look after the others.
    pub manages: bool,
}

/// The people of an organisation, for its manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Everybody, the manager included.
    pub colleagues: Vec<PartnerUser>,
    /// The manager.
    pub you: PartnerUserId,
}

/// The partner's first page.
#[server(prefix = "/actions", endpoint = "partner/home", input = Json)]
pub async fn get_partner_home() -> Result<PartnerHome, PublicError> {
    let (partner, desk) = super::context::partner_desk()?;
    Ok(PartnerHome {
        organisation: desk.organisation(&partner).await?,
        colleagues: desk.colleagues(&partner).await?,
        manages: partner.as_manager().is_some(),
    })
}

/// *Colleagues*, for managers.
#[server(prefix = "/actions", endpoint = "partner/team", input = Json)]
pub async fn get_team() -> Result<Team, PublicError> {
    let (manager, desk) = super::context::team_desk()?;
    let partner = manager.session();
    Ok(Team { colleagues: desk.colleagues(partner).await?, you: partner.user() })
}

/// *Invite colleague*
#[server(prefix = "/actions", endpoint = "partner/invite-colleague")]
pub async fn invite_colleague(
    creation_key: Uuid,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] role: String,
) -> Result<CreatedUser, PublicError> {
    let (manager, desk) = super::context::team_desk()?;
    let new =
        crate::domain::UserForm { name, email, role }.parse().map_err(PublicError::Invalid)?;
    desk.invite_colleague(&manager, creation_key, new).await
}

/// *Resend invitation* to a colleague.
#[server(prefix = "/actions", endpoint = "partner/invite-colleague-again")]
pub async fn invite_colleague_again(user: PartnerUserId) -> Result<CreatedUser, PublicError> {
    let (manager, desk) = super::context::team_desk()?;
    desk.invite_colleague_again(&manager, user).await
}

/// *Disable* and *Enable* a colleague.
#[server(prefix = "/actions", endpoint = "partner/set-colleague-enabled")]
pub async fn set_colleague_enabled(
    user: PartnerUserId,
    #[server(default)] enabled: bool,
) -> Result<PartnerUser, PublicError> {
    let (manager, desk) = super::context::team_desk()?;
    desk.set_colleague_enabled(&manager, user, enabled).await
}

/// *Make manager* and *Make member*.
#[server(prefix = "/actions", endpoint = "partner/set-colleague-role")]
pub async fn set_colleague_role(
    user: PartnerUserId,
    #[server(default)] role: String,
) -> Result<PartnerUser, PublicError> {
    let (manager, desk) = super::context::team_desk()?;
    let role = role.parse().map_err(PublicError::Refused)?;
    desk.set_colleague_role(&manager, user, role).await
}
