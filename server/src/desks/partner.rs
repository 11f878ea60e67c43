//! What partner users see of their own organisation.

use super::OrPublic;
use crate::store::{Store, organisations, users};
use async_trait::async_trait;
use partners_app::desks::{PartnerDesk, PartnerSession};
use partners_app::domain::{Organisation, PartnerUser};
use partners_app::error::PublicError;

/// The partner users' desk.
#[derive(Clone)]
pub struct PartnerOffice {
    store: Store,
}

impl PartnerOffice {
    /// A desk over this database.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
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
        let read = async {
            users::of_organisation(self.store.read().await?.connection(), partner.organisation())
                .await
        };
        read.await.or_public(partner.origin())
    }
}
