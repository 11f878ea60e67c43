//! What happens in the Shop, and to orders.

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::orders::Orders;
use crate::store::Store;
use async_trait::async_trait;
use partners_app::desks::{CreationKey, PartnerSession, ShopDesk, Sight};
use partners_app::domain::billing::{Preview, SubscriptionNumber};
use partners_app::domain::{
    ChangeRequest, CheckoutForm, CheckoutPage, CustomerId, OfferId, Order, OrderId, ShopFront,
};
use partners_app::error::PublicError;

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
}

#[async_trait]
impl ShopDesk for ShopOffice {
    async fn front(&self, _sight: &Sight) -> Result<ShopFront, PublicError> {
        let _ = (&self.store, &self.clock, &self.accounts, &self.orders);
        Err(PublicError::NotFound)
    }

    async fn checkout(
        &self,
        _partner: &PartnerSession,
        _offer: OfferId,
        _customer: Option<CustomerId>,
        _draft: Option<OrderId>,
    ) -> Result<CheckoutPage, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn draft_purchase(
        &self,
        _partner: &PartnerSession,
        _key: CreationKey,
        _offer: OfferId,
        _form: CheckoutForm,
    ) -> Result<OrderId, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn draft_change(
        &self,
        _partner: &PartnerSession,
        _key: CreationKey,
        _subscription: SubscriptionNumber,
        _change: ChangeRequest,
    ) -> Result<OrderId, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn order(&self, _sight: &Sight, _id: OrderId) -> Result<Order, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn preview(
        &self,
        _partner: &PartnerSession,
        _id: OrderId,
    ) -> Result<Option<Preview>, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn place(&self, _partner: &PartnerSession, _id: OrderId) -> Result<Order, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn recent_orders(&self, _sight: &Sight) -> Result<Vec<Order>, PublicError> {
        Err(PublicError::NotFound)
    }
}
