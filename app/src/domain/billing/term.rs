//! For how long a subscription runs.

use serde::{Deserialize, Serialize};

/// For how long a subscription runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// How many months a term has; `None` for a subscription without end.
    pub months: Option<u32>,
    /// Whether another term follows by itself.
    pub auto_renew: bool,
}
