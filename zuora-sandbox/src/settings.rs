//! How the sandbox is set up from outside.

use crate::clock::Clock;
use std::path::PathBuf;

/// How the sandbox is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The client that may fetch tokens; anybody when absent.
    pub client: Option<(String, String)>,
    /// The file that keeps the state; none keeps nothing.
    pub file: Option<PathBuf>,
    /// For how many seconds a token is good.
    pub token_seconds: i64,
    /// The time.
    pub clock: Clock,
    /// The address that links in answers start with, such as
    /// `http://127.0.0.1:9444`; taken from the request when absent.
    pub base_url: Option<String>,
    /// How many exchanges are remembered for `GET /sandbox/exchanges`.
    pub exchanges: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client: None,
            file: None,
            token_seconds: 3599,
            clock: Clock::system(),
            base_url: None,
            exchanges: 0,
        }
    }
}
