//! What a change does and when: more takes effect today, less when the term
//! ends.

use crate::billing::{Change, Effective, OrderedPlan, PlanId};
use crate::subscription_actions::{Choices, Present, first_day, held};
use partners_app::domain::billing::{SubscribedPlan, Subscription};
use partners_app::domain::change::{SOLD_ONCE, field};
use partners_app::domain::{CancelWhen, ChangeRequest, Offer, OfferId, OrderLine};
use partners_app::error::PublicError;
use rust_decimal::Decimal;
use time::Date;

/// A change, worked out.
#[derive(Debug)]
pub(super) struct Planned {
    /// What changes.
    pub(super) change: Change,
    /// From when on.
    pub(super) effective: Effective,
    /// What it does, in a few words.
    pub(super) title: String,
    /// What is changed; none where all of it ends.
    pub(super) lines: Vec<OrderLine>,
}

/// A subscription to be changed, and what may come.
struct Planning<'a> {
    subscription: &'a Subscription,
    choices: &'a Choices,
    day: Date,
}

/// Works out a change of a subscription to which nothing stands in the way.
///
/// # Errors
/// What is wrong with the form's fields.
pub(super) fn plan(
    request: &ChangeRequest,
    subscription: &Subscription,
    choices: &Choices,
    today: Date,
) -> Result<Planned, PublicError> {
    let planning = Planning { subscription, choices, day: first_day(subscription, today) };
    match request {
        ChangeRequest::SwitchPlan { to, quantity } => planning.switch(*to, *quantity),
        ChangeRequest::Quantity { plan, quantity } => planning.quantity(plan, *quantity),
        ChangeRequest::AddAddOn { offer, quantity } => planning.add(*offer, *quantity),
        ChangeRequest::RemoveAddOn { plan } => planning.remove(plan),
        ChangeRequest::Cancel { when } => Ok(planning.cancel(*when)),
        ChangeRequest::Undo => Err(not_there()),
    }
}

/// What was chosen is not among the choices.
fn not_there() -> PublicError {
    PublicError::field(field::TARGET, "This is not there to choose any more. Reload the page.")
}

impl Planning<'_> {
    /// Today; for a subscription that has not begun, its first day.
    const fn at_once(&self) -> Effective {
        Effective::On(self.day)
    }

    /// When the term ends; for a subscription without end, at once.
    const fn at_term_end(&self) -> Effective {
        if self.subscription.term_ends_on.is_some() { Effective::TermEnd } else { self.at_once() }
    }

    fn planned(&self, change: Change, is_more: bool, title: String, line: OrderLine) -> Planned {
        let effective = if is_more { self.at_once() } else { self.at_term_end() };
        Planned { change, effective, title, lines: vec![line] }
    }

    fn switch(&self, to: OfferId, quantity: Option<Decimal>) -> Result<Planned, PublicError> {
        let present = self.choices.present.as_ref().ok_or_else(not_there)?;
        let offer = choose(&self.choices.plans, to)?;
        // The form comes with as many as there are, whatever is chosen.
        let typed = quantity.filter(|typed| Some(*typed) != present.quantity);
        let quantity = counted(offer, typed)?.or(present.quantity.filter(|_| is_counted(offer)));
        let change = Change::SwitchPlan {
            from: present.plan.id.clone(),
            to: OrderedPlan { rate_plan: offer.content.rate_plan.clone(), quantity },
        };
        let name = offer.content.name.clone();
        let title = format!("Change {} to {name}", self.subscription.number);
        let is_more = self.choices.is_upgrade(offer, quantity);
        Ok(self.planned(change, is_more, title, OrderLine { name, quantity }))
    }

    fn quantity(&self, id: &PlanId, quantity: Decimal) -> Result<Planned, PublicError> {
        let plan = self.held(id)?;
        let Some(before) = plan.quantity_on(self.day) else { return Err(not_there()) };
        if before == quantity {
            let message = format!("Enter another quantity: it has {} already.", before.normalize());
            return Err(PublicError::field(field::QUANTITY, message));
        }
        let change = Change::Quantity { plan: id.clone(), quantity };
        let name = self.name_of(plan);
        let title = format!(
            "{name}: {} instead of {} on {}",
            quantity.normalize(),
            before.normalize(),
            self.subscription.number
        );
        let line = OrderLine { name, quantity: Some(quantity) };
        Ok(self.planned(change, quantity > before, title, line))
    }

    fn add(&self, offer: OfferId, quantity: Option<Decimal>) -> Result<Planned, PublicError> {
        let offer = choose(&self.choices.add_ons, offer)?;
        let quantity = counted(offer, quantity)?;
        let change =
            Change::AddPlan(OrderedPlan { rate_plan: offer.content.rate_plan.clone(), quantity });
        let name = offer.content.name.clone();
        let title = format!("Add {name} to {}", self.subscription.number);
        Ok(self.planned(change, true, title, OrderLine { name, quantity }))
    }

    fn remove(&self, id: &PlanId) -> Result<Planned, PublicError> {
        let plan = self.held(id)?;
        if !self.choices.is_beside(self.subscription, id, self.day) {
            return Err(not_there());
        }
        let name = self.name_of(plan);
        let title = format!("Remove {name} from {}", self.subscription.number);
        let line = OrderLine { name, quantity: plan.quantity_on(self.day) };
        Ok(self.planned(Change::RemovePlan(id.clone()), false, title, line))
    }

    fn cancel(&self, when: CancelWhen) -> Planned {
        Planned {
            change: Change::Cancel,
            effective: match when {
                CancelWhen::TermEnd => self.at_term_end(),
                CancelWhen::Now => self.at_once(),
            },
            title: format!("Cancel {}", self.subscription.number),
            lines: Vec::new(),
        }
    }

    fn held(&self, id: &PlanId) -> Result<&SubscribedPlan, PublicError> {
        held(self.subscription, self.day).find(|plan| plan.id == *id).ok_or_else(not_there)
    }

    /// A plan's name, as its offer or else the billing system has it.
    fn name_of(&self, plan: &SubscribedPlan) -> String {
        match &self.choices.present {
            Some(Present { plan: base, offer, .. }) if base.id == plan.id => {
                offer.content.name.clone()
            }
            _ => self.choices.name_of(&plan.rate_plan).unwrap_or(&plan.name).to_owned(),
        }
    }
}

fn choose(offers: &[Offer], id: OfferId) -> Result<&Offer, PublicError> {
    offers.iter().find(|offer| offer.id == id).ok_or_else(not_there)
}

fn is_counted(offer: &Offer) -> bool {
    offer.plan.as_ref().is_some_and(|plan| plan.takes_quantity())
}

/// The quantity, where the offer counts units; several of what it does not
/// count cannot be had.
fn counted(offer: &Offer, quantity: Option<Decimal>) -> Result<Option<Decimal>, PublicError> {
    if is_counted(offer) {
        return Ok(quantity);
    }
    if quantity.is_some_and(|quantity| quantity > Decimal::ONE) {
        return Err(PublicError::field(field::QUANTITY, SOLD_ONCE));
    }
    Ok(None)
}
