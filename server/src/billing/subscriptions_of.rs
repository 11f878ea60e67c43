//! Whose subscriptions are listed.

use super::AccountId;

/// Whose subscriptions are listed; of at most
/// [`MOST_ACCOUNTS`](super::MOST_ACCOUNTS) accounts at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionsOf {
    /// Those these accounts own.
    Owners(Vec<AccountId>),
    /// Those these accounts are invoiced for.
    InvoiceOwners(Vec<AccountId>),
}
