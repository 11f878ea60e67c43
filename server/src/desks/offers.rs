//! What admins decide about selling.

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::orders::Orders;
use crate::store::Store;
use async_trait::async_trait;
use partners_app::desks::{Admin, CreationKey, OffersDesk};
use partners_app::domain::{
    Catalog, Offer, OfferContent, OfferId, Order, OrderId, OrganisationId, OrganisationName,
    PartnerPagesSettings,
};
use partners_app::error::PublicError;

/// The desk for offers.
#[derive(Clone)]
pub struct OffersOffice {
    store: Store,
    clock: Clock,
    accounts: Accounts,
    orders: Orders,
}

impl OffersOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, accounts: Accounts, orders: Orders) -> Self {
        Self { store, clock, accounts, orders }
    }
}

#[async_trait]
impl OffersDesk for OffersOffice {
    async fn catalog(&self, _admin: &Admin) -> Result<Catalog, PublicError> {
        let _ = (&self.store, &self.clock, &self.accounts, &self.orders);
        Err(PublicError::NotFound)
    }

    async fn offers(&self, _admin: &Admin) -> Result<Vec<Offer>, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn offer(&self, _admin: &Admin, _id: OfferId) -> Result<Offer, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn create_offer(
        &self,
        _admin: &Admin,
        _key: CreationKey,
        _content: OfferContent,
    ) -> Result<Offer, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn edit_offer(
        &self,
        _admin: &Admin,
        _id: OfferId,
        _version: i64,
        _content: OfferContent,
    ) -> Result<Offer, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn partner_pages(&self, _admin: &Admin) -> Result<PartnerPagesSettings, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn set_partner_pages(
        &self,
        _admin: &Admin,
        _settings: PartnerPagesSettings,
    ) -> Result<(), PublicError> {
        Err(PublicError::NotFound)
    }

    async fn organisation_names(
        &self,
        _admin: &Admin,
        _ids: &[OrganisationId],
    ) -> Result<Vec<(OrganisationId, OrganisationName)>, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn orders_needing_attention(
        &self,
        _admin: &Admin,
    ) -> Result<Vec<(OrganisationId, Order)>, PublicError> {
        Err(PublicError::NotFound)
    }

    async fn retry_order(&self, _admin: &Admin, _id: OrderId) -> Result<(), PublicError> {
        Err(PublicError::NotFound)
    }
}
