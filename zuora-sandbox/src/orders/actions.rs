//! Takes an order's actions on one subscription in turn.

use super::work::{Change, Head, Work};
use super::{cancel, create, products, terms, transfer};
use crate::day::Day;
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::{Subscription, SubscriptionStatus};
use serde_json::{Map, Value, json};

const TYPES: [&str; 9] = [
    "CreateSubscription",
    "TermsAndConditions",
    "AddProduct",
    "UpdateProduct",
    "RemoveProduct",
    "RenewSubscription",
    "CancelSubscription",
    "OwnerTransfer",
    "ChangePlan",
];

/// When an action takes effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triggers {
    pub contract: Day,
    pub service: Day,
    pub acceptance: Day,
}

impl Triggers {
    fn read(action: &Fields<'_>, order_date: Day) -> Result<Self, Refusal> {
        let mut triggers =
            Self { contract: order_date, service: order_date, acceptance: order_date };
        let mut given = [None; 3];
        for entry in action.objects("triggerDates")? {
            let names = ["ContractEffective", "ServiceActivation", "CustomerAcceptance"];
            let name = entry.word("name", &names)?;
            let place = names.iter().position(|known| Some(*known) == name.as_deref());
            if let Some(slot) = place.and_then(|place| given.get_mut(place)) {
                *slot = entry.day("triggerDate")?;
            }
        }
        let [contract, service, acceptance] = given;
        triggers.contract = contract.unwrap_or(order_date);
        triggers.service = service.unwrap_or(triggers.contract);
        triggers.acceptance = acceptance.unwrap_or(triggers.service);
        Ok(triggers)
    }

    fn in_zuoras_shape(self) -> Value {
        json!([
            { "name": "ContractEffective", "triggerDate": self.contract },
            { "name": "ServiceActivation", "triggerDate": self.service },
            { "name": "CustomerAcceptance", "triggerDate": self.acceptance },
        ])
    }
}

/// Takes the actions on one subscription.
pub(super) fn subscription(
    work: &mut Work<'_>,
    head: &Head,
    entry: &Fields<'_>,
) -> Result<(), Refusal> {
    let custom = entry.custom()?;
    work.state.tenant.check("Subscription", &custom)?;
    let actions = entry.objects("orderActions")?;
    let Some(first) = actions.first() else {
        return Err(Refusal::missing(&entry.name("orderActions")));
    };
    let is_new = first.word("type", &TYPES)?.as_deref() == Some("CreateSubscription");
    let (base, mut next) = if is_new {
        let triggers = Triggers::read(first, head.date)?;
        (None, create::subscription(work, head, first, triggers)?)
    } else {
        let base = existing(work, head, entry)?;
        let next = next_version(work, &base);
        (Some(base), next)
    };
    next.custom.extend(custom.clone());
    let mut done = Vec::new();
    for (place, action) in actions.iter().enumerate() {
        let kind =
            action.word("type", &TYPES)?.ok_or_else(|| Refusal::missing(&action.name("type")))?;
        let triggers = Triggers::read(action, head.date)?;
        let taken = take(work, &mut next, &kind, action, triggers, is_new && place == 0)?;
        done.push(shape(&kind, place, triggers, action, taken));
    }
    work.changes.push(Change { base, next, custom, actions: done });
    Ok(())
}

fn take(
    work: &mut Work<'_>,
    next: &mut Subscription,
    kind: &str,
    action: &Fields<'_>,
    triggers: Triggers,
    creates: bool,
) -> Result<(&'static str, Map<String, Value>), Refusal> {
    if !creates {
        running(next)?;
    }
    match kind {
        "CreateSubscription" if creates => {
            let fields = action.need_object("createSubscription")?;
            Ok(("createSubscription", create::shape(work, next, &fields)?))
        }
        "CreateSubscription" => {
            Err(Refusal::rule("CreateSubscription must be the first action on a subscription."))
        }
        "AddProduct" => {
            let fields = action.need_object("addProduct")?;
            Ok(("addProduct", products::add(work, next, &fields, triggers.contract)?))
        }
        "RemoveProduct" => {
            let fields = action.need_object("removeProduct")?;
            Ok(("removeProduct", products::remove(next, &fields, triggers.contract)?))
        }
        "UpdateProduct" => {
            let fields = action.need_object("updateProduct")?;
            Ok(("updateProduct", products::update(work, next, &fields, triggers.contract)?))
        }
        "ChangePlan" => {
            let fields = action.need_object("changePlan")?;
            Ok(("changePlan", products::change_plan(work, next, &fields, triggers.contract)?))
        }
        "TermsAndConditions" => {
            let fields = action.need_object("termsAndConditions")?;
            Ok(("termsAndConditions", terms::change(next, &fields)?))
        }
        "RenewSubscription" => {
            terms::renew(next)?;
            Ok(("renewSubscription", Map::new()))
        }
        "OwnerTransfer" => {
            let fields = action.need_object("ownerTransfer")?;
            Ok(("ownerTransfer", transfer::change(work, next, &fields)?))
        }
        _ => {
            let fields = action.need_object("cancelSubscription")?;
            let cancelled = cancel::change(work, next, &fields, triggers.contract)?;
            Ok(("cancelSubscription", cancelled))
        }
    }
}

/// The latest version of the subscription that an entry names. The order's
/// account must be its invoice owner, as Zuora's reference has it.
fn existing(work: &Work<'_>, head: &Head, entry: &Fields<'_>) -> Result<Subscription, Refusal> {
    let number = entry.need_text("subscriptionNumber", 100)?;
    if work.changes.iter().any(|change| change.next.number == number) {
        return Err(Refusal::rule(format!(
            "Subscription '{number}' cannot be in an order more than once."
        )));
    }
    let base = work
        .state
        .subscriptions
        .get(&number)
        .and_then(|versions| versions.last())
        .ok_or_else(|| Refusal::not_found(&number))?;
    if base.invoice_owner_id != head.account.id {
        return Err(Refusal::rule(format!(
            "The account of the order must be the invoice owner of subscription '{number}'."
        )));
    }
    Ok(base.clone())
}

fn next_version(work: &mut Work<'_>, base: &Subscription) -> Subscription {
    let mut next = base.clone();
    next.previous_id = Some(std::mem::replace(&mut next.id, work.sequences.id()));
    next.version += 1;
    next.created = work.now;
    next
}

fn running(subscription: &Subscription) -> Result<(), Refusal> {
    match subscription.status {
        SubscriptionStatus::Active => Ok(()),
        SubscriptionStatus::Cancelled => Err(Refusal::rule(format!(
            "Subscription '{}' is cancelled and cannot be changed.",
            subscription.number
        ))),
    }
}

/// Checks that a change takes effect while the subscription runs.
pub(super) fn within_term(subscription: &Subscription, day: Day) -> Result<(), Refusal> {
    if day < subscription.start {
        return Err(Refusal::rule(format!(
            "The Contract effective date {day} should not be earlier than the start date {} of \
             subscription '{}'.",
            subscription.start, subscription.number
        )));
    }
    match subscription.term.end {
        Some(end) if day > end => Err(Refusal::rule(format!(
            "The Contract effective date {day} should not be later than the term end date {end} \
             of subscription '{}'.",
            subscription.number
        ))),
        _ => Ok(()),
    }
}

fn shape(
    kind: &str,
    place: usize,
    triggers: Triggers,
    action: &Fields<'_>,
    (key, taken): (&'static str, Map<String, Value>),
) -> Value {
    let mut shape = Map::new();
    shape.insert("type".to_owned(), json!(kind));
    shape.insert("sequence".to_owned(), json!(place));
    shape.insert("triggerDates".to_owned(), triggers.in_zuoras_shape());
    let custom = action.value("customFields").cloned().unwrap_or_else(|| json!({}));
    shape.insert("customFields".to_owned(), custom);
    if !taken.is_empty() {
        shape.insert(key.to_owned(), Value::Object(taken));
    }
    Value::Object(shape)
}
