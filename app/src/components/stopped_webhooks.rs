//! The notice that every page gives an admin of webhooks that are told nothing
//! any more, though nobody has said so.

use super::live::Erase;
use crate::api::webhooks::ListWebhooks;
use crate::ask::ask;
use crate::domain::Webhook;
use crate::viewer::use_page;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How many there are.
#[derive(Clone, Copy)]
pub struct StoppedWebhooks(RwSignal<usize>);

impl StoppedWebhooks {
    /// Begins with what the server says of this page load.
    pub fn provide() -> Self {
        let stopped = Self(RwSignal::new(use_page().stopped_webhooks));
        provide_context(stopped);
        stopped
    }

    /// Counts again, now that all webhooks are known.
    pub fn are(self, webhooks: &[Webhook]) {
        let count = webhooks.iter().filter(|webhook| webhook.has_stopped()).count();
        self.0.try_set(count);
    }

    /// Counts again, now that one was changed.
    pub fn look_again(self) {
        spawn_local(async move {
            if let Ok(webhooks) = ask(&ListWebhooks {}).await {
                self.are(&webhooks);
            }
        });
    }

    /// The words beside *Webhooks*, where there are any.
    pub fn words(self) -> Option<AnyView> {
        let count = self.0.get();
        (count > 0)
            .then(|| view! { <span class="stopped">{format!("{count} stopped")}</span> }.erase())
    }
}

/// The notice of the page that this is on.
#[must_use]
pub fn use_stopped_webhooks() -> StoppedWebhooks {
    use_context().unwrap_or_else(|| StoppedWebhooks(RwSignal::new(0)))
}
