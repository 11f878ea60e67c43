//! *Settings › API clients*

mod create;
mod list;
mod organisation;
mod revoke;

use crate::components::Crumb;
use crate::part::page_in_part;
use crate::paths;
use create::CreateApiClientPage;
use list::ApiClientsPage;

/// The step *API clients* of the breadcrumb.
const API_CLIENTS: Crumb = Crumb { text: "API clients", href: paths::API_CLIENTS };

page_in_part!(
    /// `/settings/api-clients`
    ApiClientsRoute, settings, api_clients_page, preload_api_clients, ApiClientsPage
);
page_in_part!(
    /// `/settings/api-clients/new`
    CreateApiClientRoute, settings, create_api_client_page, preload_create_api_client, CreateApiClientPage
);
