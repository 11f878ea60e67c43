//! What this installation knows of subscriptions and invoices: read from the
//! billing system in the background, so that lists are quick and stay there
//! while it is away.
//!
//! Each organisation's part is read whole, by one instance at a time, every ten
//! minutes, when an order has been placed, and when somebody looks at what is
//! older than a minute. What such a reading did not come across is removed at
//! its end; one that stops half-way removes nothing.

mod belonging;
mod known_customers;
mod reading;

pub use belonging::Belonging;

use crate::accounts::Accounts;
use crate::billing::{Billing, Subscription};
use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::reconcile::backoff;
use crate::store::readings::{self, Due, FRESH};
use crate::store::subscriptions::{self, Seen, Told};
use crate::store::{Store, StoreError, Writer, customers, plan_names};
use async_trait::async_trait;
use partners_app::domain::billing::SubscriptionNumber;
use partners_app::domain::{Freshness, OrganisationId, Timestamp};
use reading::{Reading, Stopped};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tracing::Instrument;

/// How many organisations are read at once, so that a large one keeps none
/// waiting.
const LANES: usize = 3;
/// Nothing between two writes of a reading takes this long; after it another
/// instance may take it over.
const LEASE: Duration = Duration::from_secs(2 * 60);
/// How long an order that was placed waits for what came of it.
const PATIENCE: Duration = Duration::from_secs(5);
/// By how much the billing system's lists may lag behind.
const LAG: Duration = Duration::from_secs(2 * 60);

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

    /// Reads one subscription of an organisation that has just been changed, and
    /// has the rest of the organisation's part read soon. Where the billing
    /// system does not answer, the latter is all.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn learn(
        &self,
        organisation: OrganisationId,
        number: &SubscriptionNumber,
    ) -> Result<(), StoreError> {
        let Some(billing) = self.accounts.billing() else { return Ok(()) };
        let found = match timeout(PATIENCE, billing.subscription(number)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                tracing::warn!(%error, subscription = %number, "a subscription could not be read");
                None
            }
            Err(_) => None,
        };
        let mut writer = self.store.write().await?;
        self.want(&mut writer, organisation).await?;
        if let Some(subscription) = found {
            self.write_down(&mut writer, organisation, subscription).await?;
        }
        writer.commit().await?;
        self.wake();
        Ok(())
    }

    /// Has an organisation's part read once this transaction is committed and
    /// [`Projection::wake`] called. A reading holds the same row before it
    /// writes: in a transaction that writes what a reading writes too this
    /// comes first, so that none waits for the other.
    pub(crate) async fn want(
        &self,
        writer: &mut Writer,
        organisation: OrganisationId,
    ) -> Result<(), StoreError> {
        readings::wanted(writer.connection(), organisation, self.clock.now()).await
    }

    /// Says that a reading has just been asked for.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Writes down a subscription of an organisation that has just been read
    /// alone, unless it names another one.
    pub(crate) async fn write_down(
        &self,
        writer: &mut Writer,
        organisation: OrganisationId,
        subscription: Subscription,
    ) -> Result<(), StoreError> {
        if belonging::is_anothers(&subscription, organisation) {
            return Ok(());
        }
        let now = self.clock.now();
        let Some(account) = &subscription.owner.number else { return Ok(()) };
        let today = self.clock.today();
        let known = customers::Known::owner_of(&subscription, account);
        customers::ensure(writer.connection(), organisation, account, known, now).await?;
        let customer = customers::by_account(writer.connection(), organisation, account).await?;
        let Some(customer) = customer else { return Ok(()) };
        let (plan, quantity) =
            plan_names::read(writer.connection(), organisation).await?.of(&subscription, today);
        let told = Told {
            customer: customer.id,
            customer_name: customer.name,
            plan,
            quantity,
            subscription,
        };
        let seen = Seen { at: now, firm_until: now.plus(LAG) };
        subscriptions::write(writer.connection(), organisation, &told, seen, today).await
    }

    /// Has an organisation's part read soon where what somebody looks at is
    /// old. What is shown does not wait for it.
    pub async fn freshen(&self, organisation: OrganisationId, shown: &Freshness) {
        let now = self.clock.now();
        let is_old = shown.read_at.is_some_and(|read_at| read_at.plus(FRESH) <= now);
        if self.accounts.billing().is_none() || shown.is_away || !is_old {
            return;
        }
        let write = async {
            let mut writer = self.store.write().await?;
            readings::wanted_if_old(writer.connection(), organisation, now).await?;
            writer.commit().await
        };
        match write.await {
            Ok(()) => self.wake(),
            Err(error) => tracing::warn!(%error, "a reading could not be asked for"),
        }
    }

    /// Reads an organisation's part now, unless somebody else does. Where the
    /// billing system does not answer, that is noted.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn read_now(&self, organisation: OrganisationId) -> Result<(), StoreError> {
        let Some(billing) = self.accounts.billing() else { return Ok(()) };
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        let due = readings::lease_one(writer.connection(), organisation, now, LEASE).await?;
        writer.commit().await?;
        let Some(due) = due else { return Ok(()) };
        let (_go_on, stop) = watch::channel(false);
        Lane { projection: self, stop }.read(billing.as_ref(), due).await
    }

    /// Works until `stop` turns true; stops between two pages of a reading.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let lane = Lane { projection: &self, stop: stop.clone() };
        let lanes = (0..LANES).map(|_| attend(&lane, &self.clock, &self.wake, stop.clone()));
        futures::future::join_all(lanes).await;
    }
}

/// One that reads organisations, one after another.
struct Lane<'a> {
    projection: &'a Projection,
    stop: watch::Receiver<bool>,
}

impl Lane<'_> {
    async fn read(&self, billing: &dyn Billing, due: Due) -> Result<(), StoreError> {
        let Projection { store, clock, .. } = self.projection;
        let organisation = due.organisation;
        let reading = Reading::begin(store, clock, billing, &self.stop, due).await?;
        let outcome = reading.whole().await;
        let mut writer = store.write().await?;
        match outcome {
            Ok(()) => {
                tracing::debug!(organisation.id = %organisation, "an organisation’s part was read");
                return Ok(());
            }
            Err(Stopped::Store(error)) => return Err(error),
            Err(Stopped::TakenOver) => return Ok(()),
            Err(Stopped::Asked) => readings::put_back(writer.connection(), organisation).await?,
            Err(Stopped::Billing(error)) => {
                tracing::warn!(%error, organisation.id = %organisation, attempts = due.attempts + 1, "an organisation’s part could not be read");
                let wait = backoff(due.attempts).max(error.retry_after().unwrap_or_default());
                let until = clock.now().plus(wait);
                readings::postponed(writer.connection(), organisation, until).await?;
            }
        }
        writer.commit().await
    }
}

#[async_trait]
impl Duty for Lane<'_> {
    fn name(&self) -> &'static str {
        "subscriptions and invoices"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        let Projection { store, clock, accounts, .. } = self.projection;
        let Some(billing) = accounts.billing() else { return Ok(0) };
        let now = clock.now();
        if self.next_due().await?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let mut writer = store.write().await?;
        let due = readings::lease(writer.connection(), now, LEASE).await?;
        writer.commit().await?;
        let Some(due) = due else { return Ok(0) };
        let span = tracing::info_span!(target: "partners_trace", "read an organisation’s part", organisation.id = %due.organisation);
        self.read(billing.as_ref(), due).instrument(span).await?;
        Ok(1)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let Projection { store, accounts, .. } = self.projection;
        if accounts.billing().is_none() {
            return Ok(None);
        }
        readings::next_due(store.read().await?.connection()).await
    }
}
