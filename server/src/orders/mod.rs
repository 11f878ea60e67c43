//! Orders on their way to the billing system: none is lost, none is doubled.
//!
//! An order is committed before the billing system hears of it, and each
//! attempt's key before it is sent. Whatever stops this in the middle, a crash,
//! an outage or a lost answer, it finds the order still due, looks whether the
//! billing system has it under our reference, and only then sends it again.

mod content;
mod owners;
mod steps;
mod told;
mod words;

pub use content::OrderContent;
pub use words::{blocked, given_up, missing, sentence};

use crate::accounts::Accounts;
use crate::billing::Billing;
use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::projection::Projection;
use crate::store::order_work::{self, Due};
use crate::store::{Store, StoreError, drafts};
use async_trait::async_trait;
use partners_app::domain::{OrderId, Timestamp};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tracing::Instrument;

/// For how long an order is this instance's alone; renewed while it is worked
/// on, so that a crash delays it no longer than this.
const LEASE: Duration = Duration::from_secs(20);
const RENEWAL: Duration = Duration::from_secs(5);
/// How many orders are worked on at once: one that is slow does not keep the
/// others waiting.
const AT_ONCE: usize = 4;
/// How long a draft waits for *Place order*.
const DRAFT_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
const CLEANING: Duration = Duration::from_secs(10 * 60);

/// Sends orders on their way.
#[derive(Clone)]
pub struct Orders {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    projection: Projection,
    wake: Arc<Notify>,
    cleaned_at: Arc<AtomicI64>,
}

impl Orders {
    /// Orders to be placed in the billing system of `accounts`; what comes of
    /// them is told to `projection`.
    #[must_use]
    pub fn new(store: Store, clock: Clock, accounts: Accounts, projection: Projection) -> Self {
        let (wake, cleaned_at) = (Arc::default(), Arc::default());
        Self { store, clock, accounts, projection, wake, cleaned_at }
    }

    /// Says that an order has just been saved.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Works until `stop` turns true; finishes the orders it is at.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let workers = (0..AT_ONCE).map(|_| attend(&self, &self.clock, &self.wake, stop.clone()));
        futures::future::join_all(workers).await;
    }

    /// Takes an order that is due, if there is one.
    async fn lease(&self) -> Result<Option<Due>, StoreError> {
        let due = order_work::next_due(self.store.read().await?.connection()).await?;
        let now = self.clock.now();
        if due.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let mut writer = self.store.write().await?;
        let due = order_work::lease(writer.connection(), now, LEASE).await?;
        writer.commit().await?;
        Ok(due)
    }

    async fn work_on(&self, billing: &dyn Billing, due: &Due) -> Result<(), StoreError> {
        tokio::select! {
            ended = self.carry_on(billing, due) => ended,
            never = self.keep(due.id) => match never {},
        }
    }

    /// Keeps an order for as long as it is worked on.
    async fn keep(&self, id: OrderId) -> Infallible {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let renew = async {
                let mut writer = self.store.write().await?;
                let until = self.clock.now().plus(LEASE);
                order_work::renew(writer.connection(), id, until).await?;
                writer.commit().await
            };
            if let Err(error) = renew.await {
                tracing::warn!(%error, order.id = %id, "an order could not be kept");
            }
        }
    }

    /// Removes drafts that nobody placed, now and then.
    async fn clean(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let cleaned_at = self.cleaned_at.load(Ordering::Relaxed);
        if now < Timestamp::from_millis(cleaned_at).plus(CLEANING) {
            return Ok(());
        }
        self.cleaned_at.store(now.millis(), Ordering::Relaxed);
        let mut writer = self.store.write().await?;
        drafts::delete_old(writer.connection(), now.minus(DRAFT_LIFE)).await?;
        writer.commit().await
    }
}

#[async_trait]
impl Duty for Orders {
    fn name(&self) -> &'static str {
        "orders"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        if let Err(error) = self.clean().await {
            tracing::warn!(%error, "old drafts could not be removed");
        }
        let Some(billing) = self.accounts.billing() else { return Ok(0) };
        let Some(due) = self.lease().await? else { return Ok(0) };
        let span =
            tracing::info_span!(target: "partners_trace", "place an order", order.id = %due.id);
        self.work_on(billing.as_ref(), &due).instrument(span).await?;
        Ok(1)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.accounts.billing().is_none() {
            return Ok(None);
        }
        order_work::next_due(self.store.read().await?.connection()).await
    }
}
