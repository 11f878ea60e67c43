//! What admins decide about selling.

mod writing;

use super::OrPublic;
use crate::accounts::Accounts;
use crate::billing::OrderReference;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::orders::{OrderContent, Orders, given_up};
use crate::store::audit::{self, Actor, Event};
use crate::store::order_work::Stuck;
use crate::store::{
    Store, StoreError, offers, order_work, orders, organisation_names, partner_pages,
    twice_if_taken,
};
use async_trait::async_trait;
use partners_app::desks::{Admin, CreationKey, OffersDesk, Origin};
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

/// What the admin is told of an order that is in the billing system.
const IS_THERE: &str = "Zuora has carried this order out, so it cannot be given up. Use Try again to go on from there.";

/// What the admin is told of one whose answer is missing for a moment only.
const IN_FLIGHT: &str =
    "This order was sent only minutes ago, and Zuora may still carry it out. Give it up later.";

/// What the admin is told of one that was read before it changed.
const TRIED_AGAIN: &str = "This order has been tried again meanwhile. Load the page again.";

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

    /// Whether what was sent was carried out, though nobody learned of it.
    async fn is_carried_out(&self, origin: &Origin, stuck: &Stuck) -> Result<bool, PublicError> {
        let billing = self.accounts.billing().ok_or_else(|| {
            PublicError::Refused("Zuora is not connected, so nobody can be asked.".to_owned())
        })?;
        if let OrderContent::Undo { order, subscription } = &stuck.content {
            // It leaves no order of its own: the one it takes back is the last no more.
            let now = billing.subscription(subscription).await.or_public(origin)?;
            return Ok(now.is_none_or(|now| now.latest_order.as_ref() != Some(order)));
        }
        let unexpected = || PublicError::Unexpected { reference: origin.reference.clone() };
        let reference = OrderReference::parse(&stuck.reference).ok_or_else(unexpected)?;
        Ok(billing.find_order(&reference).await.or_public(origin)?.is_some())
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
        let read = async { order_work::stuck(self.store.read().await?.connection(), id).await };
        let stuck = read.await.or_public(origin)?.ok_or(PublicError::NotFound)?;
        let now = self.clock.now();
        if stuck.is_there || self.is_carried_out(origin, &stuck).await? {
            return Err(PublicError::Refused(IS_THERE.to_owned()));
        }
        if stuck.answer_is_lost && now < stuck.in_flight_until {
            return Err(PublicError::Refused(IN_FLIGHT.to_owned()));
        }
        let reason = given_up(&stuck.content);
        let write = async {
            let mut writer = self.store.write().await?;
            if !order_work::give_up(writer.connection(), id, &stuck, reason, now).await? {
                return Ok(Err(PublicError::Refused(TRIED_AGAIN.to_owned())));
            }
            let event = Event {
                action: "order.refused",
                organisation: Some(stuck.organisation),
                subject: Some(id.0),
                changes: json!({ "state": ["needs_attention", "refused"], "reason": reason }),
            };
            audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(origin)?
    }
}
