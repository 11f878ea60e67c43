//! Accounts of the billing system: looked up while an admin waits, verified
//! later where the billing system could not be asked at once, and once a day
//! from then on.

use crate::billing::{Billing, BillingAccount};
use crate::clock::Clock;
use crate::reconcile::{LEASE, backoff};
use crate::store::account_checks::{self, Due};
use crate::store::{Store, StoreError};
use partners_app::domain::{
    AccountCheck, AccountLookup, AccountStatus, AccountSummary, SalesforceAccountId, Timestamp,
    ZuoraAccountId,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long somebody is kept waiting for the billing system.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many accounts a search offers.
const OFFERED: usize = 8;
const BATCH: i64 = 8;

/// The accounts of the billing system, if one is connected.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    clock: Clock,
    billing: Option<Arc<dyn Billing>>,
}

impl Accounts {
    /// The accounts of `billing`.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, billing: Option<Arc<dyn Billing>>) -> Self {
        Self { store, clock, billing }
    }

    /// The billing system, if one is connected.
    #[must_use]
    pub fn billing(&self) -> Option<&Arc<dyn Billing>> {
        self.billing.as_ref()
    }

    /// The account with this ID or number.
    pub async fn find(&self, account: &ZuoraAccountId) -> AccountLookup {
        let Some(billing) = &self.billing else { return AccountLookup::NotConnected };
        match timeout(PATIENCE, billing.account(account)).await {
            Ok(Ok(Some(account))) => AccountLookup::Found(summary(account)),
            Ok(Ok(None)) => AccountLookup::Unknown,
            Ok(Err(error)) => {
                tracing::warn!(%error, "an account could not be looked up");
                AccountLookup::Unreachable
            }
            Err(_) => {
                tracing::warn!("an account could not be looked up in time");
                AccountLookup::Unreachable
            }
        }
    }

    /// A few accounts whose name or number begins with `text`. A search that
    /// fails offers nothing: an account can be typed without it.
    pub async fn search(&self, text: &str) -> Vec<AccountSummary> {
        let Some(billing) = self.billing.as_ref().filter(|_| !text.is_empty()) else {
            return Vec::new();
        };
        match timeout(PATIENCE, billing.search_accounts(text, OFFERED)).await {
            Ok(Ok(accounts)) => accounts.into_iter().map(summary).collect(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "accounts could not be searched");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Asks about accounts that are due; returns how many those were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn verify_batch(&self) -> Result<usize, StoreError> {
        let Some(billing) = &self.billing else { return Ok(0) };
        let mut writer = self.store.write().await?;
        let batch =
            account_checks::lease(writer.connection(), self.clock.now(), LEASE, BATCH).await?;
        writer.commit().await?;
        for due in &batch {
            self.verify(billing.as_ref(), due).await?;
        }
        Ok(batch.len())
    }

    async fn verify(&self, billing: &dyn Billing, due: &Due) -> Result<(), StoreError> {
        let answer = timeout(PATIENCE, billing.account(&due.account)).await;
        let mut writer = self.store.write().await?;
        match answer {
            Ok(Ok(account)) => {
                let check = account.map_or(AccountCheck::Unknown, |account| {
                    AccountCheck::Verified(summary(account))
                });
                account_checks::found(
                    writer.connection(),
                    due.organisation,
                    &check,
                    self.clock.now(),
                )
                .await?;
                tracing::info!(organisation.id = %due.organisation, "an account was looked up");
            }
            failed => {
                let error = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => "no answer in time".to_owned(),
                };
                tracing::warn!(error, organisation.id = %due.organisation, "an account could not be looked up");
                let until = self.clock.now().plus(backoff(due.attempts));
                account_checks::postponed(writer.connection(), due, until).await?;
            }
        }
        writer.commit().await
    }

    /// When the next account is due, if any is.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.billing.is_none() {
            return Ok(None);
        }
        account_checks::next_due(self.store.read().await?.connection()).await
    }
}

/// An account as admins see it.
fn summary(account: BillingAccount) -> AccountSummary {
    AccountSummary {
        number: account.number.to_string(),
        name: account.name,
        currency: account.currency.to_string(),
        status: match account.status {
            crate::billing::AccountStatus::Active => AccountStatus::Active,
            crate::billing::AccountStatus::Draft => AccountStatus::Draft,
            crate::billing::AccountStatus::Cancelled => AccountStatus::Cancelled,
        },
        // Whatever else stands in the field is no ID that we could offer.
        salesforce_account: account.crm_id.and_then(|id| SalesforceAccountId::parse(&id).ok()),
    }
}
