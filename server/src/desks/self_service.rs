//! What came of orders: end customers, subscriptions, invoices.

use crate::accounts::Accounts;
use crate::billing::Pdf;
use crate::clock::Clock;
use crate::projection::Projection;
use crate::store::Store;
use async_trait::async_trait;
use partners_app::desks::{SelfServiceDesk, Sight};
use partners_app::domain::billing::{InvoiceId, SubscriptionNumber};
use partners_app::domain::{
    CustomerId, CustomerPage, CustomerQuery, CustomerRow, InvoiceQuery, InvoiceRow, ListPage,
    SubscriptionPage, SubscriptionQuery, SubscriptionRow,
};
use partners_app::error::PublicError;

/// The desk for Self-Service.
#[derive(Clone)]
pub struct SelfServiceOffice {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    projection: Projection,
}

impl SelfServiceOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Clock,
        accounts: Accounts,
        projection: Projection,
    ) -> Self {
        Self { store, clock, accounts, projection }
    }

    /// An invoice's document, with the invoice's number for the file's name.
    ///
    /// # Errors
    /// [`PublicError::NotFound`] where it is not one of the organisation's, or
    /// none has been made.
    pub async fn invoice_pdf(
        &self,
        _sight: &Sight,
        _id: &InvoiceId,
    ) -> Result<(String, Pdf), PublicError> {
        let _ = (&self.store, &self.clock, &self.accounts, &self.projection);
        Err(PublicError::NotFound)
    }
}

#[async_trait]
impl SelfServiceDesk for SelfServiceOffice {
    async fn customers(
        &self,
        _sight: &Sight,
        _query: &CustomerQuery,
    ) -> Result<ListPage<CustomerRow>, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn customer(&self, _sight: &Sight, _id: CustomerId) -> Result<CustomerPage, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn subscriptions(
        &self,
        _sight: &Sight,
        _query: &SubscriptionQuery,
    ) -> Result<ListPage<SubscriptionRow>, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn subscription(
        &self,
        _sight: &Sight,
        _number: &SubscriptionNumber,
    ) -> Result<SubscriptionPage, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn invoices(
        &self,
        _sight: &Sight,
        _query: &InvoiceQuery,
    ) -> Result<ListPage<InvoiceRow>, PublicError> {
        Err(PublicError::NotFound)
    }
}
