//! `Idempotency-Key`: the first answer to a key is kept for 24 hours, a failure
//! too, and given again to whoever sends the same request with that key.

use crate::clock::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// An answer that is kept, and for which request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// `POST /v1/orders?returnIds=true`.
    pub line: String,
    /// The request's body.
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub answer: String,
    /// Since when it is kept.
    pub since: Moment,
}

impl Kept {
    /// Whether it is still kept.
    #[must_use]
    pub fn is_kept(&self, now: Moment) -> bool {
        now.0 - self.since.0 < KEPT_SECONDS
    }
}

/// The keys whose first request is still running.
#[derive(Clone, Debug, Default)]
pub struct Running(Arc<Mutex<BTreeSet<String>>>);

impl Running {
    /// Takes the key; nothing when it is taken.
    #[must_use]
    pub fn take(&self, key: &str) -> Option<Taken> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| Taken { key: key.to_owned(), running: self.clone() })
    }
}

/// A key that is taken until this is dropped.
#[derive(Debug)]
pub struct Taken {
    key: String,
    running: Running,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
