//! The port: what the rest of the server asks of the billing system, in our
//! terms.

use super::{
    AccountId, Attempt, BillingAccount, BillingError, CatalogPlan, ChangeOrder, Invoice, InvoiceId,
    InvoiceItem, NewOrder, OrderNumber, OrderReference, PageToken, PastOrder, Pdf, PlacedOrder,
    Portion, Preview, Subscription, SubscriptionNumber, SubscriptionsOf,
};
use async_trait::async_trait;
use partners_app::domain::{ServiceState, ZuoraAccountId};

/// A billing system.
///
/// Reads and previews may be repeated at will and never answer
/// [`BillingError::AnswerLost`] or [`BillingError::Broken`].
#[async_trait]
pub trait Billing: Send + Sync {
    /// Which one it is and whether it answers, for people.
    async fn state(&self) -> ServiceState;

    /// The account with this ID or number, if there is one.
    async fn account(&self, key: &ZuoraAccountId) -> Result<Option<BillingAccount>, BillingError>;

    /// Accounts whose name or number begins with `text`, at most `limit` (1 to
    /// 99), by name.
    async fn search_accounts(
        &self,
        text: &str,
        limit: usize,
    ) -> Result<Vec<BillingAccount>, BillingError>;

    /// Every rate plan of the catalog, read afresh.
    async fn catalog(&self) -> Result<Vec<CatalogPlan>, BillingError>;

    /// What an order would cost. Nothing is placed.
    async fn preview(&self, order: &NewOrder) -> Result<Preview, BillingError>;

    /// Places an order. It is carried out whole or not at all, and at most once
    /// for each reference, whatever the key.
    ///
    /// # Errors
    /// After [`BillingError::AnswerLost`] ask [`Billing::find_order`], or call
    /// again with the same attempt. After [`BillingError::Broken`] ask that too;
    /// where it finds nothing, and after every other error, nothing was done:
    /// another attempt has the same reference and a fresh key, because the
    /// billing system may keep its answer for the key.
    async fn place(&self, order: &NewOrder, attempt: &Attempt)
    -> Result<PlacedOrder, BillingError>;

    /// The order with our reference, if it was carried out: also a change, and
    /// however long ago.
    async fn find_order(
        &self,
        reference: &OrderReference,
    ) -> Result<Option<PlacedOrder>, BillingError>;

    /// A page of the latest versions of subscriptions, up to 99, each with its
    /// plans. They may lag a little behind [`Billing::subscription`].
    async fn subscriptions(
        &self,
        of: &SubscriptionsOf,
        page: Option<&PageToken>,
    ) -> Result<Portion<Subscription>, BillingError>;

    /// The subscription with this number as it is now, if there is one.
    async fn subscription(
        &self,
        number: &SubscriptionNumber,
    ) -> Result<Option<Subscription>, BillingError>;

    /// The orders that made and changed a subscription, newest first, at most
    /// 40.
    async fn history(&self, number: &SubscriptionNumber) -> Result<Vec<PastOrder>, BillingError>;

    /// What a change would cost. Nothing is changed.
    async fn preview_change(&self, change: &ChangeOrder) -> Result<Preview, BillingError>;

    /// Changes a subscription; otherwise as [`Billing::place`].
    async fn change(
        &self,
        change: &ChangeOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError>;

    /// Takes an order back that has not been invoiced and that no other has
    /// followed, such as a cancellation to come. An order that is not there
    /// has been taken back.
    async fn undo(&self, order: &OrderNumber) -> Result<(), BillingError>;

    /// A page of the posted invoices of at most [`MOST_ACCOUNTS`] accounts, up
    /// to 99, newest first.
    ///
    /// [`MOST_ACCOUNTS`]: super::MOST_ACCOUNTS
    async fn invoices(
        &self,
        accounts: &[AccountId],
        page: Option<&PageToken>,
    ) -> Result<Portion<Invoice>, BillingError>;

    /// A page of the items of at most [`MOST_INVOICES`] invoices, up to 99, in
    /// no order.
    ///
    /// [`MOST_INVOICES`]: super::MOST_INVOICES
    async fn invoice_items(
        &self,
        invoices: &[InvoiceId],
        page: Option<&PageToken>,
    ) -> Result<Portion<InvoiceItem>, BillingError>;

    /// The posted invoice with this ID, if there is one.
    async fn invoice(&self, id: &InvoiceId) -> Result<Option<Invoice>, BillingError>;

    /// An invoice's document; `None` while none has been made.
    async fn invoice_pdf(&self, id: &InvoiceId) -> Result<Option<Pdf>, BillingError>;
}
