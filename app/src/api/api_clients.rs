//! *Settings › API clients*, for admins.

use crate::domain::{ApiClient, ApiClientId, ApiClientState, CreatedApiClient};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// All API clients, and how they stand.
#[server(prefix = "/actions", endpoint = "api-clients/list", input = Json)]
pub async fn list_api_clients() -> Result<Vec<(ApiClient, ApiClientState)>, PublicError> {
    let (admin, desk) = super::context::api_clients_desk()?;
    desk.api_clients(&admin).await
}

/// *Create API client*
#[server(prefix = "/actions", endpoint = "api-clients/create")]
pub async fn create_api_client(
    creation_key: Uuid,
    #[server(default)] name: String,
    #[server(default)] access: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] organisation: String,
    #[server(default)] expires_on: String,
) -> Result<CreatedApiClient, PublicError> {
    let (admin, desk) = super::context::api_clients_desk()?;
    let form = crate::domain::ApiClientForm { name, access, scopes, organisation, expires_on };
    desk.create_api_client(&admin, creation_key, form).await
}

/// *Revoke*
#[server(prefix = "/actions", endpoint = "api-clients/revoke")]
pub async fn revoke_api_client(id: ApiClientId) -> Result<ApiClient, PublicError> {
    let (admin, desk) = super::context::api_clients_desk()?;
    desk.revoke_api_client(&admin, id).await
}
