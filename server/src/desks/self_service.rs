//! What came of orders: end customers, subscriptions, invoices.

use super::OrPublic;
use crate::access;
use crate::accounts::Accounts;
use crate::billing::{BillingError, Passing, PastOrder, Pdf, Subscription};
use crate::clock::Clock;
use crate::projection::{Belonging, Projection};
use crate::store::listing::Listed;
use crate::store::subscriptions::Told;
use crate::store::{
    Reader, Store, StoreError, StoreResult, customer_list, customers, invoices, orders,
    organisations, plan_names, readings, subscriptions,
};
use crate::subscription_actions;
use async_trait::async_trait;
use partners_app::desks::{SelfServiceDesk, Sight};
use partners_app::domain::billing::{InvoiceId, SubscriptionNumber};
use partners_app::domain::{
    CustomerId, CustomerPage, CustomerQuery, CustomerRow, Freshness, InvoiceQuery, InvoiceRow,
    ListPage, Organisation, PartnerPages, SubscriptionActions, SubscriptionPage, SubscriptionQuery,
    SubscriptionRow,
};
use partners_app::error::PublicError;
use std::time::Duration;
use tokio::time::timeout;

/// How long somebody is kept waiting for the billing system where what was
/// read before can be shown instead.
const PATIENCE: Duration = Duration::from_secs(3);
/// And where nothing can.
const LONG_PATIENCE: Duration = Duration::from_secs(20);

/// How many of a customer's orders its page has.
const ORDERS: i64 = 20;

/// Why nothing can be changed where only the last reading is known.
const AWAY: &str =
    "Zuora does not answer at the moment, so nothing can be changed. Try again in a few minutes.";

/// The desk for Self-Service.
#[derive(Clone)]
pub struct SelfServiceOffice {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    projection: Projection,
}

/// A connection for somebody who may see an organisation's part, and how old
/// that is.
struct Admitted {
    reader: Reader,
    freshness: Freshness,
}

/// What the billing system says of a subscription at this moment.
enum Live {
    /// This.
    Is(Box<Subscription>, Option<Vec<PastOrder>>),
    /// That there is none.
    IsNone,
    /// Nothing.
    IsAway,
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
        sight: &Sight,
        id: &InvoiceId,
    ) -> Result<(String, Pdf), PublicError> {
        let Admitted { mut reader, .. } = self.admit(sight).await?;
        let number = invoices::number_of(reader.connection(), sight.organisation(), id)
            .await
            .or_public(sight.origin())?
            .ok_or(PublicError::NotFound)?;
        drop(reader);
        let billing = self.accounts.billing().ok_or(PublicError::NotFound)?;
        let pdf = timeout(LONG_PATIENCE, billing.invoice_pdf(id))
            .await
            .unwrap_or_else(|_| Err(no_answer()))
            .or_public(sight.origin())?;
        Ok((number, pdf.ok_or(PublicError::NotFound)?))
    }

    /// Lets somebody pass to whom Self-Service is open.
    async fn admit(&self, sight: &Sight) -> Result<Admitted, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            let pages = PartnerPages::SelfService;
            let admitted = access::admit(reader.connection(), &self.accounts, sight, pages).await?;
            let freshness = readings::of(reader.connection(), sight.organisation()).await?;
            Ok::<_, StoreError>(admitted.map(|()| (reader, freshness)))
        };
        let (reader, freshness) = read.await.or_public(sight.origin())??;
        Ok(Admitted { reader, freshness: freshness.ok_or(PublicError::NotFound)? })
    }

    /// A list that somebody looks at: it is read again soon where it is old.
    /// Called without a connection in hand, because it may need one.
    async fn listed<T>(
        &self,
        sight: &Sight,
        page: StoreResult<Listed<T>>,
        freshness: Freshness,
    ) -> Result<ListPage<T>, PublicError> {
        self.projection.freshen(sight.organisation(), &freshness).await;
        Ok(page.or_public(sight.origin())?.with(freshness))
    }

    async fn live(&self, number: &SubscriptionNumber) -> Live {
        let Some(billing) = self.accounts.billing() else { return Live::IsAway };
        let (found, history) = tokio::join!(
            timeout(PATIENCE, billing.subscription(number)),
            timeout(PATIENCE, billing.history(number)),
        );
        match found {
            Ok(Ok(Some(found))) => {
                let history = history.ok().and_then(Result::ok);
                Live::Is(Box::new(found), history)
            }
            Ok(Ok(None)) => Live::IsNone,
            Ok(Err(error)) => {
                tracing::warn!(%error, subscription = %number, "a subscription could not be read");
                Live::IsAway
            }
            Err(_) => {
                tracing::warn!(subscription = %number, "a subscription could not be read in time");
                Live::IsAway
            }
        }
    }

    /// What a subscription's page says where it could be read; `None` where it
    /// is no longer the organisation's.
    async fn told(
        &self,
        organisation: &Organisation,
        subscription: Subscription,
        before: &Told,
    ) -> Result<Option<Told>, StoreError> {
        let mut reader = self.store.read().await?;
        let owner = match &subscription.owner.number {
            Some(account) => {
                customers::by_account(reader.connection(), organisation.id, account).await?
            }
            None => None,
        };
        let payer = Some(&subscription.invoice_owner);
        let belonging = Belonging::of(reader.connection(), organisation, payer).await?;
        if !belonging.has(reader.connection(), &subscription, owner.is_some()).await? {
            return Ok(None);
        }
        let names = plan_names::read(reader.connection(), organisation.id).await?;
        let (plan, quantity) = names.of(&subscription, self.clock.today());
        let (customer, customer_name) = owner.map_or_else(
            || (before.customer, before.customer_name.clone()),
            |owner| (owner.id, owner.name),
        );
        Ok(Some(Told { customer, customer_name, plan, quantity, subscription }))
    }
}

#[async_trait]
impl SelfServiceDesk for SelfServiceOffice {
    async fn customers(
        &self,
        sight: &Sight,
        query: &CustomerQuery,
    ) -> Result<ListPage<CustomerRow>, PublicError> {
        let Admitted { mut reader, freshness } = self.admit(sight).await?;
        let (id, today) = (sight.organisation(), self.clock.today());
        let page = customer_list::page(reader.connection(), id, query, today).await;
        drop(reader);
        self.listed(sight, page, freshness).await
    }

    async fn customer(&self, sight: &Sight, id: CustomerId) -> Result<CustomerPage, PublicError> {
        let Admitted { mut reader, .. } = self.admit(sight).await?;
        let today = self.clock.today();
        let row = customer_list::by_id(reader.connection(), sight.organisation(), id, today)
            .await
            .or_public(sight.origin())?
            .ok_or(PublicError::NotFound)?;
        let orders = orders::of_customer(reader.connection(), sight.organisation(), id, ORDERS)
            .await
            .or_public(sight.origin())?;
        let orders = orders.into_iter().map(|order| sight.of_order(order)).collect();
        Ok(CustomerPage { row, orders })
    }

    async fn subscriptions(
        &self,
        sight: &Sight,
        query: &SubscriptionQuery,
    ) -> Result<ListPage<SubscriptionRow>, PublicError> {
        let Admitted { mut reader, freshness } = self.admit(sight).await?;
        let (id, today) = (sight.organisation(), self.clock.today());
        let page = subscriptions::page(reader.connection(), id, query, today).await;
        drop(reader);
        self.listed(sight, page, freshness).await
    }

    async fn subscription(
        &self,
        sight: &Sight,
        number: &SubscriptionNumber,
    ) -> Result<SubscriptionPage, PublicError> {
        let Admitted { mut reader, freshness } = self.admit(sight).await?;
        let id = sight.organisation();
        let stored = subscriptions::by_number(reader.connection(), id, number)
            .await
            .or_public(sight.origin())?
            .ok_or(PublicError::NotFound)?;
        let organisation = organisations::by_id(reader.connection(), id)
            .await
            .or_public(sight.origin())?
            .ok_or(PublicError::NotFound)?;
        let order_under_way =
            orders::under_way(reader.connection(), id, number).await.or_public(sight.origin())?;
        let order_under_way = order_under_way.map(|order| sight.of_order(order));
        drop(reader);
        let (told, history, freshness) = match self.live(number).await {
            Live::Is(subscription, history) => {
                let told = self.told(&organisation, *subscription, &stored).await;
                let told = told.or_public(sight.origin())?.ok_or(PublicError::NotFound)?;
                let now = Some(self.clock.now());
                (told, history, Freshness { read_at: now, is_away: false })
            }
            Live::IsNone => return Err(PublicError::NotFound),
            Live::IsAway => (stored, None, Freshness { is_away: true, ..freshness }),
        };
        let today = self.clock.today();
        let actions = match sight {
            Sight::Admin(..) => None,
            Sight::Partner(_) if freshness.is_away => Some(SubscriptionActions {
                blocked: Some(AWAY.to_owned()),
                can_undo: false,
                plans: Vec::new(),
                add_ons: Vec::new(),
                removable: Vec::new(),
            }),
            Sight::Partner(_) => {
                let (subscription, order) = (&told.subscription, order_under_way.as_ref());
                let (store, channel) = (&self.store, sight.channel());
                subscription_actions::of(store, &organisation, channel, subscription, order, today)
                    .await
                    .map(Some)
                    .or_public(sight.origin())?
            }
        };
        Ok(SubscriptionPage {
            row: told.row(today),
            subscription: told.subscription,
            freshness,
            history,
            order_under_way,
            actions,
            today,
        })
    }

    async fn invoices(
        &self,
        sight: &Sight,
        query: &InvoiceQuery,
    ) -> Result<ListPage<InvoiceRow>, PublicError> {
        let Admitted { mut reader, freshness } = self.admit(sight).await?;
        let (id, today) = (sight.organisation(), self.clock.today());
        let page = invoices::page(reader.connection(), id, query, today).await;
        drop(reader);
        self.listed(sight, page, freshness).await
    }
}

fn no_answer() -> BillingError {
    BillingError::TryAgain {
        cause: Passing::Unavailable,
        after: None,
        message: "no answer in time".to_owned(),
    }
}
