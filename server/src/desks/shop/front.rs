//! What an organisation's users may sell, and the checkout.

use super::{OrPublic, ShopOffice};
use crate::shop_offer::{Currencies, shown};
use crate::store::{StoreError, account_checks, customers, drafts, offers};
use partners_app::desks::{Origin, PartnerSession, Sight};
use partners_app::domain::shop::CUSTOMERS_OFFERED;
use partners_app::domain::text::comparison_key;
use partners_app::domain::{
    AccountCheck, AccountLookup, AccountStatus, AccountSummary, CheckoutForm, CheckoutPage,
    Currency, Customer, CustomerId, InvoiceOwner, Offer, OfferId, OfferKind, OrderId, OrderKind,
    Organisation, OrganisationId, SalesChannel, ShopFront, ShopOffer,
};
use partners_app::error::PublicError;

impl ShopOffice {
    pub(super) async fn shop_front(&self, sight: &Sight) -> Result<ShopFront, PublicError> {
        let organisation = self.organisation(sight.organisation(), sight.origin()).await?;
        let sold = self.sold_to(organisation.id, sight.channel(), sight.origin()).await?;
        let plans: Vec<_> =
            sold.iter().filter(|offer| offer.content.kind == OfferKind::Plan).collect();
        if plans.is_empty() {
            return Ok(ShopFront { offers: Vec::new() });
        }
        let bought_in = self.currencies(&organisation, sight.origin()).await?;
        let mut offers: Vec<ShopOffer> =
            plans.into_iter().filter_map(|offer| shown(offer, bought_in)).collect();
        offers.sort_by_cached_key(|offer| {
            let label = offer.labels.first().map(|label| comparison_key(label));
            (label.is_none(), label, comparison_key(&offer.name))
        });
        Ok(ShopFront { offers })
    }

    pub(super) async fn checkout_page(
        &self,
        partner: &PartnerSession,
        offer: OfferId,
        customer: Option<CustomerId>,
        draft: Option<OrderId>,
    ) -> Result<CheckoutPage, PublicError> {
        let origin = partner.origin();
        let organisation = self.organisation(partner.organisation(), origin).await?;
        let typed = match draft {
            Some(draft) => Some(self.typed(partner, offer, draft).await?),
            None => None,
        };
        let sold = self.sold_to(organisation.id, partner.channel(), origin).await?;
        let bought_in = self.currencies(&organisation, origin).await?;
        let plan = sold
            .iter()
            .find(|sold| sold.id == offer && sold.content.kind == OfferKind::Plan)
            .ok_or(PublicError::NotFound)?;
        let offer = shown(plan, bought_in).ok_or(PublicError::NotFound)?;
        // One that is in none of the plan's currencies cannot come with it.
        let add_ons = sold
            .iter()
            .filter(|sold| {
                sold.content.kind == OfferKind::AddOn && plan.content.add_ons.contains(&sold.id)
            })
            .filter_map(|add_on| shown(add_on, bought_in))
            .filter(|add_on| {
                add_on.currencies.iter().any(|currency| offer.currencies.contains(currency))
            })
            .collect();
        let wanted = typed.as_ref().and_then(|form| form.customer.parse().ok()).or(customer);
        let (customers, has_more_customers) =
            self.offered_customers(organisation.id, wanted).await.or_public(origin)?;
        let chosen =
            wanted.filter(|wanted| customers.iter().any(|customer| customer.id == *wanted));
        Ok(CheckoutPage {
            offer,
            add_ons,
            customers,
            has_more_customers,
            chosen,
            invoice_owner: organisation.invoice_owner,
            today: self.clock.today(),
            typed,
        })
    }

    /// What was typed for a draft, or for an order that was refused.
    async fn typed(
        &self,
        partner: &PartnerSession,
        offer: OfferId,
        draft: OrderId,
    ) -> Result<CheckoutForm, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            drafts::kept(reader.connection(), partner.organisation(), draft).await
        };
        let kept = read.await.or_public(partner.origin())?.ok_or(PublicError::NotFound)?;
        if kept.kind != OrderKind::Purchase || kept.offer != Some(offer) {
            return Err(PublicError::NotFound);
        }
        kept.typed.ok_or(PublicError::NotFound)
    }

    pub(super) async fn sold_to(
        &self,
        organisation: OrganisationId,
        channel: SalesChannel,
        origin: &Origin,
    ) -> Result<Vec<Offer>, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            let today = self.clock.today();
            offers::sold_to(reader.connection(), organisation, today, channel).await
        };
        read.await.or_public(origin)
    }

    /// The first customers by name, the wanted one among them, and whether
    /// there are more.
    async fn offered_customers(
        &self,
        organisation: OrganisationId,
        wanted: Option<CustomerId>,
    ) -> Result<(Vec<Customer>, bool), StoreError> {
        let limit = i64::try_from(CUSTOMERS_OFFERED).unwrap_or(i64::MAX);
        let mut reader = self.store.read().await?;
        let mut customers =
            customers::by_name(reader.connection(), organisation, limit.saturating_add(1)).await?;
        let has_more = customers.len() > CUSTOMERS_OFFERED;
        customers.truncate(CUSTOMERS_OFFERED);
        if let Some(wanted) = wanted
            && !customers.iter().any(|customer| customer.id == wanted)
            && let Some(wanted) =
                customers::by_id(reader.connection(), organisation, wanted).await?
        {
            customers.pop();
            customers.push(wanted);
        }
        Ok((customers, has_more))
    }

    /// In which currencies an organisation can buy: where it is invoiced
    /// itself, that of its account.
    pub(super) async fn currencies(
        &self,
        organisation: &Organisation,
        origin: &Origin,
    ) -> Result<Currencies, PublicError> {
        if organisation.invoice_owner == InvoiceOwner::EndCustomer {
            return Ok(Currencies::Any);
        }
        let read = async {
            account_checks::of(self.store.read().await?.connection(), organisation.id).await
        };
        match read.await.or_public(origin)? {
            Some(AccountCheck::Verified(account)) => Ok(of_account(&account)),
            Some(AccountCheck::Unknown) => Ok(Currencies::None),
            Some(AccountCheck::Unverified) | None => {
                match self.accounts.find(&organisation.zuora_account).await {
                    AccountLookup::Found(account) => Ok(of_account(&account)),
                    AccountLookup::Unknown | AccountLookup::NotConnected => Ok(Currencies::None),
                    AccountLookup::Unreachable => Err(PublicError::Unavailable {
                        message: "We could not reach Zuora to look up your organisation’s account. Try again in a moment.".to_owned(),
                        reference: origin.reference.clone(),
                    }),
                }
            }
        }
    }
}

/// The currency of an account that can be invoiced.
fn of_account(account: &AccountSummary) -> Currencies {
    match Currency::parse(&account.currency) {
        Ok(currency) if account.status != AccountStatus::Cancelled => Currencies::Only(currency),
        _ => Currencies::None,
    }
}
