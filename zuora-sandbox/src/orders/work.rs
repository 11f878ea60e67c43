//! What an order has come to so far.

use crate::clock::Moment;
use crate::day::Day;
use crate::fields::Custom;
use crate::ids::Sequences;
use crate::refusal::Refusal;
use crate::state::{Account, State, Subscription};
use serde_json::Value;

/// The order itself.
#[derive(Clone, Debug)]
pub struct Head {
    /// The number that the client gave it.
    pub number: Option<String>,
    /// The day it was signed.
    pub date: Day,
    /// What it is about.
    pub description: String,
    /// Custom fields.
    pub custom: Custom,
    /// The account it is placed for.
    pub account: Account,
}

/// What it does to one subscription.
#[derive(Clone, Debug)]
pub struct Change {
    /// The version that is there; none for a new subscription.
    pub base: Option<Subscription>,
    /// The version that shall be.
    pub next: Subscription,
    /// Custom fields that came with it.
    pub custom: Custom,
    /// The order actions, in Zuora's shape.
    pub actions: Vec<Value>,
}

/// What an order has come to so far, beside the state.
#[derive(Debug)]
pub struct Work<'a> {
    /// What is known.
    pub state: &'a State,
    /// The moment of the order.
    pub now: Moment,
    /// What numbers have been given out.
    pub sequences: Sequences,
    /// Accounts that are new.
    pub accounts: Vec<Account>,
    /// What happens to subscriptions.
    pub changes: Vec<Change>,
}

impl<'a> Work<'a> {
    /// Nothing yet.
    #[must_use]
    pub fn new(state: &'a State, now: Moment) -> Self {
        Self {
            state,
            now,
            sequences: state.sequences.clone(),
            accounts: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// The account with this number or identifier, new or not.
    ///
    /// # Errors
    /// When there is none.
    pub fn account(&self, key: &str) -> Result<Account, Refusal> {
        self.accounts
            .iter()
            .find(|account| account.number == key || account.id == key)
            .map_or_else(|| self.state.account(key).cloned(), |account| Ok(account.clone()))
    }

    /// A subscription number that is free.
    ///
    /// # Errors
    /// When the wished one is not.
    pub fn subscription_number(&mut self, wished: Option<String>) -> Result<String, Refusal> {
        let taken = |work: &Self, number: &str| {
            work.state.subscriptions.contains_key(number)
                || work.changes.iter().any(|change| change.next.number == number)
        };
        match wished {
            Some(number) if taken(self, &number) => {
                Err(Refusal::value(format!("Subscription number '{number}' already exists.")))
            }
            Some(number) => Ok(number),
            None => loop {
                let number = self.sequences.subscription();
                if !taken(self, &number) {
                    return Ok(number);
                }
            },
        }
    }
}
