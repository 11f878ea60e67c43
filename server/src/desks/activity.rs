//! What was done, for admins and their programs.

use super::OrPublic;
use crate::store::audit_list::{self, AuditQuery, Recorded};
use crate::store::{Store, activity};
use async_trait::async_trait;
use partners_app::desks::{ActivityDesk, Admin};
use partners_app::domain::{ActivityPage, ActivityQuery};
use partners_app::error::PublicError;

/// The desk for the audit trail.
#[derive(Clone)]
pub struct ActivityOffice {
    store: Store,
}

impl ActivityOffice {
    /// A desk over this.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Events as they were recorded, for programs: the newest first, and whether
    /// there are more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn recorded(
        &self,
        admin: &Admin,
        query: &AuditQuery,
    ) -> Result<(Vec<Recorded>, bool), PublicError> {
        let read = async { audit_list::page(self.store.read().await?.connection(), query).await };
        read.await.or_public(admin.origin())
    }
}

#[async_trait]
impl ActivityDesk for ActivityOffice {
    async fn activity(
        &self,
        admin: &Admin,
        query: &ActivityQuery,
    ) -> Result<ActivityPage, PublicError> {
        let read = async { activity::page(self.store.read().await?.connection(), query).await };
        read.await.or_public(admin.origin())
    }
}
