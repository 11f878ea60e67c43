//! Admins: accounts at the identity provider alone. That one was made stands in
//! the audit trail all the same.

use crate::clock::Clock;
use crate::identity::{AccountChange, AccountChanges, Deed, ExistingAdmin, Identity};
use crate::store::Store;
use crate::store::audit::Actor;
use partners_app::domain::{Email, PersonName};
use secrecy::SecretString;
use std::sync::Arc;

/// Makes admins.
#[derive(Clone)]
pub struct Admins {
    identity: Arc<dyn Identity>,
    changes: AccountChanges,
}

impl Admins {
    /// Admins at `identity`, with their audit trail in `store`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, identity: Arc<dyn Identity>) -> Self {
        let changes = AccountChanges::new(store, clock, identity.kind());
        Self { identity, changes }
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
        let deed = match self.identity.find(email).await? {
            Some(account) => Deed::AdminPasswordSet(account.subject),
            None => Deed::AdminCreated(name.clone()),
        };
        let change =
            AccountChange { actor: actor.clone(), deed, email: email.clone(), holder: None };
        let made = self.identity.create_admin(email, name, password, existing, &change);
        self.changes.make(&change, made).await?;
        Ok(())
    }
}
