//! A billing system whose calls are counted, timed and traced.

use super::call::call;
use crate::billing::{
    AccountId, Attempt, Billing, BillingAccount, BillingError, CatalogPlan, ChangeOrder, Invoice,
    InvoiceId, InvoiceItem, NewOrder, OrderNumber, OrderReference, PageToken, PastOrder, Pdf,
    PlacedOrder, Portion, Preview, Subscription, SubscriptionNumber, SubscriptionsOf,
};
use async_trait::async_trait;
use partners_app::domain::{ServiceState, ZuoraAccountId};
use std::sync::Arc;

/// What the system is called in metrics and traces.
const SYSTEM: &str = "zuora";

/// A billing system, observed.
pub struct ObservedBilling(Arc<dyn Billing>);

impl ObservedBilling {
    /// Observes this one.
    #[must_use]
    pub fn new(inner: Arc<dyn Billing>) -> Self {
        Self(inner)
    }
}

#[async_trait]
impl Billing for ObservedBilling {
    async fn state(&self) -> ServiceState {
        self.0.state().await
    }

    async fn account(&self, key: &ZuoraAccountId) -> Result<Option<BillingAccount>, BillingError> {
        call(SYSTEM, "account", self.0.account(key)).await
    }

    async fn search_accounts(
        &self,
        text: &str,
        limit: usize,
    ) -> Result<Vec<BillingAccount>, BillingError> {
        call(SYSTEM, "search_accounts", self.0.search_accounts(text, limit)).await
    }

    async fn catalog(&self) -> Result<Vec<CatalogPlan>, BillingError> {
        call(SYSTEM, "catalog", self.0.catalog()).await
    }

    async fn preview(&self, order: &NewOrder) -> Result<Preview, BillingError> {
        call(SYSTEM, "preview", self.0.preview(order)).await
    }

    async fn place(
        &self,
        order: &NewOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        call(SYSTEM, "place", self.0.place(order, attempt)).await
    }

    async fn find_order(
        &self,
        reference: &OrderReference,
    ) -> Result<Option<PlacedOrder>, BillingError> {
        call(SYSTEM, "find_order", self.0.find_order(reference)).await
    }

    async fn subscriptions(
        &self,
        of: &SubscriptionsOf,
        page: Option<&PageToken>,
    ) -> Result<Portion<Subscription>, BillingError> {
        call(SYSTEM, "subscriptions", self.0.subscriptions(of, page)).await
    }

    async fn subscription(
        &self,
        number: &SubscriptionNumber,
    ) -> Result<Option<Subscription>, BillingError> {
        call(SYSTEM, "subscription", self.0.subscription(number)).await
    }

    async fn history(&self, number: &SubscriptionNumber) -> Result<Vec<PastOrder>, BillingError> {
        call(SYSTEM, "history", self.0.history(number)).await
    }

    async fn preview_change(&self, change: &ChangeOrder) -> Result<Preview, BillingError> {
        call(SYSTEM, "preview_change", self.0.preview_change(change)).await
    }

    async fn change(
        &self,
        change: &ChangeOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        call(SYSTEM, "change", self.0.change(change, attempt)).await
    }

    async fn undo(&self, order: &OrderNumber) -> Result<(), BillingError> {
        call(SYSTEM, "undo", self.0.undo(order)).await
    }

    async fn invoices(
        &self,
        accounts: &[AccountId],
        page: Option<&PageToken>,
    ) -> Result<Portion<Invoice>, BillingError> {
        call(SYSTEM, "invoices", self.0.invoices(accounts, page)).await
    }

    async fn invoice_items(
        &self,
        invoices: &[InvoiceId],
        page: Option<&PageToken>,
    ) -> Result<Portion<InvoiceItem>, BillingError> {
        call(SYSTEM, "invoice_items", self.0.invoice_items(invoices, page)).await
    }

    async fn invoice(&self, id: &InvoiceId) -> Result<Option<Invoice>, BillingError> {
        call(SYSTEM, "invoice", self.0.invoice(id)).await
    }

    async fn invoice_pdf(&self, id: &InvoiceId) -> Result<Option<Pdf>, BillingError> {
        call(SYSTEM, "invoice_pdf", self.0.invoice_pdf(id)).await
    }
}
