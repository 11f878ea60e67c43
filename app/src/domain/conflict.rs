//! What stands in the way of a change that is in itself valid.

use super::organisation::{Organisation, OrganisationId, OrganisationName};
use serde::{Deserialize, Serialize};

/// Another organisation that has the same name or the same Zuora account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateOrganisation {
    /// The other organisation.
    pub id: OrganisationId,
    /// Its name.
    pub name: OrganisationName,
    /// It has the same name.
    pub same_name: bool,
    /// It has the same Zuora account.
    pub same_zuora_account: bool,
}

impl DuplicateOrganisation {
    /// What is the same, as a sentence's end.
    #[must_use]
    pub const fn sentence(&self) -> &'static str {
        match (self.same_name, self.same_zuora_account) {
            (true, true) => "has the same name and the same Zuora account",
            (true, false) => "has the same name",
            _ => "has the same Zuora account",
        }
    }
}

/// Somebody else changed the organisation while it was being edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictingEdit {
    /// The organisation as it is now.
    pub current: Organisation,
}
