//! What admins decide about selling.

mod writing;

use super::OrPublic;
use crate::accounts::Accounts;
use crate::billing::OrderReference;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::orders::Orders;
use crate::store::audit::{self, Actor, Event};
use crate::store::{
    Store, StoreError, offers, order_work, orders, organisation_names, partner_pages,
    twice_if_taken,
};
use async_trait::async_trait;
use partners_app::desks::{Admin, CreationKey, OffersDesk};
use partners_app::domain::audience::field;
use partners_app::domain::{
    self, Audience, FieldErrors, Offer, OfferContent, OfferId, OrderId, OrganisationId,
    OrganisationName, PageAccess, PartnerPagesSettings, StuckOrder,
};
use partners_app::error::PublicError;
use serde_json::json;

/// Beside a field where an organisation was chosen that does not exist.
const UNKNOWN_PARTNER: &str =
    "One of the chosen partner organisations does not exist. Check the Partner Organisation IDs.";

/// What the partner is told of an order that was given up.
const GIVEN_UP: &str = "An administrator gave this order up. Nothing was ordered.";

/// What the admin is told of one that is in the billing system.
const IS_THERE: &str = "Zuora has carried this order out, so it cannot be given up. Use Try again to go on from there.";

/// How many orders that need attention are shown.
const MOST_ORDERS: i64 = 100;

/// The desk for offers.
#[derive(Clone)]
pub struct OffersOffice {
    store: Store,
    clock: Clock,
    catalog: Catalog,
    accounts: Accounts,
    orders: Orders,
}

impl OffersOffice {
    /// A desk over these.
    #[must_use]
    pub fn new(store: Store, clock: Clock, accounts: Accounts, orders: Orders) -> Self {
        let catalog = Catalog::new(store.clone(), clock.clone(), accounts.clone());
        Self { store, clock, catalog, accounts, orders }
    }
}

#[async_trait]
impl OffersDesk for OffersOffice {
    async fn catalog(&self, admin: &Admin) -> Result<domain::Catalog, PublicError> {
        self.catalog.fresh().await.or_public(admin.origin())
    }

    async fn offers(&self, admin: &Admin) -> Result<Vec<Offer>, PublicError> {
        let read = async { offers::all(self.store.read().await?.connection()).await };
        read.await.or_public(admin.origin())
    }

    async fn offer(&self, admin: &Admin, id: OfferId) -> Result<Offer, PublicError> {
        let read = async { offers::by_id(self.store.read().await?.connection(), id).await };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn create_offer(
        &self,
        admin: &Admin,
        key: CreationKey,
        content: OfferContent,
    ) -> Result<Offer, PublicError> {
        let created = twice_if_taken(|| self.create(admin, key, &content)).await;
        created.or_public(admin.origin())?
    }

    async fn edit_offer(
        &self,
        admin: &Admin,
        id: OfferId,
        version: i64,
        content: OfferContent,
    ) -> Result<Offer, PublicError> {
        self.edit(admin, id, version, &content).await.or_public(admin.origin())?
    }

    async fn partner_pages(&self, admin: &Admin) -> Result<PartnerPagesSettings, PublicError> {
        let read = async { partner_pages::get(self.store.read().await?.connection()).await };
        read.await.or_public(admin.origin())
    }

    async fn set_partner_pages(
        &self,
        admin: &Admin,
        settings: PartnerPagesSettings,
    ) -> Result<(), PublicError> {
        let write = async {
            let mut writer = self.store.write().await?;
            let mut errors = FieldErrors::new();
            for (name, access) in
                [(field::SHOP, &settings.shop), (field::SELF_SERVICE, &settings.self_service)]
            {
                if let PageAccess::For(Audience::Chosen(chosen)) = access
                    && !organisation_names::all_exist(writer.connection(), chosen).await?
                {
                    errors.push(name, UNKNOWN_PARTNER);
                }
            }
            if !errors.is_empty() {
                return Ok(Err(PublicError::Invalid(errors)));
            }
            let before = partner_pages::get(writer.connection()).await?;
            if before == settings {
                return Ok(Ok(()));
            }
            partner_pages::set(writer.connection(), &settings).await?;
            let event = Event {
                action: "partner_pages.changed",
                organisation: None,
                subject: None,
                changes: writing::changes(Some(&before), &settings)?,
            };
            let actor = Actor::from(admin);
            audit::record(writer.connection(), self.clock.now(), &actor, &event).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(admin.origin())?
    }

    async fn organisation_names(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
    ) -> Result<Vec<(OrganisationId, OrganisationName)>, PublicError> {
        let read =
            async { organisation_names::of(self.store.read().await?.connection(), ids).await };
        read.await.or_public(admin.origin())
    }

    async fn orders_needing_attention(
        &self,
        admin: &Admin,
    ) -> Result<Vec<StuckOrder>, PublicError> {
        let read = async {
            orders::needing_attention(self.store.read().await?.connection(), MOST_ORDERS).await
        };
        read.await.or_public(admin.origin())
    }

    async fn retry_order(&self, admin: &Admin, id: OrderId) -> Result<(), PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let Some(organisation) = order_work::retry(writer.connection(), id, now).await? else {
                return Ok(Err(PublicError::NotFound));
            };
            let event = Event {
                action: "order.retried",
                organisation: Some(organisation),
                subject: Some(id.0),
                changes: json!({ "state": ["needs_attention", "placing"] }),
            };
            audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(admin.origin())??;
        self.orders.wake();
        Ok(())
    }

    async fn give_up_order(&self, admin: &Admin, id: OrderId) -> Result<(), PublicError> {
        let origin = admin.origin();
        let read = async {
            order_work::reference_of_stuck(self.store.read().await?.connection(), id).await
        };
        let reference = read.await.or_public(origin)?.ok_or(PublicError::NotFound)?;
        let unexpected = || PublicError::Unexpected { reference: origin.reference.clone() };
        let reference = OrderReference::parse(&reference).ok_or_else(unexpected)?;
        let billing = self.accounts.billing().ok_or_else(|| {
            PublicError::Refused("Zuora is not connected, so nobody can be asked.".to_owned())
        })?;
        // What was sent may have been carried out, though nobody learned of it.
        if billing.find_order(&reference).await.or_public(origin)?.is_some() {
            return Err(PublicError::Refused(IS_THERE.to_owned()));
        }
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let given_up = order_work::give_up(writer.connection(), id, GIVEN_UP, now).await?;
            let Some(organisation) = given_up else {
                return Ok(Err(PublicError::Refused(IS_THERE.to_owned())));
            };
            let event = Event {
                action: "order.refused",
                organisation: Some(organisation),
                subject: Some(id.0),
                changes: json!({ "state": ["needs_attention", "refused"], "reason": GIVEN_UP }),
            };
            audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(origin)?
    }
}
