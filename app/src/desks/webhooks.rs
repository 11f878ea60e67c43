//! What admins may ask for about webhooks.

use super::{Admin, CreationKey};
use crate::domain::{
    Delivery, DeliveryPage, DeliveryQuery, ReplayForm, Timestamp, Webhook, WebhookForm, WebhookId,
    WebhookWithSecret,
};
use crate::error::PublicError;
use async_trait::async_trait;

/// *Settings › Webhooks*
#[async_trait]
pub trait WebhooksDesk: Send + Sync {
    /// All endpoints, newest first.
    async fn webhooks(&self, admin: &Admin) -> Result<Vec<Webhook>, PublicError>;
    /// The endpoint with this ID.
    async fn webhook(&self, admin: &Admin, id: WebhookId) -> Result<Webhook, PublicError>;
    /// Creates an endpoint, once for each `key`.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] where a field is wrong or the address cannot be
    /// used.
    async fn create_webhook(
        &self,
        admin: &Admin,
        key: CreationKey,
        form: WebhookForm,
    ) -> Result<WebhookWithSecret, PublicError>;
    /// Changes name, address and events of an endpoint; `seen` is what it had when
    /// the admin looked ([`Webhook::seen`]). What waits for it goes to the new
    /// address.
    ///
    /// # Errors
    /// As for [`WebhooksDesk::create_webhook`]; [`PublicError::Refused`] where
    /// somebody else has changed it since.
    async fn update_webhook(
        &self,
        admin: &Admin,
        id: WebhookId,
        seen: &str,
        form: WebhookForm,
    ) -> Result<Webhook, PublicError>;
    /// Gives an endpoint a new secret; for a day deliveries are signed with both.
    /// `seen` is until when they were signed with two when the admin looked.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where it was rotated since: the secret in use would
    /// be forgotten at once.
    async fn rotate_webhook_secret(
        &self,
        admin: &Admin,
        id: WebhookId,
        seen: Option<Timestamp>,
    ) -> Result<WebhookWithSecret, PublicError>;
    /// Sends an endpoint nothing, or what waits and what comes.
    async fn set_webhook_enabled(
        &self,
        admin: &Admin,
        id: WebhookId,
        enabled: bool,
    ) -> Result<Webhook, PublicError>;
    /// Removes an endpoint with all that waits for it, for good; says its name.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] where `confirmation` is not its name.
    async fn delete_webhook(
        &self,
        admin: &Admin,
        id: WebhookId,
        confirmation: &str,
    ) -> Result<String, PublicError>;
    /// Sends an endpoint a test, and waits a little for what comes of it.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where it is disabled.
    async fn test_webhook(&self, admin: &Admin, id: WebhookId) -> Result<Delivery, PublicError>;
    /// A page of an endpoint's log, the newest first.
    async fn deliveries(
        &self,
        admin: &Admin,
        query: &DeliveryQuery,
    ) -> Result<DeliveryPage, PublicError>;
    /// Sends one event again.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where the endpoint is disabled.
    async fn replay_delivery(
        &self,
        admin: &Admin,
        id: WebhookId,
        seq: i64,
    ) -> Result<(), PublicError>;
    /// Passes over an event that was sent in vain, so that those behind it have
    /// their turn.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where it waits no longer.
    async fn skip_delivery(
        &self,
        admin: &Admin,
        id: WebhookId,
        seq: i64,
    ) -> Result<(), PublicError>;
    /// Sends several again; says how many.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] where a field is wrong, [`PublicError::Refused`]
    /// where the endpoint is disabled.
    async fn replay_deliveries(
        &self,
        admin: &Admin,
        id: WebhookId,
        form: ReplayForm,
    ) -> Result<u64, PublicError>;
}
