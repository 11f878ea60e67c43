//! What partner users see of their own organisation.

use super::OrPublic;
use super::People;
use crate::store::{Store, organisations};
use async_trait::async_trait;
use partners_app::desks::{CreationKey, Manager, PartnerDesk, PartnerSession};
use partners_app::domain::{
    CreatedUser, NewUser, Organisation, PartnerUser, PartnerUserId, UserEdit, UserRole, UserStatus,
};
use partners_app::error::PublicError;

/// The partner users' desk.
#[derive(Clone)]
pub struct PartnerOffice {
    store: Store,
    people: People,
}

impl PartnerOffice {
    /// A desk over this database, for these people.
    #[must_use]
    pub const fn new(store: Store, people: People) -> Self {
        Self { store, people }
    }
}

/// A user as their colleagues see them. Why an account is not set up is about
/// the installation, which is the admins' business.
fn for_colleagues(user: PartnerUser) -> PartnerUser {
    let status = match user.status {
        UserStatus::Failed { .. } => UserStatus::Failed {
            reason: "The account could not be set up. Ask an administrator.".to_owned(),
        },
        UserStatus::SettingUp { waiting_for: Some(_) } => UserStatus::SettingUp {
            waiting_for: Some("This takes longer than usual. It is tried again.".to_owned()),
        },
        status => status,
    };
    PartnerUser { status, ..user }
}

fn created_for_colleagues(created: CreatedUser) -> CreatedUser {
    CreatedUser { user: for_colleagues(created.user), ..created }
}

#[async_trait]
impl PartnerDesk for PartnerOffice {
    async fn organisation(&self, partner: &PartnerSession) -> Result<Organisation, PublicError> {
        let read = async {
            organisations::by_id(self.store.read().await?.connection(), partner.organisation())
                .await
        };
        read.await.or_public(partner.origin())?.ok_or(PublicError::NotFound)
    }

    async fn colleagues(&self, partner: &PartnerSession) -> Result<Vec<PartnerUser>, PublicError> {
        let users = self.people.list(partner.origin(), partner.organisation()).await?;
        Ok(users.into_iter().map(for_colleagues).collect())
    }

    async fn invite_colleague(
        &self,
        manager: &Manager,
        key: CreationKey,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError> {
        let organisation = manager.session().organisation();
        self.people.add(&manager.into(), key, organisation, new).await.map(created_for_colleagues)
    }

    async fn invite_colleague_again(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        self.people.invite_again(&manager.into(), colleague, None).await.map(created_for_colleagues)
    }

    async fn set_colleague_enabled(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
        enabled: bool,
    ) -> Result<PartnerUser, PublicError> {
        self.people.set_enabled(&manager.into(), colleague, enabled, None).await.map(for_colleagues)
    }

    async fn set_colleague_role(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
        role: UserRole,
    ) -> Result<PartnerUser, PublicError> {
        let edit = UserEdit { name: None, role: Some(role) };
        self.people.edit(&manager.into(), colleague, &edit, None).await.map(for_colleagues)
    }
}
