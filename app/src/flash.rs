//! The outcome of a form that was posted without JavaScript, carried over the
//! redirect to the page that follows: what went wrong, and what was typed.

use crate::error::PublicError;
use crate::page_load;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One outcome. The server keeps it sealed and shows it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Path of the server function that the form was posted to.
    pub action: String,
    /// Its answer as JSON, or its error.
    pub outcome: Result<String, PublicError>,
    /// What was typed; never a password or a code.
    pub fields: Vec<(String, String)>,
}

impl Flash {
    /// What was typed into the field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What was typed into the field called `name`, or the choices made in the
    /// group with that name (`name[]` in the form), one a line. Of a group in
    /// which none was made nothing is sent: where the form has groups at all,
    /// that counts.
    #[must_use]
    pub fn typed(&self, name: &str) -> Option<String> {
        if let Some(text) = self.field(name) {
            return Some(text.to_owned());
        }
        let group = format!("{name}[]");
        let has_groups = self.fields.iter().any(|(key, _)| key.ends_with("[]"));
        let chosen = self.fields.iter().filter(|(key, _)| *key == group);
        let chosen: Vec<_> = chosen.map(|(_, value)| value.as_str()).collect();
        (has_groups || !chosen.is_empty()).then(|| chosen.join("\n"))
    }

    /// The outcome, its value read as `T`.
    #[must_use]
    pub fn outcome<T: DeserializeOwned>(&self) -> Option<Result<T, PublicError>> {
        match &self.outcome {
            Ok(value) => serde_json::from_str(value).ok().map(Ok),
            Err(error) => Some(Err(error.clone())),
        }
    }
}

/// The outcome of the last plain post to `action`, if this page follows one.
#[must_use]
pub fn use_flash(action: &str) -> Option<Flash> {
    if !page_load::is_page_load() {
        return None;
    }
    use_context::<crate::viewer::PageContext>()
        .and_then(|page| page.flash)
        .filter(|flash| flash.action == action)
}

/// The key under which the form for `action` creates something once. A form that
/// came back keeps its key: sent again, it is still one creation.
#[must_use]
pub fn creation_key(action: &str) -> Uuid {
    use_flash(action)
        .filter(|flash| flash.outcome.is_err())
        .and_then(|flash| flash.field("creation_key")?.parse().ok())
        .unwrap_or_else(page_load::creation_key)
}
