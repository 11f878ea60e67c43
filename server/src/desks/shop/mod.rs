//! What happens in the Shop, and to orders.

mod changes;
mod drafts;
mod front;
mod placing;
mod planned;
mod purchases;
mod requests;

use super::OrPublic;
use crate::access;
use crate::accounts::Accounts;
use crate::billing::{Attribution, Billing, BillingError};
use crate::clock::Clock;
use crate::orders::Orders;
use crate::store::{Store, orders, organisations};
use async_trait::async_trait;
use partners_app::desks::{CreationKey, Origin, PartnerSession, ShopDesk, Sight};
use partners_app::domain::billing::{Preview, SubscriptionNumber};
use partners_app::domain::{
    ChangeRequest, CheckoutForm, CheckoutPage, CustomerId, OfferId, Order, OrderId, OrderKind,
    OrderState, Organisation, OrganisationId, PartnerPages, ShopFront,
};
use partners_app::error::PublicError;
use std::time::Duration;
use time::Date;

pub use requests::OrderRequest;

/// How long somebody is kept waiting for the billing system, whatever it is
/// asked.
const PATIENCE: Duration = Duration::from_secs(20);
// There has to be time left to say so.
const _: () = assert!(PATIENCE.as_secs() < crate::web::TIMEOUT.as_secs());
/// How many of the latest orders are listed.
const LATEST: i64 = 20;

/// The Shop's desk.
#[derive(Clone)]
pub struct ShopOffice {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    orders: Orders,
}

impl ShopOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, accounts: Accounts, orders: Orders) -> Self {
        Self { store, clock, accounts, orders }
    }

    /// Lets pass whom these pages are open to.
    async fn admit(&self, sight: &Sight, pages: PartnerPages) -> Result<(), PublicError> {
        let admitted = async {
            let mut reader = self.store.read().await?;
            access::admit(reader.connection(), &self.accounts, sight, pages).await
        };
        admitted.await.or_public(sight.origin())?
    }

    async fn admit_partner(
        &self,
        partner: &PartnerSession,
        pages: PartnerPages,
    ) -> Result<(), PublicError> {
        self.admit(&Sight::Partner(partner.clone()), pages).await
    }

    /// Lets pass whom either group of pages is open to: orders come from both.
    async fn admit_to_orders(&self, sight: &Sight) -> Result<(), PublicError> {
        match self.admit(sight, PartnerPages::Shop).await {
            Err(PublicError::Closed { .. }) => self.admit(sight, PartnerPages::SelfService).await,
            other => other,
        }
    }

    async fn organisation(
        &self,
        id: OrganisationId,
        origin: &Origin,
    ) -> Result<Organisation, PublicError> {
        let read = async { organisations::by_id(self.store.read().await?.connection(), id).await };
        read.await.or_public(origin)?.ok_or(PublicError::NotFound)
    }

    fn billing(&self, origin: &Origin) -> Result<&dyn Billing, PublicError> {
        self.accounts.billing().map(AsRef::as_ref).ok_or_else(|| PublicError::Unavailable {
            message:
                "No billing system is connected, so nothing can be ordered. Tell your operator."
                    .to_owned(),
            reference: origin.reference.clone(),
        })
    }
}

/// What the billing system was asked for, or that it did not come in time.
async fn within<T>(
    patience: Duration,
    origin: &Origin,
    work: impl Future<Output = Result<T, PublicError>>,
) -> Result<T, PublicError> {
    let done = tokio::time::timeout(patience, work).await;
    done.unwrap_or_else(|_| Err::<T, _>(BillingError::late()).or_public(origin))
}

/// The pages from which an order of this kind is made.
const fn pages_of(kind: OrderKind) -> PartnerPages {
    match kind {
        OrderKind::Purchase => PartnerPages::Shop,
        OrderKind::Change | OrderKind::Undo => PartnerPages::SelfService,
    }
}

/// For whom an organisation's orders are reported.
fn attribution(organisation: &Organisation) -> Attribution {
    Attribution {
        organisation: organisation.id,
        salesforce_account: organisation.salesforce_account.clone(),
    }
}

#[async_trait]
impl ShopDesk for ShopOffice {
    async fn front(&self, sight: &Sight) -> Result<ShopFront, PublicError> {
        self.admit(sight, PartnerPages::Shop).await?;
        self.shop_front(sight).await
    }

    async fn checkout(
        &self,
        partner: &PartnerSession,
        offer: OfferId,
        customer: Option<CustomerId>,
        draft: Option<OrderId>,
    ) -> Result<CheckoutPage, PublicError> {
        self.admit_partner(partner, PartnerPages::Shop).await?;
        self.checkout_page(partner, offer, customer, draft).await
    }

    async fn draft_purchase(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        offer: OfferId,
        form: CheckoutForm,
    ) -> Result<OrderId, PublicError> {
        self.draft(partner, key, OrderRequest::Purchase(offer, Box::new(form)), None).await
    }

    async fn draft_change(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        subscription: SubscriptionNumber,
        change: ChangeRequest,
    ) -> Result<OrderId, PublicError> {
        self.draft(partner, key, OrderRequest::Change(subscription, change), None).await
    }

    async fn order(&self, sight: &Sight, id: OrderId) -> Result<Order, PublicError> {
        self.admit_to_orders(sight).await?;
        let read = async {
            orders::by_id(self.store.read().await?.connection(), sight.organisation(), id).await
        };
        let order: Order = read.await.or_public(sight.origin())?.ok_or(PublicError::NotFound)?;
        let mut order = sight.of_order(order);
        // A draft of an earlier day takes effect on none before this one.
        if order.state == OrderState::Draft {
            let today = self.clock.today();
            order.effective_on = order.effective_on.map(|day| day.max(today));
        }
        Ok(order)
    }

    async fn preview(
        &self,
        partner: &PartnerSession,
        id: OrderId,
    ) -> Result<Option<Preview>, PublicError> {
        self.preview_of_draft(partner, id).await
    }

    async fn place(
        &self,
        partner: &PartnerSession,
        id: OrderId,
        seen: Option<Date>,
    ) -> Result<Order, PublicError> {
        self.place_draft(partner, id, seen).await
    }

    async fn recent_orders(&self, sight: &Sight) -> Result<Vec<Order>, PublicError> {
        self.admit_to_orders(sight).await?;
        let read = async {
            let mut reader = self.store.read().await?;
            orders::recent(reader.connection(), sight.organisation(), LATEST).await
        };
        let latest = read.await.or_public(sight.origin())?;
        Ok(latest.into_iter().map(|order| sight.of_order(order)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test]
    async fn whoever_waits_is_told_that_it_takes_too_long() {
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        let origin = Origin { reference: "0815".to_owned(), address };
        let moment = Duration::from_millis(1);
        let late = within::<()>(moment, &origin, pending()).await;
        let Err(PublicError::Unavailable { message, reference }) = late else { panic!("{late:?}") };
        assert_eq!(reference, "0815");
        assert!(message.contains("Zuora"), "{message}");
        let refused = || async { Err::<(), _>(PublicError::NotFound) };
        assert_eq!(within(PATIENCE, &origin, refused()).await, Err(PublicError::NotFound));
    }
}
