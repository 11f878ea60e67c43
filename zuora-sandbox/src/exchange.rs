//! What went over the wire, for those who want to check it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// A request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// `POST`.
    pub method: String,
    /// `/v1/accounts/A1`.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: String,
    /// The request's body: JSON, or a string when it was something else, or
    /// null when there was none.
    pub request: Value,
    /// The answer's status.
    pub status: u16,
    /// The answer's content type.
    pub content_type: String,
    /// The answer's headers by name, in small letters.
    pub headers: BTreeMap<String, String>,
    /// The answer's body, as the request's.
    pub response: Value,
}

/// The latest exchanges and how many there have been.
#[derive(Debug, Default)]
pub struct Recorder {
    most: usize,
    latest: VecDeque<Exchange>,
    calls: BTreeMap<String, u64>,
}

impl Recorder {
    /// Remembers so many exchanges.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Counts a call: `POST /v1/orders`.
    pub fn count(&mut self, line: String) {
        *self.calls.entry(line).or_default() += 1;
    }

    /// Whether exchanges are remembered at all.
    #[must_use]
    pub const fn listens(&self) -> bool {
        self.most > 0
    }

    /// Remembers an exchange.
    pub fn keep(&mut self, exchange: Exchange) {
        if self.latest.len() >= self.most {
            self.latest.pop_front();
        }
        self.latest.push_back(exchange);
    }

    /// The exchanges that are remembered, oldest first.
    #[must_use]
    pub fn latest(&self) -> Vec<Exchange> {
        self.latest.iter().cloned().collect()
    }

    /// How often each route was called.
    #[must_use]
    pub const fn calls(&self) -> &BTreeMap<String, u64> {
        &self.calls
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.latest.clear();
        self.calls.clear();
    }
}
