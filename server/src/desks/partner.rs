//! What partner users see of their own organisation.

use super::OrPublic;
use super::People;
use crate::store::{Store, organisations};
use async_trait::async_trait;
use partners_app::desks::{CreationKey, Manager, PartnerDesk, PartnerSession};
use partners_app::domain::{
    CreatedUser, NewUser, Organisation, PartnerUser, PartnerUserId, UserEdit, UserRole,
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
        self.people.list(partner.origin(), partner.organisation()).await
    }

    async fn invite_colleague(
        &self,
        manager: &Manager,
        key: CreationKey,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError> {
        let organisation = manager.session().organisation();
        self.people.add(&manager.into(), key, organisation, new).await
    }

    async fn invite_colleague_again(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        self.people.invite_again(&manager.into(), colleague, None).await
    }

    async fn set_colleague_enabled(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
        enabled: bool,
    ) -> Result<PartnerUser, PublicError> {
        self.people.set_enabled(&manager.into(), colleague, enabled, None).await
    }

    async fn set_colleague_role(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
        role: UserRole,
    ) -> Result<PartnerUser, PublicError> {
        let edit = UserEdit { name: None, role: Some(role) };
        self.people.edit(&manager.into(), colleague, &edit, None).await
    }
}
