//! Everything the sandbox knows, as it is kept in a file too.

mod account;
mod catalog;
mod document;
mod order;
mod subscription;

pub(crate) use account::extend;
pub use account::{Account, AccountStatus, Contact};
pub use catalog::{
    BillingPeriod, ChargeKind, ChargeModel, Product, ProductCharge, ProductRatePlan,
};
pub use document::{Document, DocumentKind, Item};
pub use order::{Order, OrderSubscription};
pub use subscription::{
    Charge, Length, RatePlan, Segment, Span, Subscription, SubscriptionStatus, Term, TermUnit,
};

use crate::clock::Moment;
use crate::day::Day;
use crate::idempotency::Kept;
use crate::ids::Sequences;
use crate::refusal::Refusal;
use crate::tenant::Tenant;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything the sandbox knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// What numbers and identifiers have been given out.
    pub sequences: Sequences,
    /// How the tenant is set up.
    pub tenant: Tenant,
    /// How many seconds the clock is ahead.
    pub clock_shift: i64,
    /// Up to which day renewals and invoices have been made.
    pub billed_through: Day,
    /// The product catalog, newest product last.
    pub products: Vec<Product>,
    /// Accounts by identifier.
    pub accounts: BTreeMap<String, Account>,
    /// Account identifiers by account number.
    pub account_numbers: BTreeMap<String, String>,
    /// All versions of each subscription, oldest first, by its number.
    pub subscriptions: BTreeMap<String, Vec<Subscription>>,
    /// Subscription numbers by the identifier of any version.
    pub subscription_ids: BTreeMap<String, String>,
    /// Orders by number.
    pub orders: BTreeMap<String, Order>,
    /// Invoices and credit memos by identifier.
    pub documents: BTreeMap<String, Document>,
    /// Identifiers of invoices and credit memos by account.
    pub account_documents: BTreeMap<String, Vec<String>>,
    /// Answers kept for their idempotency keys.
    pub idempotency: BTreeMap<String, Kept>,
}

impl State {
    /// The account with this identifier or number.
    ///
    /// # Errors
    /// When there is none.
    pub fn account(&self, key: &str) -> Result<&Account, Refusal> {
        self.accounts
            .get(key)
            .or_else(|| self.accounts.get(self.account_numbers.get(key)?))
            .ok_or_else(|| Refusal::not_found(key))
    }

    /// Adds an account, or replaces it.
    pub fn put_account(&mut self, account: Account) {
        self.account_numbers.insert(account.number.clone(), account.id.clone());
        self.accounts.insert(account.id.clone(), account);
    }

    /// The latest version of the subscription with this number, or the version
    /// with this identifier.
    ///
    /// # Errors
    /// When there is none.
    pub fn subscription(&self, key: &str) -> Result<&Subscription, Refusal> {
        if let Some(latest) = self.subscriptions.get(key).and_then(|versions| versions.last()) {
            return Ok(latest);
        }
        self.subscription_ids
            .get(key)
            .and_then(|number| self.subscriptions.get(number))
            .and_then(|versions| versions.iter().find(|version| version.id == key))
            .ok_or_else(|| Refusal::not_found(key))
    }

    /// The latest version of every subscription.
    pub fn latest(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values().filter_map(|versions| versions.last())
    }

    /// Adds a version after those that are there.
    pub fn put_version(&mut self, version: Subscription) {
        self.subscription_ids.insert(version.id.clone(), version.number.clone());
        self.subscriptions.entry(version.number.clone()).or_default().push(version);
    }

    /// The order with this number or identifier.
    ///
    /// # Errors
    /// When there is none.
    pub fn order(&self, key: &str) -> Result<&Order, Refusal> {
        self.orders
            .get(key)
            .or_else(|| self.orders.values().find(|order| order.id == key))
            .ok_or_else(|| Refusal::not_found(key))
    }

    /// The invoice or credit memo with this identifier or number.
    ///
    /// # Errors
    /// When there is none.
    pub fn document(&self, key: &str) -> Result<&Document, Refusal> {
        self.documents
            .get(key)
            .or_else(|| self.documents.values().find(|document| document.number == key))
            .ok_or_else(|| Refusal::not_found(key))
    }

    /// Adds an invoice or credit memo.
    pub fn put_document(&mut self, document: Document) {
        let of_account = self.account_documents.entry(document.account_id.clone()).or_default();
        of_account.push(document.id.clone());
        self.documents.insert(document.id.clone(), document);
    }

    /// The product rate plan with this identifier or number, and its product.
    ///
    /// # Errors
    /// When there is none.
    pub fn product_rate_plan(&self, key: &str) -> Result<(&Product, &ProductRatePlan), Refusal> {
        self.products
            .iter()
            .find_map(|product| {
                let plan =
                    product.rate_plans.iter().find(|plan| plan.id == key || plan.number == key);
                plan.map(|plan| (product, plan))
            })
            .ok_or_else(|| Refusal::not_found(key))
    }

    /// What the account owes on its invoices.
    #[must_use]
    pub fn invoice_balance(&self, account_id: &str) -> Decimal {
        self.documents_of(account_id, DocumentKind::Invoice).map(|document| document.balance).sum()
    }

    /// What the account may still set against invoices.
    #[must_use]
    pub fn credit_balance(&self, account_id: &str) -> Decimal {
        self.documents_of(account_id, DocumentKind::CreditMemo)
            .map(|document| document.balance)
            .sum()
    }

    /// The account's invoices or credit memos, oldest first.
    pub fn documents_of(
        &self,
        account_id: &str,
        kind: DocumentKind,
    ) -> impl Iterator<Item = &Document> {
        self.account_documents
            .get(account_id)
            .into_iter()
            .flatten()
            .filter_map(|id| self.documents.get(id))
            .filter(move |document| document.kind == kind)
    }

    /// Forgets the answers whose time is over.
    pub fn forget_old_answers(&mut self, now: Moment) {
        self.idempotency.retain(|_, kept| kept.is_kept(now));
    }
}
