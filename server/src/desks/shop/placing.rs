//! *Place order*: from a draft to an order on its way.

use super::{OrPublic, PATIENCE, ShopOffice, pages_of, within};
use crate::billing::{BillingError, Change, OrderedPlan};
use crate::orders::{OrderContent, missing, sentence};
use crate::store::drafts::{self, Kept};
use crate::store::{StoreResult, orders, organisations};
use partners_app::desks::{Origin, PartnerSession};
use partners_app::domain::billing::Preview;
use partners_app::domain::order::DAY_CHANGED;
use partners_app::domain::{Offer, OfferKind, Order, OrderId, OrderState};
use partners_app::error::PublicError;
use serde_json::json;
use std::time::Duration;
use time::Date;

/// How long an answer waits for the worker, so that it can usually say *Placed*
/// already.
const WAIT: Duration = Duration::from_millis(1_200);
const GLANCE: Duration = Duration::from_millis(40);

/// What became of *Place order*.
enum Sent {
    /// It is on its way, or has been before.
    Yes,
    /// Another order for the subscription came first.
    AnotherFirst,
    /// The organisation has been suspended or deleted meanwhile.
    Gone,
}

impl ShopOffice {
    async fn kept(&self, partner: &PartnerSession, id: OrderId) -> Result<Kept, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            drafts::kept(reader.connection(), partner.organisation(), id).await
        };
        let kept = read.await.or_public(partner.origin())?.ok_or(PublicError::NotFound)?;
        self.admit_partner(partner, pages_of(kept.kind)).await?;
        Ok(kept)
    }

    pub(super) async fn preview_of_draft(
        &self,
        partner: &PartnerSession,
        id: OrderId,
    ) -> Result<Option<Preview>, PublicError> {
        let origin = partner.origin();
        let kept = self.kept(partner, id).await?;
        if !kept.is_draft {
            return Ok(None);
        }
        let content = kept.content.ordered_on(self.clock.today());
        within(PATIENCE, origin, self.preview_of(&content, origin)).await
    }

    /// What something would cost, asked of the billing system now.
    pub(super) async fn preview_of(
        &self,
        content: &OrderContent,
        origin: &Origin,
    ) -> Result<Option<Preview>, PublicError> {
        let billing = self.billing(origin)?;
        let answer = async {
            match content {
                OrderContent::Purchase(order) => billing.preview(order).await.map(Some),
                OrderContent::Change(change) => billing.preview_change(change).await.map(Some),
                OrderContent::Undo { .. } => Ok(None),
            }
        };
        match answer.await {
            Err(BillingError::Refused(reason)) => Err(PublicError::Refused(format!(
                "Zuora does not accept this: {}",
                sentence(&reason)
            ))),
            Err(BillingError::NotFound(reason)) => {
                Err(PublicError::Refused(missing(content, &reason)))
            }
            answer => answer.or_public(origin),
        }
    }

    pub(super) async fn place_draft(
        &self,
        partner: &PartnerSession,
        id: OrderId,
        seen: Option<Date>,
    ) -> Result<Order, PublicError> {
        let origin = partner.origin();
        let kept = self.kept(partner, id).await?;
        if kept.is_draft {
            self.billing(origin)?;
            self.still_sold(partner, &kept).await?;
            let content = kept.content.ordered_on(self.clock.today());
            if let (Some(seen), Some(now)) = (seen, content.effective_on())
                && seen != now
            {
                return Err(PublicError::Refused(DAY_CHANGED.to_owned()));
            }
            match self.send(partner, id, &content).await.or_public(origin)? {
                Sent::Yes => self.orders.wake(),
                Sent::AnotherFirst => {
                    return Err(PublicError::Refused(
                        "Another order for this subscription is on its way. Wait until it is done, then choose again.".to_owned(),
                    ));
                }
                Sent::Gone => return Err(PublicError::NotSignedIn),
            }
        }
        let placed = self.once_settled(partner, id).await.or_public(origin)?;
        placed.map(Order::for_partner).ok_or(PublicError::NotFound)
    }

    /// What was put together yesterday may not be sold today.
    async fn still_sold(&self, partner: &PartnerSession, kept: &Kept) -> Result<(), PublicError> {
        let (organisation, channel) = (partner.organisation(), partner.channel());
        let sold = self.sold_to(organisation, channel, partner.origin()).await?;
        let is_sold = |kind: OfferKind, plan: &OrderedPlan| {
            sold.iter().any(|Offer { content, .. }| {
                content.kind == kind && content.rate_plan == plan.rate_plan
            })
        };
        let gone = match &kept.content {
            OrderContent::Purchase(order) => {
                // An offer may have another rate plan by now.
                if !sold.iter().any(|offer| {
                    Some(offer.id) == kept.offer && offer.content.rate_plan == order.plan.rate_plan
                }) {
                    Some(
                        "This offer is no longer sold. Nothing was ordered. Choose another one in the Shop.",
                    )
                } else if !order.add_ons.iter().all(|add_on| is_sold(OfferKind::AddOn, add_on)) {
                    Some(
                        "One of the add-ons is no longer sold. Nothing was ordered. Change the order.",
                    )
                } else {
                    None
                }
            }
            OrderContent::Change(order) => {
                let is_sold = match &order.change {
                    Change::SwitchPlan { to, .. } => is_sold(OfferKind::Plan, to),
                    Change::AddPlan(add_on) => is_sold(OfferKind::AddOn, add_on),
                    Change::Quantity { .. } | Change::RemovePlan(_) | Change::Cancel => true,
                };
                (!is_sold).then_some(
                    "This offer is no longer sold. Nothing was changed. Open the subscription and choose again.",
                )
            }
            OrderContent::Undo { .. } => None,
        };
        gone.map_or(Ok(()), |reason| Err(PublicError::Refused(reason.to_owned())))
    }

    async fn send(
        &self,
        partner: &PartnerSession,
        id: OrderId,
        content: &OrderContent,
    ) -> StoreResult<Sent> {
        let (organisation, now) = (partner.organisation(), self.clock.now());
        let mut writer = self.store.write().await?;
        // Whoever suspends or deletes the organisation holds its row too.
        drafts::take_turn(writer.connection(), organisation).await?;
        let standing = organisations::by_id(writer.connection(), organisation).await?;
        if standing.is_none_or(|standing| standing.suspended_at.is_some()) {
            return Ok(Sent::Gone);
        }
        if let Some(subscription) = content.subscription() {
            let other = orders::under_way(writer.connection(), organisation, subscription).await?;
            if other.is_some_and(|other| other.id != id) {
                return Ok(Sent::AnotherFirst);
            }
        }
        if drafts::place(writer.connection(), organisation, id, content, now).await? {
            let changes = json!({ "state": ["draft", "placing"] });
            self.record(&mut writer, partner, id, "order.sent", changes).await?;
        }
        writer.commit().await?;
        tracing::info!(order.id = %id, organisation.id = %organisation, "an order is on its way");
        Ok(Sent::Yes)
    }

    /// The order as the worker leaves it, or as it is when patience ends.
    async fn once_settled(
        &self,
        partner: &PartnerSession,
        id: OrderId,
    ) -> StoreResult<Option<Order>> {
        let look = || async {
            let mut reader = self.store.read().await?;
            orders::by_id(reader.connection(), partner.organisation(), id).await
        };
        let mut order = look().await?;
        let wait = async {
            while matches!(&order, Some(Order { state: OrderState::Placing { .. }, .. })) {
                tokio::time::sleep(GLANCE).await;
                match look().await {
                    Ok(current) => order = current,
                    Err(_) => break,
                }
            }
        };
        // Running out of patience is no failure: the page then shows the progress.
        tokio::time::timeout(WAIT, wait).await.ok();
        Ok(order)
    }
}
