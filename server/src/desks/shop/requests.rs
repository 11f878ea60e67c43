//! What programs order: what it would cost without keeping a draft of it, and
//! drafts that have a name of their program's.

use super::{OrPublic, PATIENCE, ShopOffice, within};
use crate::store::drafts::{self, Draft};
use partners_app::desks::{CreationKey, PartnerSession};
use partners_app::domain::billing::{Preview, SubscriptionNumber};
use partners_app::domain::{ChangeRequest, CheckoutForm, OfferId, OrderId, PartnerPages};
use partners_app::error::PublicError;

/// What is to be ordered.
#[derive(Clone, Debug)]
pub enum OrderRequest {
    /// A new subscription.
    Purchase(OfferId, Box<CheckoutForm>),
    /// A change of a subscription.
    Change(SubscriptionNumber, ChangeRequest),
}

impl ShopOffice {
    /// What an order would cost, asked of the billing system now; `None` for
    /// taking a change back. Nothing is saved.
    ///
    /// # Errors
    /// As for putting the order together; [`PublicError::Refused`] where the
    /// billing system does not accept it.
    pub async fn quote(
        &self,
        partner: &PartnerSession,
        wanted: OrderRequest,
    ) -> Result<Option<Preview>, PublicError> {
        let origin = partner.origin();
        let asked = async {
            let draft = self.put_together(partner, wanted).await?;
            self.preview_of(&draft.content, origin).await
        };
        within(PATIENCE, origin, asked).await
    }

    /// Puts an order together, once for each `key`, and saves it as a draft with
    /// what its program calls it.
    ///
    /// # Errors
    /// What is wrong with what is wanted.
    pub async fn draft(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        wanted: OrderRequest,
        external_id: Option<String>,
    ) -> Result<OrderId, PublicError> {
        // What was sent already is in its own way, and may not be put together anew.
        let before =
            async { drafts::by_creation_key(self.store.read().await?.connection(), key).await };
        let sent = before
            .await
            .or_public(partner.origin())?
            .filter(|kept| kept.organisation == partner.organisation() && !kept.is_draft);
        if let Some(sent) = sent {
            return Ok(sent.id);
        }
        let asked = self.put_together(partner, wanted);
        let draft = within(PATIENCE, partner.origin(), asked).await?;
        self.save_draft(partner, key, &Draft { external_id, ..draft }).await
    }

    async fn put_together(
        &self,
        partner: &PartnerSession,
        wanted: OrderRequest,
    ) -> Result<Draft, PublicError> {
        match wanted {
            OrderRequest::Purchase(offer, form) => {
                self.admit_partner(partner, PartnerPages::Shop).await?;
                self.purchase(partner, offer, *form).await
            }
            OrderRequest::Change(subscription, change) => {
                self.admit_partner(partner, PartnerPages::SelfService).await?;
                self.change(partner, &subscription, &change).await
            }
        }
    }
}
