//! Zuora over its REST API.
//!
//! Written to Zuora's documented behaviour ("API reference" and "Guides",
//! developer.zuora.com).

mod accounts;
mod catalog;
mod changes;
mod charges;
mod compose;
mod doctor;
mod http;
mod invoices;
mod number;
mod object_query;
mod order_body;
mod orders;
mod pages;
mod preview;
mod reasons;
mod settings;
mod subscription_record;
mod subscriptions;
mod throttle;
mod token;

pub use settings::{ZuoraFields, ZuoraSettings, ZuoraTimeouts, is_loopback};

use super::{
    AccountId, Attempt, Billing, BillingAccount, BillingError, CatalogPlan, ChangeOrder,
    EndCustomer, Invoice, InvoiceId, InvoiceItem, NewOrder, OrderInvoiceOwner, OrderNumber,
    OrderReference, OrderedPlan, PageToken, PastOrder, Pdf, PlacedOrder, Portion, Preview, Reason,
    Subscription, SubscriptionNumber, SubscriptionsOf,
};
use async_trait::async_trait;
use http::Http;
use partners_app::domain::{Currency, ServiceState, ZuoraAccountId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::RwLock;

/// How long the catalog is remembered for orders and previews.
const CATALOG_AGE: Duration = Duration::from_mins(10);

/// A Zuora tenant as this installation's billing system.
pub struct Zuora {
    http: Http,
    catalog: RwLock<Option<(Instant, Arc<Vec<CatalogPlan>>)>>,
}

impl Zuora {
    /// Uses this tenant. Asks nobody yet.
    ///
    /// # Errors
    /// [`BillingError::Misconfigured`] where a setting cannot be used.
    pub fn new(settings: ZuoraSettings) -> Result<Self, BillingError> {
        Ok(Self { http: Http::new(settings)?, catalog: RwLock::default() })
    }

    async fn fresh_catalog(&self) -> Result<Arc<Vec<CatalogPlan>>, BillingError> {
        let plans = Arc::new(catalog::read(&self.http).await?);
        *self.catalog.write().await = Some((Instant::now(), Arc::clone(&plans)));
        Ok(plans)
    }

    /// The catalog, with these plans in it where Zuora has them.
    async fn catalog_with(
        &self,
        mut plans: impl Iterator<Item = &OrderedPlan> + Send,
    ) -> Result<Arc<Vec<CatalogPlan>>, BillingError> {
        let known = self.catalog.read().await.clone();
        if let Some((at, known)) = known
            && at.elapsed() < CATALOG_AGE
            && plans.all(|plan| known.iter().any(|known| known.id == plan.rate_plan))
        {
            return Ok(known);
        }
        self.fresh_catalog().await
    }

    /// The currency an order will be in: its invoice owner's.
    async fn currency_of(&self, order: &NewOrder) -> Result<Currency, BillingError> {
        let key = match (&order.customer, &order.invoice_owner) {
            // The two must have one currency.
            (EndCustomer::New(customer), _) => return Ok(customer.currency),
            (EndCustomer::Existing(_), OrderInvoiceOwner::Partner(partner)) => partner.as_str(),
            (EndCustomer::Existing(number), OrderInvoiceOwner::EndCustomer) => number.as_str(),
        };
        let account = accounts::find(&self.http, key).await?;
        account.map(|account| account.currency).ok_or_else(|| {
            BillingError::NotFound(Reason {
                code: None,
                message: format!("There is no account {key}."),
            })
        })
    }
}

#[async_trait]
impl Billing for Zuora {
    async fn state(&self) -> ServiceState {
        let query = object_query::query(&self.http, "accounts", 1);
        let answer = object_query::page::<serde::de::IgnoredAny>(&self.http, query, None).await;
        let settings = self.http.settings();
        let (host, port) =
            (settings.base_url.host_str().unwrap_or_default(), settings.base_url.port());
        let place = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let (name, detail) = if settings.is_stand_in() {
            ("Stand-in for Zuora", format!("To try things out at {place}; nothing is billed"))
        } else {
            ("Zuora", format!("Tenant at {place}"))
        };
        ServiceState {
            name: name.to_owned(),
            detail,
            problem: answer.err().map(|error| error.to_string()),
        }
    }

    async fn account(&self, key: &ZuoraAccountId) -> Result<Option<BillingAccount>, BillingError> {
        accounts::find(&self.http, key.as_str()).await
    }

    async fn search_accounts(
        &self,
        text: &str,
        limit: usize,
    ) -> Result<Vec<BillingAccount>, BillingError> {
        accounts::search(&self.http, text, limit).await
    }

    async fn catalog(&self) -> Result<Vec<CatalogPlan>, BillingError> {
        self.fresh_catalog().await.map(|plans| plans.to_vec())
    }

    async fn preview(&self, order: &NewOrder) -> Result<Preview, BillingError> {
        self.preview_order(order).await
    }

    async fn place(
        &self,
        order: &NewOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        self.place_order(order, attempt).await
    }

    async fn find_order(
        &self,
        reference: &OrderReference,
    ) -> Result<Option<PlacedOrder>, BillingError> {
        self.find(reference).await
    }

    async fn subscriptions(
        &self,
        of: &SubscriptionsOf,
        page: Option<&PageToken>,
    ) -> Result<Portion<Subscription>, BillingError> {
        subscriptions::list(&self.http, of, page).await
    }

    async fn subscription(
        &self,
        number: &SubscriptionNumber,
    ) -> Result<Option<Subscription>, BillingError> {
        subscriptions::find(&self.http, number).await
    }

    async fn history(&self, number: &SubscriptionNumber) -> Result<Vec<PastOrder>, BillingError> {
        self.orders_of(number).await
    }

    async fn preview_change(&self, change: &ChangeOrder) -> Result<Preview, BillingError> {
        self.preview_of_change(change).await
    }

    async fn change(
        &self,
        change: &ChangeOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        self.change_subscription(change, attempt).await
    }

    async fn undo(&self, order: &OrderNumber) -> Result<(), BillingError> {
        self.take_back(order).await
    }

    async fn invoices(
        &self,
        accounts: &[AccountId],
        page: Option<&PageToken>,
    ) -> Result<Portion<Invoice>, BillingError> {
        invoices::list(&self.http, accounts, page).await
    }

    async fn invoice_items(
        &self,
        invoices: &[InvoiceId],
        page: Option<&PageToken>,
    ) -> Result<Portion<InvoiceItem>, BillingError> {
        invoices::items(&self.http, invoices, page).await
    }

    async fn invoice(&self, id: &InvoiceId) -> Result<Option<Invoice>, BillingError> {
        invoices::find(&self.http, id).await
    }

    async fn invoice_pdf(&self, id: &InvoiceId) -> Result<Option<Pdf>, BillingError> {
        invoices::pdf(&self.http, id).await
    }
}
