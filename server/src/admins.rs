//! Admins: accounts at the identity provider alone. That one was made stands in
//! the audit trail all the same.

use crate::clock::Clock;
use crate::identity::{ExistingAdmin, Identity};
use crate::store::audit::{self, Actor, Event};
use crate::store::{Store, sessions};
use partners_app::domain::{Email, PersonName};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;

/// Makes admins.
#[derive(Clone)]
pub struct Admins {
    store: Store,
    clock: Clock,
    identity: Arc<dyn Identity>,
}

impl Admins {
    /// Admins at `identity`, with their audit trail in `store`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, identity: Arc<dyn Identity>) -> Self {
        Self { store, clock, identity }
    }

    /// Whether there is any.
    ///
    /// # Errors
    /// Where the provider does not say.
    pub async fn is_any(&self) -> anyhow::Result<bool> {
        Ok(self.identity.has_admin().await?)
    }

    /// Makes an admin for `actor`; `existing` says what becomes of the password of
    /// one who exists, whose sessions end where it is another. Made again after a
    /// failure, nothing is there twice.
    ///
    /// # Errors
    /// Where the provider refuses, or the database fails.
    pub async fn make(
        &self,
        actor: &Actor,
        email: &Email,
        name: &PersonName,
        password: &SecretString,
        existing: ExistingAdmin,
    ) -> anyhow::Result<()> {
        let was_there = self.identity.find(email).await?.is_some();
        let account = self.identity.create_admin(email, name, password, existing).await?;
        let (action, changes) = if was_there {
            ("admin.password_set", json!({ "email": email }))
        } else {
            ("admin.created", json!({ "name": [null, name], "email": [null, email] }))
        };
        let event = Event { action, organisation: None, subject: None, changes };
        let mut writer = self.store.write().await?;
        sessions::delete_of_subject(writer.connection(), &account.subject.0).await?;
        audit::record(writer.connection(), self.clock.now(), actor, &event).await?;
        Ok(writer.commit().await?)
    }
}
