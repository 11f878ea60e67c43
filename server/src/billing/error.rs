//! Why the billing system did not do what was asked, sorted by who can help.

use std::fmt;
use std::time::Duration;

/// The billing system's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its code (Zuora: six digits for the resource, two for the category);
    /// `None` where it gave none.
    pub code: Option<u32>,
    /// Its sentence.
    pub message: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{} (code {code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// What will pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// It is asked too often.
    Throttled,
    /// It does not answer, or answers that it is unwell.
    Unavailable,
    /// Another request works on the same thing (Zuora: lock contention).
    Busy,
}

/// Why the billing system did not do what was asked. As text: the sentence
/// inside, for logs and admins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillingError {
    /// *Fix your input.* It refuses this request, and would again.
    #[error("{0}")]
    Refused(Reason),
    /// What the request names does not exist there.
    #[error("{0}")]
    NotFound(Reason),
    /// *Try again.* Nothing was done.
    #[error("{message}")]
    TryAgain {
        /// What will pass.
        cause: Passing,
        /// How long to wait at least, where it said so.
        after: Option<Duration>,
        /// In words for the log.
        message: String,
    },
    /// *Ask the operator.* Settings, permissions or features are not as this
    /// installation needs them; in words for an admin.
    #[error("{0}")]
    Misconfigured(String),
    /// The request was sent and no answer came that can be believed: the work
    /// may have been done. Only for what changes something.
    #[error("{message}")]
    AnswerLost {
        /// How long to wait before looking.
        after: Option<Duration>,
        /// In words for the log.
        message: String,
    },
    /// It broke on the request, and says so again to whoever sends that with
    /// the same key: the work may have been done. Only for what changes
    /// something.
    #[error("{message}")]
    Broken {
        /// How long to wait before looking.
        after: Option<Duration>,
        /// In words for the log.
        message: String,
    },
}

impl BillingError {
    /// It does not answer.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::TryAgain { cause: Passing::Unavailable, after: None, message: message.into() }
    }

    /// It does not answer while somebody waits.
    #[must_use]
    pub fn late() -> Self {
        Self::unavailable("It did not answer in time.")
    }

    /// Whether the same call may succeed later, without anybody's help.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::TryAgain { .. } | Self::AnswerLost { .. } | Self::Broken { .. })
    }

    /// How long to wait at least before the next attempt.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TryAgain { after, .. }
            | Self::AnswerLost { after, .. }
            | Self::Broken { after, .. } => *after,
            _ => None,
        }
    }
}
