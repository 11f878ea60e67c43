//! Names of things between us and the billing system, each a type of its own.

use std::fmt;
use uuid::Uuid;

/// Where the next page of a list begins; opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageToken(pub String);

impl PageToken {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Our own reference of an order. It becomes the order's number in the billing
/// system, so that the order can be found by it for ever and none is placed
/// twice: 1 to 100 letters, digits, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderReference(String);

impl OrderReference {
    /// Checks a reference.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ((1..=100).contains(&text.len()) && text.bytes().all(fits)).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for OrderReference {
    /// `PO-0193A5B07E6C7C008000000000000001`.
    fn from(id: Uuid) -> Self {
        Self(format!("PO-{:X}", id.simple()))
    }
}

impl fmt::Display for OrderReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key under which the billing system keeps the first answer to a request
/// and gives it again, also a refusal (Zuora: 24 hours). Every attempt that
/// follows a definite answer needs a new one; see
/// [`Billing::place`](super::Billing::place).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(pub Uuid);

impl IdempotencyKey {
    /// A key that nobody has used.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The most accounts a list may be of, so that the question fits an address.
pub const MOST_ACCOUNTS: usize = 50;

/// The most invoices whose items may be listed at once, for the same reason.
pub const MOST_INVOICES: usize = 50;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next begins; `None` on the last.
    pub next: Option<PageToken>,
}
