//! Invoices.

use super::{AccountId, BillingError, InvoiceId, SubscriptionNumber};
use axum::body::Bytes;
use futures::stream::BoxStream;
use partners_app::domain::Money;
use time::Date;

/// A posted invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Its ID.
    pub id: InvoiceId,
    /// Its number, such as `INV00000001`.
    pub number: String,
    /// The account it is for: the invoice owner's.
    pub account: AccountId,
    /// Its date.
    pub date: Date,
    /// When it is due.
    pub due: Option<Date>,
    /// What it comes to, tax included.
    pub amount: Money,
    /// What is still to be paid.
    pub balance: Money,
}

impl Invoice {
    /// Whether something is still to be paid on a day after it was due.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        !self.is_paid() && self.due.is_some_and(|due| due < today)
    }

    /// Whether nothing is left to be paid.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.balance.amount <= rust_decimal::Decimal::ZERO
    }
}

/// What an invoice is made of, as far as it says whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceItem {
    /// The invoice's ID.
    pub invoice: InvoiceId,
    /// The subscription it is for; `None` for what was invoiced by itself.
    pub subscription: Option<SubscriptionNumber>,
}

/// A document on its way, piece by piece.
pub struct Pdf {
    /// Its length in bytes, where it is known before.
    pub length: Option<u64>,
    /// Its pieces; an error ends it.
    pub pieces: BoxStream<'static, Result<Bytes, BillingError>>,
}
