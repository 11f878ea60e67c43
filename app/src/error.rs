//! The one error that reaches a browser: safe to show, without internals.

use crate::domain::{ConflictingEdit, DuplicateOrganisation, FieldErrors, PartnerPages};
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why something that was asked for did not happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PublicError {
    /// Nobody is signed in, or the session has ended.
    #[error("Your session has ended. Sign in again to go on.")]
    NotSignedIn,
    /// It does not exist, or not for this person: the two are told apart nowhere.
    #[error("There is nothing at this address.")]
    NotFound,
    /// These pages are not open to the partner user's organisation.
    #[error("{}", closed_sentence(*.pages, .contact))]
    Closed {
        /// Which pages.
        pages: PartnerPages,
        /// Whom to ask, as the admins have written it; may be empty.
        contact: String,
    },
    /// Fields of the form have to be corrected.
    #[error("Check the fields that are marked.")]
    Invalid(FieldErrors),
    /// Other organisations have the same name or Zuora account; the admin may
    /// go on by saying so.
    #[error("Another partner organisation looks the same.")]
    Duplicates(Vec<DuplicateOrganisation>),
    /// Somebody else changed it meanwhile.
    #[error("Somebody else changed this partner organisation meanwhile.")]
    Conflict(Box<ConflictingEdit>),
    /// It is no longer as whoever changes it says they have read it.
    #[error("This has changed since you read it. Read it again.")]
    ChangedSince,
    /// Refused as a whole, with the reason and the next step.
    #[error("{0}")]
    Refused(String),
    /// Too often; possible again after this many seconds.
    #[error("{}", wait_sentence(*.0))]
    TooManyAttempts(u32),
    /// An outside system does not answer; nothing is lost.
    #[error("{message} Reference: {reference}")]
    Unavailable {
        /// What is away and what that means.
        message: String,
        /// The request's reference, which is in the server's log.
        reference: String,
    },
    /// Anything else; the log has the rest under the reference.
    #[error(
        "This did not work, and the fault is on our side. Try again; if it stays, tell your operator this reference: {reference}"
    )]
    Unexpected {
        /// The request's reference, which is in the server's log.
        reference: String,
    },
    /// The answer did not arrive: the browser is offline or the server restarts.
    #[error("The server could not be reached. Check your connection and try again.")]
    Unreachable,
}

fn closed_sentence(pages: PartnerPages, contact: &str) -> String {
    let pages = pages.label();
    if contact.is_empty() {
        format!(
            "{pages} is not open to your organisation. Ask the person who invited you to Partners."
        )
    } else {
        format!("{pages} is not open to your organisation. Ask {contact}.")
    }
}

fn wait_sentence(seconds: u32) -> String {
    let minutes = seconds.div_ceil(60).max(1);
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    format!("Too many attempts. Wait {minutes} {unit} and try again.")
}

impl PublicError {
    /// One field's problem.
    #[must_use]
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(name, message))
    }

    /// The fields' problems, where that is what it is.
    #[must_use]
    pub const fn fields(&self) -> Option<&FieldErrors> {
        match self {
            Self::Invalid(errors) => Some(errors),
            _ => None,
        }
    }

    /// The HTTP status that says the same.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotSignedIn => 401,
            Self::NotFound => 404,
            Self::Closed { .. } => 403,
            Self::Invalid(_) | Self::Refused(_) => 422,
            Self::Duplicates(_) | Self::Conflict(_) => 409,
            Self::ChangedSince => 412,
            Self::TooManyAttempts(_) => 429,
            Self::Unavailable { .. } | Self::Unreachable => 503,
            Self::Unexpected { .. } => 500,
        }
    }
}

impl FromServerFnError for PublicError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::Refused(
                "The form did not arrive whole. Reload the page and try again.".to_owned(),
            ),
            _ => Self::Unreachable,
        }
    }
}
