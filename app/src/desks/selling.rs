//! What may be asked for around selling: offers, orders, and what came of them.

use super::{Admin, CreationKey, PartnerSession, Sight};
use crate::domain::billing::{Preview, SubscriptionNumber};
use crate::domain::{
    Catalog, ChangeRequest, CheckoutForm, CheckoutPage, CustomerId, CustomerPage, CustomerQuery,
    CustomerRow, InvoiceQuery, InvoiceRow, ListPage, Offer, OfferContent, OfferId, Order, OrderId,
    OrganisationId, OrganisationName, PartnerPagesSettings, ShopFront, StuckOrder,
    SubscriptionPage, SubscriptionQuery, SubscriptionRow,
};
use crate::error::PublicError;
use async_trait::async_trait;
use time::Date;

/// What admins decide about selling.
#[async_trait]
pub trait OffersDesk: Send + Sync {
    /// Zuora's product catalog as it was last read, read anew where that is
    /// long ago.
    async fn catalog(&self, admin: &Admin) -> Result<Catalog, PublicError>;
    /// All offers, by name.
    async fn offers(&self, admin: &Admin) -> Result<Vec<Offer>, PublicError>;
    /// One offer.
    async fn offer(&self, admin: &Admin, id: OfferId) -> Result<Offer, PublicError>;
    /// Creates an offer, once for each `key`.
    async fn create_offer(
        &self,
        admin: &Admin,
        key: CreationKey,
        content: OfferContent,
    ) -> Result<Offer, PublicError>;
    /// Changes the offer as it was at `version`.
    async fn edit_offer(
        &self,
        admin: &Admin,
        id: OfferId,
        version: i64,
        content: OfferContent,
    ) -> Result<Offer, PublicError>;
    /// *Settings › Profile › Partner pages*
    async fn partner_pages(&self, admin: &Admin) -> Result<PartnerPagesSettings, PublicError>;
    /// Changes them.
    async fn set_partner_pages(
        &self,
        admin: &Admin,
        settings: PartnerPagesSettings,
    ) -> Result<(), PublicError>;
    /// The names of these organisations, as far as they exist.
    async fn organisation_names(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
    ) -> Result<Vec<(OrganisationId, OrganisationName)>, PublicError>;
    /// The orders of all organisations that need attention, oldest first, at
    /// most 100.
    async fn orders_needing_attention(&self, admin: &Admin)
    -> Result<Vec<StuckOrder>, PublicError>;
    /// Has an order that needs attention tried again.
    async fn retry_order(&self, admin: &Admin, id: OrderId) -> Result<(), PublicError>;
    /// Gives an order up that needs attention.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where the billing system has carried it out, or
    /// part of it.
    async fn give_up_order(&self, admin: &Admin, id: OrderId) -> Result<(), PublicError>;
}

/// What happens in the Shop, and to orders.
#[async_trait]
pub trait ShopDesk: Send + Sync {
    /// What an organisation's users may sell.
    async fn front(&self, sight: &Sight) -> Result<ShopFront, PublicError>;
    /// What the checkout of an offer needs to know. `draft` is one that is
    /// being changed.
    async fn checkout(
        &self,
        partner: &PartnerSession,
        offer: OfferId,
        customer: Option<CustomerId>,
        draft: Option<OrderId>,
    ) -> Result<CheckoutPage, PublicError>;
    /// Puts an order together, once for each `key`. Nothing is sent.
    async fn draft_purchase(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        offer: OfferId,
        form: CheckoutForm,
    ) -> Result<OrderId, PublicError>;
    /// Puts a change of a subscription together, once for each `key`. Nothing
    /// is sent.
    async fn draft_change(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        subscription: SubscriptionNumber,
        change: ChangeRequest,
    ) -> Result<OrderId, PublicError>;
    /// An order.
    async fn order(&self, sight: &Sight, id: OrderId) -> Result<Order, PublicError>;
    /// What a draft would cost, asked of the billing system now; `None` for
    /// taking a change back, which moves no money, and for an order that is no
    /// draft any more.
    async fn preview(
        &self,
        partner: &PartnerSession,
        id: OrderId,
    ) -> Result<Option<Preview>, PublicError>;
    /// *Place order*: saves a draft for good and sends it on its way. An order
    /// that is no draft any more stays as it is. `seen` is the day on which it
    /// was said to take effect, where somebody has seen one: one that would do
    /// so on another is refused, because its price may be another too.
    async fn place(
        &self,
        partner: &PartnerSession,
        id: OrderId,
        seen: Option<Date>,
    ) -> Result<Order, PublicError>;
    /// An organisation's latest orders, newest first, at most 20; no drafts.
    async fn recent_orders(&self, sight: &Sight) -> Result<Vec<Order>, PublicError>;
}

/// What came of orders: end customers, subscriptions, invoices.
#[async_trait]
pub trait SelfServiceDesk: Send + Sync {
    /// An organisation's end customers, by name.
    async fn customers(
        &self,
        sight: &Sight,
        query: &CustomerQuery,
    ) -> Result<ListPage<CustomerRow>, PublicError>;
    /// An end customer.
    async fn customer(&self, sight: &Sight, id: CustomerId) -> Result<CustomerPage, PublicError>;
    /// The subscriptions of an organisation's end customers, newest first.
    async fn subscriptions(
        &self,
        sight: &Sight,
        query: &SubscriptionQuery,
    ) -> Result<ListPage<SubscriptionRow>, PublicError>;
    /// A subscription.
    async fn subscription(
        &self,
        sight: &Sight,
        number: &SubscriptionNumber,
    ) -> Result<SubscriptionPage, PublicError>;
    /// Invoices, newest first: with *Partner* those of the organisation's
    /// account, with *End customer* those of its end customers.
    async fn invoices(
        &self,
        sight: &Sight,
        query: &InvoiceQuery,
    ) -> Result<ListPage<InvoiceRow>, PublicError>;
}
