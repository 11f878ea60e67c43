//! What becomes of several partner organisations at once.

use super::organisation::OrganisationId;
use serde::{Deserialize, Serialize};

/// What became of one of several organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    /// It was changed.
    Changed,
    /// It was so already.
    WasSo,
    /// There is no such organisation any more.
    Gone,
}

/// What became of one of several organisations, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// The organisation.
    pub id: OrganisationId,
    /// Its name; empty where it is gone.
    pub name: String,
    /// What became of it.
    pub outcome: BulkOutcome,
}
