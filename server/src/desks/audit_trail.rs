//! The audit trail, for those who may read it.

use super::OrPublic;
use crate::store::Store;
use crate::store::audit_list::{self, AuditQuery, Recorded};
use partners_app::desks::Admin;
use partners_app::error::PublicError;

/// The desk for the audit trail.
#[derive(Clone)]
pub struct AuditOffice {
    store: Store,
}

impl AuditOffice {
    /// A desk over this database.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Events, newest first, and whether there are more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn events(
        &self,
        admin: &Admin,
        query: &AuditQuery,
    ) -> Result<(Vec<Recorded>, bool), PublicError> {
        let read = async { audit_list::page(self.store.read().await?.connection(), query).await };
        read.await.or_public(admin.origin())
    }
}
