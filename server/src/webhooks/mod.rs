//! Webhooks: what happens here is told to programs elsewhere, at least once and
//! in order for each organisation.
//!
//! The audit trail is what is told from: an event is in it from the moment its
//! change is true. [`Dispatcher`] makes deliveries of events and notes in the
//! same transaction how far it came; [`Webhooks`] sends them. Whatever stops
//! either, it goes on where it was.

mod guard;
mod message;
mod sending;
mod signing;

pub use guard::{Forbidden, Guard};
pub use signing::new_secret;

use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::observe;
use crate::store::audit::{self, Actor, Event};
use crate::store::webhook_work::{self, Attempted, Due, Failures, NewDelivery, Stream};
use crate::store::{Store, StoreError, StoreResult, webhooks};
use crate::vault::Vault;
use async_trait::async_trait;
use partners_app::domain::delivery::{PERSISTENCE, message_id};
use partners_app::domain::{DeliveryState, Timestamp, WebhookDisabled, WebhookEvent, WebhookId};
use sending::{Message, Outcome, Sender, Verdict};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Notify, watch};
use tracing::Instrument;
use uuid::Uuid;

/// What the vault seals endpoints' secrets for.
pub const PURPOSE: &str = "webhook secret";

/// How many events deliveries are made of at once.
const BATCH: i64 = 200;
/// How soon the dispatcher looks again.
const LOOK: Duration = Duration::from_millis(500);
/// For how long a stream is this instance's alone; renewed while it is worked
/// on, so that a crash delays it no longer than this.
const LEASE: Duration = Duration::from_secs(15);
const RENEWAL: Duration = Duration::from_secs(5);
/// After this, a stream in which much waits makes way for others.
const TURN: Duration = Duration::from_secs(5);
/// How many streams are worked on at once, and how many of one endpoint.
const AT_ONCE: usize = 16;
const AT_ONCE_FOR_ONE: i64 = 4;
/// How often an event is tried at least before its endpoint is disabled: the
/// server may have been away for days.
const LEAST_ATTEMPTS: i64 = 10;
/// The waits after the first attempts in vain, in seconds; the last goes on.
const WAITS: [u64; 10] = [1, 5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 36_000];
/// How long deliveries are kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const CLEANING: Duration = Duration::from_secs(10 * 60);

/// Sends what is to be told. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    store: Store,
    clock: Clock,
    vault: Vault,
    sender: Sender,
    wake: Arc<Notify>,
    /// Workers of one instance do not race for the same stream.
    leasing: Arc<Mutex<()>>,
    cleaned_at: Arc<AtomicI64>,
}

impl Webhooks {
    /// Webhooks to addresses that `guard` lets through.
    #[must_use]
    pub fn new(store: Store, clock: Clock, vault: Vault, guard: Guard) -> Self {
        Self {
            store,
            clock,
            vault,
            sender: Sender::new(guard),
            wake: Arc::default(),
            leasing: Arc::default(),
            cleaned_at: Arc::default(),
        }
    }

    /// Which addresses may be sent to.
    #[must_use]
    pub const fn guard(&self) -> &Guard {
        self.sender.guard()
    }

    /// The vault that seals secrets.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Says that something is due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Works until `stop` turns true; finishes what it is at.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let dispatcher = Dispatcher { webhooks: self.clone() };
        let never = Notify::new();
        let workers = (0..AT_ONCE).map(|_| attend(&self, &self.clock, &self.wake, stop.clone()));
        tokio::join!(
            attend(&dispatcher, &self.clock, &never, stop.clone()),
            futures::future::join_all(workers),
        );
    }

    /// Makes deliveries of the next events; says how many events that were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn dispatch(&self) -> StoreResult<usize> {
        if !webhook_work::is_behind(self.store.read().await?.connection()).await? {
            return Ok(0);
        }
        let span = tracing::info_span!(target: "partners_trace", "make webhook deliveries");
        self.make_deliveries().instrument(span).await
    }

    async fn make_deliveries(&self) -> StoreResult<usize> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        let seq = webhook_work::hold_cursor(writer.connection()).await?;
        let events = webhook_work::events(writer.connection(), seq, BATCH).await?;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(0) };
        let endpoints = webhook_work::endpoints(writer.connection()).await?;
        let mut made = 0;
        for happened in &events {
            let Some(event) = message::event_of(happened) else { continue };
            let body = message::body(event, happened);
            let stream = happened.organisation.map_or(Uuid::nil(), |organisation| organisation.0);
            for (endpoint, wanted, since) in &endpoints {
                let is_wanted = match event {
                    WebhookEvent::Test => happened.subject == Some(endpoint.0),
                    event => wanted.include(event),
                };
                if is_wanted && happened.seq > *since {
                    let new = NewDelivery {
                        endpoint: *endpoint,
                        event: happened,
                        event_type: event.as_str(),
                        stream,
                        body: &body,
                    };
                    webhook_work::insert(writer.connection(), &new, now).await?;
                    made += 1;
                }
            }
        }
        webhook_work::move_cursor(writer.connection(), last).await?;
        writer.commit().await?;
        if made > 0 {
            self.wake();
        }
        Ok(events.len())
    }

    async fn lease(&self) -> StoreResult<Option<Stream>> {
        let _held = self.leasing.lock().await;
        let now = self.clock.now();
        let mut reader = self.store.read().await?;
        let is_any = webhook_work::is_any_free(reader.connection(), now, AT_ONCE_FOR_ONE).await?;
        drop(reader);
        if !is_any {
            return Ok(None);
        }
        let mut writer = self.store.write().await?;
        let stream = webhook_work::lease(writer.connection(), now, LEASE, AT_ONCE_FOR_ONE).await?;
        writer.commit().await?;
        Ok(stream)
    }

    /// Sends what waits in a stream, one after another, until nothing does, one
    /// is not taken, or its turn is over.
    async fn work_on(&self, stream: &Stream) -> StoreResult<()> {
        let begun = Instant::now();
        while begun.elapsed() < TURN {
            let mut reader = self.store.read().await?;
            let due = webhook_work::first_waiting(reader.connection(), stream).await?;
            drop(reader);
            let Some(due) = due else { break };
            let outcome = self.send(&due).await;
            let at = self.clock.now();
            let is_test = due.event_type == WebhookEvent::Test.as_str();
            let state = match outcome.verdict {
                Verdict::Taken => DeliveryState::Delivered,
                Verdict::Later { .. } | Verdict::Gone if is_test => DeliveryState::Failed,
                Verdict::Later { .. } | Verdict::Gone => DeliveryState::Waiting,
            };
            let how = Attempted {
                at,
                state,
                status: outcome.status.map(i64::from),
                answer: outcome.answer.clone(),
            };
            let mut writer = self.store.write().await?;
            let state = webhook_work::attempted(writer.connection(), stream, due.seq, &how).await?;
            // Somebody else has settled it, and works on the stream.
            let Some(state) = state else { return Ok(()) };
            if state == DeliveryState::Waiting {
                self.postpone(writer.connection(), stream, &due.url, &outcome, at).await?;
                writer.commit().await?;
                tracing::warn!(webhook.id = %stream.endpoint, status = outcome.status, answer = outcome.answer, "a webhook was not taken");
                return Ok(());
            }
            if state == DeliveryState::Delivered {
                webhook_work::not_failing(writer.connection(), stream).await?;
            }
            writer.commit().await?;
        }
        let mut writer = self.store.write().await?;
        webhook_work::release(writer.connection(), stream, self.clock.now()).await?;
        writer.commit().await
    }

    async fn send(&self, due: &Due) -> Outcome {
        let now = self.clock.now();
        let (id, seconds) = (message_id(due.event_id), now.millis().div_euclid(1_000));
        let signature = signing::secrets(&self.vault, due, now)
            .and_then(|secrets| signing::signature(&secrets, &id, seconds, &due.body));
        let Some(signature) = signature else {
            return Outcome::nothing("The secret cannot be opened. Rotate it.");
        };
        let message =
            Message { url: &due.url, id: &id, seconds, signature: &signature, body: &due.body };
        observe::called("webhook", "send", self.sender.send(&message), Outcome::word).await
    }

    /// Notes that a stream is to be tried again, and disables the endpoint where
    /// that has gone on for long enough. What an address says counts for that
    /// address: where another was entered meanwhile, that one is tried at once.
    async fn postpone(
        &self,
        mut connection: crate::store::Connection<'_>,
        stream: &Stream,
        asked: &str,
        outcome: &Outcome,
        now: Timestamp,
    ) -> StoreResult<()> {
        let Failures { attempts, since } = webhook_work::let_go(connection.lend(), stream).await?;
        let present = webhook_work::url(connection.lend(), stream.endpoint).await?;
        if present.is_none_or(|present| present != asked) {
            return Ok(());
        }
        let since = since.unwrap_or(now);
        let end = since.plus(PERSISTENCE);
        let wish = match outcome.verdict {
            Verdict::Later { wish } => wish.unwrap_or_default(),
            Verdict::Taken | Verdict::Gone => Duration::ZERO,
        };
        let next = now.plus(wait(attempts).max(wish));
        // The last attempt is when the three days are over.
        let next = if end > now { next.min(end) } else { next };
        webhook_work::postpone(connection.lend(), stream, now, next).await?;
        let because = match outcome.verdict {
            Verdict::Gone => WebhookDisabled::Gone,
            _ if end <= now && attempts + 1 >= LEAST_ATTEMPTS => WebhookDisabled::Failing,
            _ => return Ok(()),
        };
        self.disable(connection, stream.endpoint, because, now).await
    }

    async fn disable(
        &self,
        mut connection: crate::store::Connection<'_>,
        id: WebhookId,
        because: WebhookDisabled,
        now: Timestamp,
    ) -> StoreResult<()> {
        let Some(webhook) = webhooks::by_id(connection.lend(), id).await? else { return Ok(()) };
        if webhooks::disable(connection.lend(), id, because, now).await? {
            let event = Event {
                action: "webhook.disabled",
                organisation: None,
                subject: Some(id.0),
                changes: json!({
                    "name": webhook.name,
                    "enabled": [true, false],
                    "because": because.as_str(),
                }),
            };
            audit::record(connection, now, &Actor::partners(), &event).await?;
            tracing::error!(webhook.id = %id, because = because.as_str(), "a webhook was disabled");
        }
        Ok(())
    }

    /// Keeps a stream for as long as it is worked on.
    async fn keep(&self, stream: &Stream) -> Infallible {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let renew = async {
                let mut writer = self.store.write().await?;
                webhook_work::renew(writer.connection(), stream, self.clock.now(), LEASE).await?;
                writer.commit().await
            };
            if let Err(error) = renew.await {
                tracing::warn!(%error, webhook.id = %stream.endpoint, "a webhook's turn could not be kept");
            }
        }
    }

    /// Removes old deliveries and secrets, now and then.
    async fn clean(&self) -> StoreResult<()> {
        let now = self.clock.now();
        let cleaned_at = self.cleaned_at.load(Ordering::Relaxed);
        if now < Timestamp::from_millis(cleaned_at).plus(CLEANING) {
            return Ok(());
        }
        self.cleaned_at.store(now.millis(), Ordering::Relaxed);
        let mut writer = self.store.write().await?;
        webhook_work::delete_old(writer.connection(), now.minus(KEPT)).await?;
        webhooks::forget_old_secrets(writer.connection(), now).await?;
        writer.commit().await
    }
}

/// How long after so many attempts in vain the next one is, shortened at random
/// by up to a fifth so that many do not come back at once.
fn wait(attempts: i64) -> Duration {
    let place = usize::try_from(attempts).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    Duration::from_secs(WAITS[place]).mul_f64(rand::random_range(0.8..=1.0))
}

#[async_trait]
impl Duty for Webhooks {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        let Some(stream) = self.lease().await? else { return Ok(0) };
        // Perhaps there is more: another worker looks.
        self.wake();
        let span = tracing::info_span!(target: "partners_trace", "send webhooks", webhook.id = %stream.endpoint);
        tokio::select! {
            ended = self.work_on(&stream).instrument(span) => ended?,
            never = self.keep(&stream) => match never {},
        }
        Ok(1)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        webhook_work::next_due(self.store.read().await?.connection()).await
    }
}

/// Makes deliveries of events.
struct Dispatcher {
    webhooks: Webhooks,
}

#[async_trait]
impl Duty for Dispatcher {
    fn name(&self) -> &'static str {
        "events for webhooks"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        if let Err(error) = self.webhooks.clean().await {
            tracing::warn!(%error, "old webhook deliveries could not be removed");
        }
        self.webhooks.dispatch().await
    }

    /// Events come from everywhere, and from other instances.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(Some(self.webhooks.clock.now().plus(LOOK)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_days_have_enough_attempts() {
        let mut total = Duration::ZERO;
        let mut attempts = 0;
        while total < PERSISTENCE {
            let wait = wait(attempts);
            assert!(wait <= Duration::from_secs(10 * 60 * 60));
            total += wait;
            attempts += 1;
        }
        assert!((LEAST_ATTEMPTS..25).contains(&attempts), "{attempts}");
        assert!(wait(0) <= Duration::from_secs(1));
        assert!(wait(i64::MAX) >= Duration::from_secs(8 * 60 * 60));
    }
}
