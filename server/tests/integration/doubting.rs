//! A billing system that does not know yet of what it has just done.

use async_trait::async_trait;
use partners_app::domain::{ServiceState, ZuoraAccountId};
use partners_server::billing::{
    AccountId, Attempt, Billing, BillingAccount, BillingError, CatalogPlan, ChangeOrder, Invoice,
    InvoiceId, InvoiceItem, NewOrder, OrderNumber, OrderReference, PageToken, PastOrder, Pdf,
    PlacedOrder, Portion, Preview, Subscription, SubscriptionNumber, SubscriptionsOf, Zuora,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many of the next answers are as a test wants them.
#[derive(Clone, Default)]
pub struct Doubts {
    /// Looks for an order that do not find it.
    pub unseen: Arc<AtomicUsize>,
    /// Looks at a subscription after those that are not allowed.
    pub forbidden: Arc<AtomicUsize>,
}

fn takes(counter: &AtomicUsize) -> bool {
    let less = |left: usize| left.checked_sub(1);
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
}

/// The stand-in for Zuora, but for these answers.
pub struct Doubting {
    pub zuora: Zuora,
    pub doubts: Doubts,
}

#[async_trait]
impl Billing for Doubting {
    async fn find_order(
        &self,
        reference: &OrderReference,
    ) -> Result<Option<PlacedOrder>, BillingError> {
        if takes(&self.doubts.unseen) {
            return Ok(None);
        }
        self.zuora.find_order(reference).await
    }

    async fn subscription(
        &self,
        number: &SubscriptionNumber,
    ) -> Result<Option<Subscription>, BillingError> {
        if self.doubts.unseen.load(Ordering::Relaxed) == 0 && takes(&self.doubts.forbidden) {
            return Err(BillingError::Misconfigured("This is not allowed.".to_owned()));
        }
        self.zuora.subscription(number).await
    }

    async fn state(&self) -> ServiceState {
        self.zuora.state().await
    }

    async fn account(&self, key: &ZuoraAccountId) -> Result<Option<BillingAccount>, BillingError> {
        self.zuora.account(key).await
    }

    async fn search_accounts(
        &self,
        text: &str,
        limit: usize,
    ) -> Result<Vec<BillingAccount>, BillingError> {
        self.zuora.search_accounts(text, limit).await
    }

    async fn catalog(&self) -> Result<Vec<CatalogPlan>, BillingError> {
        self.zuora.catalog().await
    }

    async fn preview(&self, order: &NewOrder) -> Result<Preview, BillingError> {
        self.zuora.preview(order).await
    }

    async fn place(
        &self,
        order: &NewOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        self.zuora.place(order, attempt).await
    }

    async fn subscriptions(
        &self,
        of: &SubscriptionsOf,
        page: Option<&PageToken>,
    ) -> Result<Portion<Subscription>, BillingError> {
        self.zuora.subscriptions(of, page).await
    }

    async fn history(&self, number: &SubscriptionNumber) -> Result<Vec<PastOrder>, BillingError> {
        self.zuora.history(number).await
    }

    async fn preview_change(&self, change: &ChangeOrder) -> Result<Preview, BillingError> {
        self.zuora.preview_change(change).await
    }

    async fn change(
        &self,
        change: &ChangeOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        self.zuora.change(change, attempt).await
    }

    async fn undo(&self, order: &OrderNumber) -> Result<(), BillingError> {
        self.zuora.undo(order).await
    }

    async fn invoices(
        &self,
        accounts: &[AccountId],
        page: Option<&PageToken>,
    ) -> Result<Portion<Invoice>, BillingError> {
        self.zuora.invoices(accounts, page).await
    }

    async fn invoice_items(
        &self,
        invoices: &[InvoiceId],
        page: Option<&PageToken>,
    ) -> Result<Portion<InvoiceItem>, BillingError> {
        self.zuora.invoice_items(invoices, page).await
    }

    async fn invoice(&self, id: &InvoiceId) -> Result<Option<Invoice>, BillingError> {
        self.zuora.invoice(id).await
    }

    async fn invoice_pdf(&self, id: &InvoiceId) -> Result<Option<Pdf>, BillingError> {
        self.zuora.invoice_pdf(id).await
    }
}
