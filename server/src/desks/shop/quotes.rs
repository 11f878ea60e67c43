//! What a purchase would cost, without keeping a draft of it.

use super::ShopOffice;
use partners_app::desks::PartnerSession;
use partners_app::domain::billing::Preview;
use partners_app::domain::{CheckoutForm, OfferId, PartnerPages};
use partners_app::error::PublicError;

impl ShopOffice {
    /// What a purchase would cost, asked of the billing system now. Nothing is
    /// saved.
    ///
    /// # Errors
    /// As for putting the purchase together; [`PublicError::Refused`] where the
    /// billing system does not accept it.
    pub async fn quote(
        &self,
        partner: &PartnerSession,
        offer: OfferId,
        form: CheckoutForm,
    ) -> Result<Preview, PublicError> {
        self.admit_partner(partner, PartnerPages::Shop).await?;
        let draft = self.purchase(partner, offer, form).await?;
        let preview = self.preview_of(&draft.content, partner.origin()).await?;
        preview.ok_or(PublicError::NotFound)
    }
}
