//! The billing system's product catalog: read when an admin needs it, and in
//! the background so that a plan that is sold no more is noticed.

use crate::accounts::Accounts;
use crate::billing::{Billing, BillingError, Passing};
use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::store::{self, Store, StoreError};
use async_trait::async_trait;
use partners_app::domain::{self, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// An admin sees a catalog no older than this.
const FRESH: Duration = Duration::from_secs(60);
/// In the background it is read so often, …
const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// … and tried again after this, where it could not be read.
const PAUSE: Duration = Duration::from_secs(60);
/// How long an admin is kept waiting for it.
const PATIENCE: Duration = Duration::from_secs(8);
/// A large catalog comes in many pages; after this it is given up.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Reads the catalog.
#[derive(Clone)]
pub struct Catalog {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    /// When the background may try again. Each instance has its own.
    not_before: Arc<AtomicI64>,
}

impl Catalog {
    /// The catalog of the billing system of `accounts`, if one is connected.
    #[must_use]
    pub fn new(store: Store, clock: Clock, accounts: Accounts) -> Self {
        Self { store, clock, accounts, not_before: Arc::default() }
    }

    /// The catalog no older than a minute; where the billing system does not
    /// answer, as it was last read.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn fresh(&self) -> Result<domain::Catalog, StoreError> {
        let read_at = store::catalog::read_at(self.store.read().await?.connection()).await?;
        let is_old = read_at.is_none_or(|at| at.plus(FRESH) <= self.clock.now());
        let is_away = match self.accounts.billing() {
            Some(billing) if is_old => !self.read(billing.as_ref(), PATIENCE).await?,
            _ => false,
        };
        let mut reader = self.store.read().await?;
        Ok(domain::Catalog {
            plans: store::catalog::plans(reader.connection()).await?,
            read_at: store::catalog::read_at(reader.connection()).await?,
            is_away,
        })
    }

    /// Reads it; false where the billing system does not answer in time.
    async fn read(&self, billing: &dyn Billing, patience: Duration) -> Result<bool, StoreError> {
        let no_answer = || BillingError::TryAgain {
            cause: Passing::Unavailable,
            after: None,
            message: "no answer in time".to_owned(),
        };
        let answer =
            timeout(patience, billing.catalog()).await.unwrap_or_else(|_| Err(no_answer()));
        let plans = match answer {
            Ok(plans) => plans,
            Err(error) => {
                tracing::warn!(%error, "the catalog could not be read");
                return Ok(false);
            }
        };
        let mut writer = self.store.write().await?;
        let (today, now) = (self.clock.today(), self.clock.now());
        let lost = store::catalog::keep(writer.connection(), &plans, today, now).await?;
        writer.commit().await?;
        if !lost.is_empty() {
            tracing::warn!(plans = ?lost, "rate plans are no longer sold");
        }
        Ok(true)
    }

    /// Works until `stop` turns true.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        attend(&self, &self.clock, &Notify::new(), stop).await;
    }

    async fn due(&self) -> Result<Timestamp, StoreError> {
        let read_at = store::catalog::read_at(self.store.read().await?.connection()).await?;
        let due = read_at.map_or(Timestamp::from_millis(0), |at| at.plus(INTERVAL));
        Ok(due.max(Timestamp::from_millis(self.not_before.load(Ordering::Relaxed))))
    }
}

#[async_trait]
impl Duty for Catalog {
    fn name(&self) -> &'static str {
        "product catalog"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        let Some(billing) = self.accounts.billing() else { return Ok(0) };
        if self.due().await? > self.clock.now() {
            return Ok(0);
        }
        if self.read(billing.as_ref(), LONGEST).await? {
            return Ok(1);
        }
        self.not_before.store(self.clock.now().plus(PAUSE).millis(), Ordering::Relaxed);
        Ok(0)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.accounts.billing().is_none() {
            return Ok(None);
        }
        self.due().await.map(Some)
    }
}
