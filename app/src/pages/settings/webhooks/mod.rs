//! *Settings › Webhooks*

mod create;
mod deliveries;
mod edit;
mod form;
mod list;
mod page;
mod questions;
mod secret;

use crate::components::Crumb;
use crate::part::page_in_part;
use crate::paths;
use create::CreateWebhookPage;
use edit::EditWebhookPage;
use list::WebhooksPage;
use page::WebhookPage;

/// The step *Webhooks* of the breadcrumb.
const WEBHOOKS: Crumb = Crumb { text: "Webhooks", href: paths::WEBHOOKS };

page_in_part!(
    /// `/settings/webhooks`
    WebhooksRoute, settings, webhooks_page, preload_webhooks, WebhooksPage
);
page_in_part!(
    /// `/settings/webhooks/new`
    CreateWebhookRoute, settings, create_webhook_page, preload_create_webhook, CreateWebhookPage
);
page_in_part!(
    /// `/settings/webhooks/{id}`
    WebhookRoute, settings, webhook_page, preload_webhook, WebhookPage
);
page_in_part!(
    /// `/settings/webhooks/{id}/edit`
    EditWebhookRoute, settings, edit_webhook_page, preload_edit_webhook, EditWebhookPage
);
