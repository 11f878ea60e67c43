//! Bearer tokens that expire.

use crate::clock::Moment;
use std::collections::BTreeMap;

/// The tokens that were given out. They are not kept in the file, so that a
/// restart makes clients fetch new ones.
#[derive(Debug, Default)]
pub struct Tokens(BTreeMap<String, Moment>);

impl Tokens {
    /// Gives out a token that is good until `until`.
    pub fn give(&mut self, until: Moment) -> String {
        let token = uuid::Uuid::now_v7().simple().to_string();
        self.0.insert(token.clone(), until);
        token
    }

    /// Whether the token is good; those that are over are forgotten.
    pub fn is_good(&mut self, token: &str, now: Moment) -> bool {
        self.0.retain(|_, until| *until > now);
        self.0.contains_key(token)
    }

    /// Makes all tokens worthless at once.
    pub fn expire_all(&mut self) {
        self.0.clear();
    }
}
