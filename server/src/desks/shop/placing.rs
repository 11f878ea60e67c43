//! *Place order*: from a draft to an order on its way.

use super::{OrPublic, PATIENCE, ShopOffice, pages_of, within};
use crate::billing::{BillingError, Change, OrderedPlan};
use crate::orders::{OrderContent, missing, sentence};
use crate::store::drafts::{self, Kept};
use crate::store::{StoreResult, orders};
use partners_app::desks::{Origin, PartnerSession};
use partners_app::domain::billing::Preview;
use partners_app::domain::{Order, OrderId, OrderKind, OrderState};
use partners_app::error::PublicError;
use serde_json::json;
use std::time::Duration;

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
    ) -> Result<Order, PublicError> {
        let origin = partner.origin();
        let kept = self.kept(partner, id).await?;
        if kept.is_draft {
            self.billing(origin)?;
            self.still_sold(partner, &kept).await?;
            match self.send(partner, kept).await.or_public(origin)? {
                Sent::Yes => self.orders.wake(),
                Sent::AnotherFirst => {
                    return Err(PublicError::Refused(
                        "Another order for this subscription is on its way. Wait until it is done, then choose again.".to_owned(),
                    ));
                }
            }
        }
        self.once_settled(partner, id).await.or_public(origin)?.ok_or(PublicError::NotFound)
    }

    /// What was put together yesterday may not be sold today.
    async fn still_sold(&self, partner: &PartnerSession, kept: &Kept) -> Result<(), PublicError> {
        if kept.kind != OrderKind::Purchase {
            return Ok(());
        }
        let (organisation, channel) = (partner.organisation(), partner.channel());
        let sold = self.sold_to(organisation, channel, partner.origin()).await?;
        if sold.iter().any(|offer| Some(offer.id) == kept.offer) {
            return Ok(());
        }
        Err(PublicError::Refused(
            "This offer is no longer sold. Nothing was ordered. Choose another one in the Shop."
                .to_owned(),
        ))
    }

    async fn send(&self, partner: &PartnerSession, kept: Kept) -> StoreResult<Sent> {
        let (organisation, id, now) = (partner.organisation(), kept.id, self.clock.now());
        let content = kept.content.ordered_on(self.clock.today());
        let mut writer = self.store.write().await?;
        if let Some(subscription) = content.subscription() {
            drafts::take_turn(writer.connection(), organisation).await?;
            let other = orders::under_way(writer.connection(), organisation, subscription).await?;
            if other.is_some_and(|other| other.id != id) {
                return Ok(Sent::AnotherFirst);
            }
        }
        if drafts::place(writer.connection(), organisation, id, &content, now).await? {
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
