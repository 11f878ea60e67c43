//! Where an admin can jump to by typing a few letters.

use serde::{Deserialize, Serialize};

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JumpKind {
    /// A page of the settings.
    Page,
    /// A partner organisation.
    Organisation,
    /// A partner user.
    User,
}

impl JumpKind {
    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Page => "Page",
            Self::Organisation => "Partner organisation",
            Self::User => "Partner user",
        }
    }
}

/// A place to jump to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// What it is.
    pub kind: JumpKind,
    /// Its name.
    pub name: String,
    /// What tells it from others of the same name: an email, an ID. May be empty.
    pub detail: String,
    /// Path in this application.
    pub href: String,
}
