//! *Settings › Webhooks*, for admins.

use crate::domain::{Delivery, DeliveryPage, DeliveryQuery, Webhook, WebhookId, WebhookWithSecret};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// All endpoints.
#[server(prefix = "/actions", endpoint = "webhooks/list", input = Json)]
pub async fn list_webhooks() -> Result<Vec<Webhook>, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.webhooks(&admin).await
}

/// One endpoint.
#[server(prefix = "/actions", endpoint = "webhooks/get", input = Json)]
pub async fn get_webhook(id: WebhookId) -> Result<Webhook, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.webhook(&admin, id).await
}

/// *Create webhook*
#[server(prefix = "/actions", endpoint = "webhooks/create")]
pub async fn create_webhook(
    creation_key: Uuid,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] events: String,
    #[server(default)] event_types: Vec<String>,
) -> Result<WebhookWithSecret, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    let form = crate::domain::WebhookForm { name, url, events, event_types };
    desk.create_webhook(&admin, creation_key, form).await
}

/// *Edit webhook*; leads to its page. `seen` is what it had when the page was
/// loaded.
#[server(prefix = "/actions", endpoint = "webhooks/update")]
pub async fn update_webhook(
    id: WebhookId,
    #[server(default)] seen: String,
    #[server(default)] name: String,
    #[server(default)] url: String,
    #[server(default)] events: String,
    #[server(default)] event_types: Vec<String>,
) -> Result<Webhook, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    let form = crate::domain::WebhookForm { name, url, events, event_types };
    let webhook = desk.update_webhook(&admin, id, &seen, form).await?;
    leptos_axum::redirect(&crate::paths::webhook(id));
    Ok(webhook)
}

/// *Rotate secret*; `seen` is until when events were signed with two secrets when
/// the page was loaded, in milliseconds since 1970, or 0.
#[server(prefix = "/actions", endpoint = "webhooks/rotate-secret")]
pub async fn rotate_webhook_secret(
    id: WebhookId,
    #[server(default)] seen: i64,
) -> Result<WebhookWithSecret, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    let seen = (seen != 0).then(|| crate::domain::Timestamp::from_millis(seen));
    desk.rotate_webhook_secret(&admin, id, seen).await
}

/// *Disable* and *Enable*
#[server(prefix = "/actions", endpoint = "webhooks/set-enabled")]
pub async fn set_webhook_enabled(id: WebhookId, enabled: bool) -> Result<Webhook, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.set_webhook_enabled(&admin, id, enabled).await
}

/// *Delete*; leads to the list, and says the name of what is gone.
#[server(prefix = "/actions", endpoint = "webhooks/delete")]
pub async fn delete_webhook(
    id: WebhookId,
    #[server(default)] confirmation: String,
) -> Result<String, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    let name = desk.delete_webhook(&admin, id, &confirmation).await?;
    leptos_axum::redirect(crate::paths::WEBHOOKS);
    Ok(name)
}

/// *Send test event*
#[server(prefix = "/actions", endpoint = "webhooks/test")]
pub async fn test_webhook(id: WebhookId) -> Result<Delivery, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.test_webhook(&admin, id).await
}

/// A page of an endpoint's log.
#[server(prefix = "/actions", endpoint = "webhooks/deliveries", input = Json)]
pub async fn list_deliveries(query: DeliveryQuery) -> Result<DeliveryPage, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.deliveries(&admin, &query).await
}

/// *Replay*, one event.
#[server(prefix = "/actions", endpoint = "webhooks/replay")]
pub async fn replay_delivery(id: WebhookId, seq: i64) -> Result<(), PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.replay_delivery(&admin, id, seq).await
}

/// *Skip*
#[server(prefix = "/actions", endpoint = "webhooks/skip")]
pub async fn skip_delivery(id: WebhookId, seq: i64) -> Result<(), PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.skip_delivery(&admin, id, seq).await
}

/// *Replay several*; says how many.
#[server(prefix = "/actions", endpoint = "webhooks/replay-since")]
pub async fn replay_deliveries(
    id: WebhookId,
    #[server(default)] which: String,
    #[server(default)] since: String,
) -> Result<u64, PublicError> {
    let (admin, desk) = super::context::webhooks_desk()?;
    desk.replay_deliveries(&admin, id, crate::domain::ReplayForm { which, since }).await
}
