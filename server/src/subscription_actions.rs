//! What a partner can do with a subscription.

use crate::orders::blocked;
use crate::shop_offer::{Currencies, shown};
use crate::store::{Store, StoreResult, offers};
use crate::worth;
use partners_app::domain::billing::{PlanId, RatePlanId, SubscribedPlan, Subscription};
use partners_app::domain::{
    Currency, Offer, OfferKind, Order, OrderState, Organisation, OrganisationId, PlanChoice,
    SalesChannel, ShopOffer, SubscriptionActions,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use time::Date;

/// What can be done with a subscription today where offers are sold over
/// `channel`; `under_way` is an order that changes it and has not ended.
///
/// # Errors
/// Where the database fails.
pub async fn of(
    store: &Store,
    organisation: &Organisation,
    channel: SalesChannel,
    subscription: &Subscription,
    under_way: Option<&Order>,
    today: Date,
) -> StoreResult<SubscriptionActions> {
    let blocked = hindrance(subscription, under_way, today);
    let can_undo = under_way.is_none()
        && subscription.pending(today).is_some()
        && subscription.latest_order.is_some();
    if blocked.is_some() {
        return Ok(SubscriptionActions {
            blocked,
            can_undo,
            plans: Vec::new(),
            add_ons: Vec::new(),
            removable: Vec::new(),
        });
    }
    let choices = Choices::of(store, organisation.id, channel, subscription, today).await?;
    let quantity = choices.present.as_ref().and_then(|present| present.quantity);
    let plans = choices.plans.iter().filter_map(|offer| {
        Some(PlanChoice {
            is_upgrade: choices.is_upgrade(offer, quantity),
            offer: choices.shown(offer)?,
        })
    });
    Ok(SubscriptionActions {
        blocked: None,
        can_undo,
        plans: plans.collect(),
        add_ons: choices.add_ons.iter().filter_map(|offer| choices.shown(offer)).collect(),
        removable: held(subscription, first_day(subscription, today))
            .filter(|plan| choices.is_beside(subscription, &plan.id, today))
            .map(|plan| plan.id.clone())
            .collect(),
    })
}

/// Why nothing can be changed, in words for the partner.
#[must_use]
pub fn hindrance(
    subscription: &Subscription,
    under_way: Option<&Order>,
    today: Date,
) -> Option<String> {
    match under_way.map(|order| &order.state) {
        Some(OrderState::NeedsAttention { .. }) => Some(
            "An order for this subscription needs attention first. The operator has been told."
                .to_owned(),
        ),
        Some(_) => Some(
            "An order for this subscription is on its way. Wait until it is done to change something else."
                .to_owned(),
        ),
        None => blocked(subscription, today),
    }
}

/// The plan that a subscription has, as it is sold.
#[derive(Clone, Debug)]
pub struct Present {
    /// The plan in the subscription.
    pub plan: SubscribedPlan,
    /// The offer with that plan.
    pub offer: Offer,
    /// How many units; `None` where none are counted.
    pub quantity: Option<Decimal>,
}

/// What may come instead of or beside what a subscription has.
#[derive(Clone, Debug)]
pub struct Choices {
    /// The plan that it has; `None` where no offer has that plan.
    pub present: Option<Present>,
    /// The plans it may be changed to.
    pub plans: Vec<Offer>,
    /// The add-ons that may come.
    pub add_ons: Vec<Offer>,
    /// Its currency, where that is known.
    pub currency: Option<Currency>,
    /// What the plans are called that the organisation may sell.
    names: BTreeMap<RatePlanId, String>,
}

impl Choices {
    /// The choices that an organisation has for a subscription over `channel`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn of(
        store: &Store,
        organisation: OrganisationId,
        channel: SalesChannel,
        subscription: &Subscription,
        today: Date,
    ) -> StoreResult<Self> {
        let day = first_day(subscription, today);
        let mut reader = store.read().await?;
        let sold = offers::sold_to(reader.connection(), organisation, today, channel).await?;
        let mut present = present(&sold, subscription, day);
        if present.is_none() {
            // It may be sold to others only, or to nobody any more.
            present = self::present(&offers::all(reader.connection()).await?, subscription, day);
        }
        let names = sold
            .iter()
            .map(|offer| (offer.content.rate_plan.clone(), offer.content.name.clone()))
            .collect();
        let (currency, plans, add_ons) = (subscription.currency, Vec::new(), Vec::new());
        let mut choices = Self { present, plans, add_ons, currency, names };
        let Some(Present { offer, .. }) = &choices.present else { return Ok(choices) };
        let held: Vec<_> = held(subscription, day).map(|plan| &plan.rate_plan).collect();
        let content = offer.content.clone();
        for offer in sold {
            let is_new = !held.contains(&&offer.content.rate_plan);
            if !is_new || choices.shown(&offer).is_none() {
                continue;
            }
            match offer.content.kind {
                OfferKind::Plan if content.changes_to.contains(&offer.id) => {
                    choices.plans.push(offer);
                }
                OfferKind::AddOn if content.add_ons.contains(&offer.id) => {
                    choices.add_ons.push(offer);
                }
                _ => {}
            }
        }
        Ok(choices)
    }

    /// What a plan is called where the organisation may sell it.
    #[must_use]
    pub fn name_of(&self, plan: &RatePlanId) -> Option<&str> {
        self.names.get(plan).map(String::as_str)
    }

    /// Whether a plan that is held stands beside the main one. Without that
    /// there is no subscription: its removal would be a cancellation.
    #[must_use]
    pub fn is_beside(&self, subscription: &Subscription, id: &PlanId, today: Date) -> bool {
        match &self.present {
            Some(present) => present.plan.id != *id,
            None => held(subscription, first_day(subscription, today)).count() > 1,
        }
    }

    /// An offer in the subscription's currency.
    #[must_use]
    pub fn shown(&self, offer: &Offer) -> Option<ShopOffer> {
        shown(offer, self.currency.map_or(Currencies::Any, Currencies::Only))
    }

    /// Whether so many units of a plan are worth more than what there is. Where
    /// prices do not say so, it is no upgrade: then no money moves today.
    #[must_use]
    pub fn is_upgrade(&self, to: &Offer, quantity: Option<Decimal>) -> bool {
        let worth = |offer: &Offer, quantity| {
            worth::a_month(offer.plan.as_ref()?, self.currency?, quantity)
        };
        let Some(present) = &self.present else { return false };
        match (worth(to, quantity), worth(&present.offer, present.quantity)) {
            (Some(new), Some(old)) => new > old,
            _ => false,
        }
    }
}

/// The day from which a change can hold: today, or the subscription's first.
#[must_use]
pub fn first_day(subscription: &Subscription, today: Date) -> Date {
    subscription.starts_on.map_or(today, |start| start.max(today))
}

/// The plans that a subscription has on a day and is to keep.
pub fn held(subscription: &Subscription, day: Date) -> impl Iterator<Item = &SubscribedPlan> {
    subscription.plans.iter().filter(move |plan| !plan.is_removed && plan.holds_on(day))
}

fn present(offers: &[Offer], subscription: &Subscription, day: Date) -> Option<Present> {
    held(subscription, day).find_map(|plan| {
        let offer = offers.iter().find(|offer| {
            offer.content.kind == OfferKind::Plan && offer.content.rate_plan == plan.rate_plan
        })?;
        Some(Present { plan: plan.clone(), offer: offer.clone(), quantity: plan.quantity_on(day) })
    })
}
