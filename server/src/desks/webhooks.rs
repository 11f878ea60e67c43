//! Webhooks: who is told of what happens here, and what became of that.

use super::OrPublic;
use crate::clock::Clock;
use crate::store::audit::{self, Actor, Event};
use crate::store::{
    Store, StoreError, StoreResult, Writer, twice_if_taken, webhook_log, webhook_work, webhooks,
};
use crate::webhooks::{self as sending, Webhooks, new_secret};
use async_trait::async_trait;
use partners_app::desks::{Admin, CreationKey, WebhooksDesk};
use partners_app::domain::fields::confirmed;
use partners_app::domain::webhook::field;
use partners_app::domain::{
    Delivery, DeliveryPage, DeliveryQuery, DeliveryState, ReplayForm, Timestamp, Webhook,
    WebhookContent, WebhookDisabled, WebhookForm, WebhookId, WebhookWithSecret,
};
use partners_app::error::PublicError;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// For how long deliveries are signed with the secret before, too.
const OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an admin waits for what comes of a test.
const PATIENCE: Duration = Duration::from_secs(8);
const LOOK: Duration = Duration::from_millis(100);

/// The desk for webhooks.
#[derive(Clone)]
pub struct WebhooksOffice {
    store: Store,
    clock: Clock,
    webhooks: Webhooks,
}

enum Created {
    Now(Webhook),
    Before(Webhook),
}

/// What came of changing an endpoint.
enum Written {
    /// It is as it was typed.
    Yes,
    /// There is no such endpoint.
    Gone,
    /// Somebody else has changed it first.
    ChangedSince,
}

const BUSY: &str = "Much has happened just now. The test event is sent after that, and then stands in the log below.";
const ROTATED: &str = "This secret was rotated after the page was loaded. Reload the page, and look before you rotate it again.";
const CHANGED: &str = "Somebody else has changed this webhook since the page was loaded. Reload the page to see what it has now, and make your change again.";
const SETTLED: &str = "This event waits no longer. Reload the page to see how it stands.";
const DISABLED: &str = "This webhook is disabled. Enable it first.";

impl WebhooksOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, webhooks: Webhooks) -> Self {
        Self { store, clock, webhooks }
    }

    async fn insert(
        &self,
        admin: &Admin,
        key: CreationKey,
        new: &WebhookContent,
        sealed: &[u8],
    ) -> StoreResult<Created> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        if let Some(webhook) = webhooks::by_creation_key(writer.connection(), key).await? {
            return Ok(Created::Before(webhook));
        }
        let id = WebhookId(Uuid::now_v7());
        webhooks::insert(writer.connection(), id, key, new, sealed, admin.name(), now).await?;
        let changes = json!({
            "name": [null, new.name],
            "url": [null, new.url],
            "event_types": [null, new.events.words()],
        });
        record(&mut writer, admin, now, "webhook.created", id, changes).await?;
        let webhook = webhooks::by_id(writer.connection(), id).await?;
        writer.commit().await?;
        webhook
            .map(Created::Now)
            .ok_or_else(|| StoreError::Unreadable(format!("webhook {id} is gone")))
    }

    /// A new secret, and what is kept of it.
    fn secret(&self, admin: &Admin) -> Result<(String, Vec<u8>), PublicError> {
        let secret = new_secret();
        let sealed = self.webhooks.vault().seal(sending::PURPOSE, secret.as_bytes());
        match sealed {
            Ok(sealed) => Ok((secret, sealed)),
            Err(error) => {
                let reference = admin.origin().reference.clone();
                tracing::error!(%error, request.reference = %reference, "a secret cannot be sealed");
                Err(PublicError::Unexpected { reference })
            }
        }
    }

    /// What was typed, where it is right and its address may be sent to.
    async fn content(&self, form: &WebhookForm) -> Result<WebhookContent, PublicError> {
        let content = form.parse().map_err(PublicError::Invalid)?;
        let url = content.url.as_str().parse();
        let url = url.map_err(|_| PublicError::field(field::URL, "Enter another address."))?;
        match self.webhooks.guard().check(&url).await {
            Ok(()) => Ok(content),
            Err(forbidden) => Err(PublicError::field(field::URL, forbidden.to_string())),
        }
    }

    /// Writes what an admin who has `seen` an endpoint decides about it, and what of
    /// it is new.
    async fn write(
        &self,
        admin: &Admin,
        id: WebhookId,
        seen: &str,
        content: &WebhookContent,
    ) -> StoreResult<Written> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        webhook_work::hold_cursor(writer.connection()).await?;
        let Some(before) = webhooks::by_id(writer.connection(), id).await? else {
            return Ok(Written::Gone);
        };
        let mut changes = Map::new();
        let mut note = |field: &str, before: &str, after: &str| {
            if before != after {
                changes.insert(field.to_owned(), json!([before, after]));
            }
        };
        note("name", before.name.as_str(), content.name.as_str());
        note("url", before.url.as_str(), content.url.as_str());
        note("event_types", &before.events.words(), &content.events.words());
        if !changes.is_empty() {
            if before.seen() != seen {
                return Ok(Written::ChangedSince);
            }
            // In the order in which a delivery that ends with a 410 takes the rows:
            // each would wait for the other for ever otherwise.
            if before.url != content.url {
                webhooks::begin_anew(writer.connection(), id, now).await?;
            }
            webhooks::update(writer.connection(), id, content).await?;
            let changes = Value::Object(changes);
            record(&mut writer, admin, now, "webhook.updated", id, changes).await?;
        }
        writer.commit().await?;
        Ok(Written::Yes)
    }

    /// An endpoint that is sent things.
    async fn enabled(&self, admin: &Admin, id: WebhookId) -> Result<Webhook, PublicError> {
        let webhook = self.webhook(admin, id).await?;
        if webhook.disabled.is_some() {
            return Err(PublicError::Refused(DISABLED.to_owned()));
        }
        Ok(webhook)
    }

    /// Asks for a test; says its place in the trail.
    async fn ask_for_test(&self, admin: &Admin, webhook: &Webhook) -> StoreResult<i64> {
        let mut writer = self.store.write().await?;
        let changes = json!({});
        let now = self.clock.now();
        let seq = record(&mut writer, admin, now, "webhook.tested", webhook.id, changes).await?;
        writer.commit().await?;
        // Where much has happened before it, that is dispatched first.
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && self.webhooks.dispatch().await? > 0 {}
        Ok(seq)
    }

    /// What has come of a delivery after a little while.
    async fn outcome(&self, id: WebhookId, seq: i64) -> StoreResult<Option<Delivery>> {
        let begun = Instant::now();
        loop {
            let mut reader = self.store.read().await?;
            let delivery = webhook_log::by_seq(reader.connection(), id, seq).await?;
            drop(reader);
            let is_settled =
                delivery.as_ref().is_some_and(|one| one.state != DeliveryState::Waiting);
            if is_settled || begun.elapsed() > PATIENCE {
                return Ok(delivery);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Records what an admin did to an endpoint; says its place in the trail.
async fn record(
    writer: &mut Writer,
    admin: &Admin,
    now: Timestamp,
    action: &'static str,
    id: WebhookId,
    changes: Value,
) -> StoreResult<i64> {
    let event = Event { action, organisation: None, subject: Some(id.0), changes };
    audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
    audit::end(writer.connection()).await
}

#[async_trait]
impl WebhooksDesk for WebhooksOffice {
    async fn webhooks(&self, admin: &Admin) -> Result<Vec<Webhook>, PublicError> {
        let read = async { webhooks::all(self.store.read().await?.connection()).await };
        read.await.or_public(admin.origin())
    }

    async fn webhook(&self, admin: &Admin, id: WebhookId) -> Result<Webhook, PublicError> {
        let read = async { webhooks::by_id(self.store.read().await?.connection(), id).await };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn create_webhook(
        &self,
        admin: &Admin,
        key: CreationKey,
        form: WebhookForm,
    ) -> Result<WebhookWithSecret, PublicError> {
        let new = self.content(&form).await?;
        let (secret, sealed) = self.secret(admin)?;
        let created = twice_if_taken(|| self.insert(admin, key, &new, &sealed)).await;
        Ok(match created.or_public(admin.origin())? {
            Created::Now(webhook) => {
                tracing::info!(webhook.id = %webhook.id, "a webhook was created");
                WebhookWithSecret { webhook, secret: Some(secret) }
            }
            Created::Before(webhook) => WebhookWithSecret { webhook, secret: None },
        })
    }

    async fn update_webhook(
        &self,
        admin: &Admin,
        id: WebhookId,
        seen: &str,
        form: WebhookForm,
    ) -> Result<Webhook, PublicError> {
        let content = self.content(&form).await?;
        match self.write(admin, id, seen, &content).await.or_public(admin.origin())? {
            Written::Yes => {}
            Written::Gone => return Err(PublicError::NotFound),
            Written::ChangedSince => return Err(PublicError::Refused(CHANGED.to_owned())),
        }
        self.webhooks.wake();
        self.webhook(admin, id).await
    }

    async fn rotate_webhook_secret(
        &self,
        admin: &Admin,
        id: WebhookId,
        seen: Option<Timestamp>,
    ) -> Result<WebhookWithSecret, PublicError> {
        let (secret, sealed) = self.secret(admin)?;
        let now = self.clock.now();
        let until = now.plus(OVERLAP);
        let write = async {
            let mut writer = self.store.write().await?;
            let is_rotated =
                webhooks::rotate(writer.connection(), id, &sealed, until, seen, now).await?;
            if is_rotated {
                let changes = json!({ "old_secret_until": until.iso() });
                record(&mut writer, admin, now, "webhook.secret_rotated", id, changes).await?;
            }
            writer.commit().await?;
            Ok::<_, StoreError>(is_rotated)
        };
        let is_rotated = write.await.or_public(admin.origin())?;
        let webhook = self.webhook(admin, id).await?;
        if !is_rotated {
            return Err(PublicError::Refused(ROTATED.to_owned()));
        }
        tracing::info!(webhook.id = %id, "a webhook's secret was rotated");
        Ok(WebhookWithSecret { webhook, secret: Some(secret) })
    }

    async fn set_webhook_enabled(
        &self,
        admin: &Admin,
        id: WebhookId,
        enabled: bool,
    ) -> Result<Webhook, PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            webhook_work::hold_cursor(writer.connection()).await?;
            let (changed, action) = if enabled {
                (webhooks::enable(writer.connection(), id, now).await?, "webhook.enabled")
            } else {
                let because = WebhookDisabled::Admin;
                let disabled = webhooks::disable(writer.connection(), id, because, now).await?;
                (disabled, "webhook.disabled")
            };
            if changed {
                let changes = json!({ "enabled": [!enabled, enabled] });
                record(&mut writer, admin, now, action, id, changes).await?;
            }
            writer.commit().await
        };
        write.await.or_public(admin.origin())?;
        self.webhooks.wake();
        self.webhook(admin, id).await
    }

    async fn delete_webhook(
        &self,
        admin: &Admin,
        id: WebhookId,
        confirmation: &str,
    ) -> Result<String, PublicError> {
        let webhook = self.webhook(admin, id).await?;
        let name = webhook.name.to_string();
        confirmed(confirmation, &name).map_err(PublicError::Invalid)?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            webhook_work::hold_cursor(writer.connection()).await?;
            if webhooks::delete(writer.connection(), id).await? {
                let changes = json!({ "name": [name, null], "url": [webhook.url, null] });
                record(&mut writer, admin, now, "webhook.deleted", id, changes).await?;
            }
            writer.commit().await
        };
        write.await.or_public(admin.origin())?;
        tracing::info!(webhook.id = %id, "a webhook was deleted");
        Ok(name)
    }

    async fn test_webhook(&self, admin: &Admin, id: WebhookId) -> Result<Delivery, PublicError> {
        let webhook = self.enabled(admin, id).await?;
        let seq = self.ask_for_test(admin, &webhook).await.or_public(admin.origin())?;
        let delivery = self.outcome(id, seq).await.or_public(admin.origin())?;
        delivery.ok_or_else(|| PublicError::Refused(BUSY.to_owned()))
    }

    async fn deliveries(
        &self,
        admin: &Admin,
        query: &DeliveryQuery,
    ) -> Result<DeliveryPage, PublicError> {
        self.webhook(admin, query.webhook).await?;
        let read = async { webhook_log::page(self.store.read().await?.connection(), query).await };
        read.await.or_public(admin.origin())
    }

    async fn replay_delivery(
        &self,
        admin: &Admin,
        id: WebhookId,
        seq: i64,
    ) -> Result<(), PublicError> {
        self.enabled(admin, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            webhook_work::hold_cursor(writer.connection()).await?;
            let is_there = webhook_log::replay(writer.connection(), id, seq, now).await?;
            if is_there {
                let changes = json!({ "event": seq });
                record(&mut writer, admin, now, "webhook.replayed", id, changes).await?;
            }
            writer.commit().await?;
            Ok::<_, StoreError>(is_there)
        };
        let is_there = write.await.or_public(admin.origin())?;
        self.webhooks.wake();
        if is_there { Ok(()) } else { Err(PublicError::NotFound) }
    }

    async fn skip_delivery(
        &self,
        admin: &Admin,
        id: WebhookId,
        seq: i64,
    ) -> Result<(), PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            webhook_work::hold_cursor(writer.connection()).await?;
            let was_waiting = webhook_log::skip(writer.connection(), id, seq, now).await?;
            if was_waiting {
                let changes = json!({ "event": seq });
                record(&mut writer, admin, now, "webhook.skipped", id, changes).await?;
            }
            writer.commit().await?;
            Ok::<_, StoreError>(was_waiting)
        };
        let was_waiting = write.await.or_public(admin.origin())?;
        self.webhooks.wake();
        if was_waiting { Ok(()) } else { Err(PublicError::Refused(SETTLED.to_owned())) }
    }

    async fn replay_deliveries(
        &self,
        admin: &Admin,
        id: WebhookId,
        form: ReplayForm,
    ) -> Result<u64, PublicError> {
        let replay = form.parse().map_err(PublicError::Invalid)?;
        self.enabled(admin, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            webhook_work::hold_cursor(writer.connection()).await?;
            let count = webhook_log::replay_since(writer.connection(), id, replay, now).await?;
            if count > 0 {
                let changes = json!({ "events": count, "since": replay.since.iso() });
                record(&mut writer, admin, now, "webhook.replayed", id, changes).await?;
            }
            writer.commit().await?;
            Ok::<_, StoreError>(count)
        };
        let count = write.await.or_public(admin.origin())?;
        self.webhooks.wake();
        Ok(count)
    }
}
