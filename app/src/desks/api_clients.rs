//! What admins may ask for about API clients.

use super::{Admin, CreationKey};
use crate::domain::{ApiClient, ApiClientForm, ApiClientId, ApiClientState, CreatedApiClient};
use crate::error::PublicError;
use async_trait::async_trait;

/// *Settings › API clients*
#[async_trait]
pub trait ApiClientsDesk: Send + Sync {
    /// All API clients and how they stand, newest first.
    async fn api_clients(
        &self,
        admin: &Admin,
    ) -> Result<Vec<(ApiClient, ApiClientState)>, PublicError>;
    /// Creates an API client, once for each `key`.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] where a field is wrong or the organisation does
    /// not exist.
    async fn create_api_client(
        &self,
        admin: &Admin,
        key: CreationKey,
        form: ApiClientForm,
    ) -> Result<CreatedApiClient, PublicError>;
    /// Takes an API client's access away, at once and for good.
    async fn revoke_api_client(
        &self,
        admin: &Admin,
        id: ApiClientId,
    ) -> Result<ApiClient, PublicError>;
}
