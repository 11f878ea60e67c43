//! API clients: who may use the API, and what for.

use super::OrPublic;
use crate::clock::Clock;
use crate::random;
use crate::store::audit::{self, Actor, Event};
use crate::store::{Store, StoreError, StoreResult, api_clients, organisations, twice_if_taken};
use async_trait::async_trait;
use partners_app::desks::{Admin, ApiClientsDesk, CreationKey};
use partners_app::domain::api_client::field;
use partners_app::domain::{
    ApiClient, ApiClientForm, ApiClientId, ApiClientState, CreatedApiClient, NewApiClient,
    OrganisationId,
};
use partners_app::error::PublicError;
use serde_json::json;
use uuid::Uuid;

/// The desk for API clients.
#[derive(Clone)]
pub struct ApiClientsOffice {
    store: Store,
    clock: Clock,
}

enum Created {
    Now(ApiClient),
    Before(ApiClient),
    NoSuchOrganisation,
}

impl ApiClientsOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Creates an API client for whoever works at the command line.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] where a field is wrong or the organisation does
    /// not exist; anything else where the database fails.
    pub async fn create_at_the_command_line(
        &self,
        form: &ApiClientForm,
    ) -> anyhow::Result<CreatedApiClient> {
        let new = form.parse(self.clock.today()).map_err(PublicError::Invalid)?;
        let secret = random::token();
        match self.create(&Actor::command_line(), Uuid::now_v7(), &new, &secret).await? {
            Created::Now(client) => Ok(CreatedApiClient { client, secret: Some(secret) }),
            Created::Before(client) => Ok(CreatedApiClient { client, secret: None }),
            Created::NoSuchOrganisation => {
                Err(PublicError::field(field::ORGANISATION, NO_SUCH_ORGANISATION).into())
            }
        }
    }

    /// Takes an API client's access away for whoever works at the command line;
    /// `None` where there is no such client.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn revoke_at_the_command_line(
        &self,
        id: ApiClientId,
    ) -> StoreResult<Option<ApiClient>> {
        self.revoke(&Actor::command_line(), id).await
    }

    /// All API clients, newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn all(&self) -> StoreResult<Vec<ApiClient>> {
        api_clients::all(self.store.read().await?.connection()).await
    }

    async fn create(
        &self,
        actor: &Actor,
        key: CreationKey,
        new: &NewApiClient,
        secret: &str,
    ) -> StoreResult<Created> {
        twice_if_taken(|| self.insert(actor, key, new, secret)).await
    }

    async fn insert(
        &self,
        actor: &Actor,
        key: CreationKey,
        new: &NewApiClient,
        secret: &str,
    ) -> StoreResult<Created> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        if let Some(client) = api_clients::by_creation_key(writer.connection(), key).await? {
            return Ok(Created::Before(client));
        }
        let organisation = new.access.organisation();
        if let Some(id) = organisation
            && organisations::by_id(writer.connection(), id).await?.is_none()
        {
            return Ok(Created::NoSuchOrganisation);
        }
        let (id, hash) = (ApiClientId(Uuid::now_v7()), random::digest(secret));
        api_clients::insert(writer.connection(), id, key, new, &hash, &actor.name, now).await?;
        let event = Event {
            action: "api_client.created",
            organisation,
            subject: Some(id.0),
            changes: json!({
                "name": [null, new.name],
                "scope": [null, new.access.scope()],
                "expires_at": [null, new.expires_at],
            }),
        };
        audit::record(writer.connection(), now, actor, &event).await?;
        let client = api_clients::by_id(writer.connection(), id).await?;
        writer.commit().await?;
        client
            .map(Created::Now)
            .ok_or_else(|| StoreError::Unreadable(format!("API client {id} is gone")))
    }

    async fn revoke(&self, actor: &Actor, id: ApiClientId) -> StoreResult<Option<ApiClient>> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        let has_ended = api_clients::revoke(writer.connection(), id, now).await?;
        let client = api_clients::by_id(writer.connection(), id).await?;
        if let Some(client) = client.as_ref().filter(|_| has_ended) {
            let event = revoked(id, client.access.organisation(), client.name.as_str());
            audit::record(writer.connection(), now, actor, &event).await?;
        }
        writer.commit().await?;
        Ok(client)
    }
}

/// The event of an API client that may do nothing any more.
pub(super) fn revoked(id: ApiClientId, organisation: Option<OrganisationId>, name: &str) -> Event {
    let changes = json!({ "name": name, "revoked": [false, true] });
    Event { action: "api_client.revoked", organisation, subject: Some(id.0), changes }
}

const NO_SUCH_ORGANISATION: &str = "There is no partner organisation with this ID.";

#[async_trait]
impl ApiClientsDesk for ApiClientsOffice {
    async fn api_clients(
        &self,
        admin: &Admin,
    ) -> Result<Vec<(ApiClient, ApiClientState)>, PublicError> {
        let clients = self.all().await.or_public(admin.origin())?;
        let now = self.clock.now();
        let with_state = |client: ApiClient| {
            let state = client.state_at(now);
            (client, state)
        };
        Ok(clients.into_iter().map(with_state).collect())
    }

    async fn create_api_client(
        &self,
        admin: &Admin,
        key: CreationKey,
        form: ApiClientForm,
    ) -> Result<CreatedApiClient, PublicError> {
        let new = form.parse(self.clock.today()).map_err(PublicError::Invalid)?;
        let secret = random::token();
        let created = self.create(&Actor::from(admin), key, &new, &secret).await;
        match created.or_public(admin.origin())? {
            Created::Now(client) => {
                tracing::info!(api_client.id = %client.id, "an API client was created");
                Ok(CreatedApiClient { client, secret: Some(secret) })
            }
            Created::Before(client) => Ok(CreatedApiClient { client, secret: None }),
            Created::NoSuchOrganisation => {
                Err(PublicError::field(field::ORGANISATION, NO_SUCH_ORGANISATION))
            }
        }
    }

    async fn revoke_api_client(
        &self,
        admin: &Admin,
        id: ApiClientId,
    ) -> Result<ApiClient, PublicError> {
        let revoked = self.revoke(&Actor::from(admin), id).await;
        let client = revoked.or_public(admin.origin())?.ok_or(PublicError::NotFound)?;
        tracing::info!(api_client.id = %id, "an API client was revoked");
        Ok(client)
    }
}
