//! `AddProduct`, `RemoveProduct`, `UpdateProduct` and `ChangePlan`.

use super::actions::within_term;
use super::rate_plan;
use super::work::Work;
use crate::day::Day;
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::{Charge, RatePlan, Segment, Subscription};
use serde_json::{Map, Value, json};

/// Adds a rate plan from a day on.
pub(super) fn add(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    fields: &Fields<'_>,
    day: Day,
) -> Result<Map<String, Value>, Refusal> {
    within_term(subscription, day)?;
    let plan = rate_plan::read(work, fields, &subscription.currency, day, "Add")?;
    let mut shape = fields.raw().clone();
    shape.insert("newRatePlanId".to_owned(), json!(plan.id));
    subscription.rate_plans.push(plan);
    Ok(shape)
}

/// Takes a rate plan away from a day on.
pub(super) fn remove(
    subscription: &mut Subscription,
    fields: &Fields<'_>,
    day: Day,
) -> Result<Map<String, Value>, Refusal> {
    within_term(subscription, day)?;
    let place = find(subscription, fields)?;
    if let Some(plan) = subscription.rate_plans.get_mut(place) {
        end(plan, day);
    }
    Ok(fields.raw().clone())
}

/// Changes quantities or prices from a day on. The rate plan gets a new
/// identifier, as in Zuora.
pub(super) fn update(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    fields: &Fields<'_>,
    contract: Day,
) -> Result<Map<String, Value>, Refusal> {
    let day = fields.day("specificUpdateDate")?.unwrap_or(contract);
    within_term(subscription, day)?;
    let place = find(subscription, fields)?;
    let updates = fields.objects("chargeUpdates")?;
    if updates.is_empty() {
        return Err(Refusal::missing(&fields.name("chargeUpdates")));
    }
    let Some(plan) = subscription.rate_plans.get_mut(place) else {
        return Err(Refusal::not_found(""));
    };
    for update in &updates {
        let number = update.need_text("chargeNumber", 50)?;
        let charge = plan
            .charges
            .iter_mut()
            .find(|charge| charge.number == number)
            .ok_or_else(|| Refusal::not_found(&number))?;
        let given = rate_plan::pricing(update)?;
        change_from(charge, day, work.sequences.id(), given)?;
    }
    plan.id = work.sequences.id();
    plan.last_change = "Update".to_owned();
    let mut shape = fields.raw().clone();
    shape.insert("newRatePlanId".to_owned(), json!(plan.id));
    Ok(shape)
}

/// Takes one rate plan away and adds another on the same day.
pub(super) fn change_plan(
    work: &mut Work<'_>,
    subscription: &mut Subscription,
    fields: &Fields<'_>,
    contract: Day,
) -> Result<Map<String, Value>, Refusal> {
    let policy = fields.word(
        "effectivePolicy",
        &["EffectiveImmediately", "EffectiveEndOfBillingPeriod", "SpecificDate"],
    )?;
    let place = find(subscription, fields)?;
    let Some(plan) = subscription.rate_plans.get_mut(place) else {
        return Err(Refusal::not_found(""));
    };
    let day = match policy.as_deref() {
        Some("EffectiveEndOfBillingPeriod") => plan
            .charges
            .iter()
            .filter_map(Charge::charged_through)
            .max()
            .map_or(contract, |through| through.max(contract)),
        _ => contract,
    };
    end(plan, day);
    within_term(subscription, day)?;
    let new = fields.need_object("newProductRatePlan")?;
    let plan = rate_plan::read(work, &new, &subscription.currency, day, "Add")?;
    let mut shape = fields.raw().clone();
    if let Some(Value::Object(entry)) = shape.get_mut("newProductRatePlan") {
        entry.insert("newRatePlanId".to_owned(), json!(plan.id));
    }
    subscription.rate_plans.push(plan);
    Ok(shape)
}

/// Finds the rate plan that an action names: by its current identifier or
/// number, or, as plan changes may, by its product rate plan.
fn find(subscription: &Subscription, fields: &Fields<'_>) -> Result<usize, Refusal> {
    let names = ["ratePlanId", "subscriptionRatePlanNumber", "productRatePlanId"];
    for name in names {
        let Some(key) = fields.text(name, 100)? else { continue };
        let is_it = |plan: &RatePlan| match name {
            "ratePlanId" => plan.id == key,
            "subscriptionRatePlanNumber" => plan.number == key,
            _ => plan.product_rate_plan_id == key,
        };
        let mut plans = subscription.rate_plans.iter();
        let found = plans.position(|plan| is_it(plan) && plan.last_change != "Remove");
        return found.ok_or_else(|| {
            Refusal::rule(format!(
                "The rate plan '{key}' is not in the latest version of subscription '{}'.",
                subscription.number
            ))
        });
    }
    Err(Refusal::missing(&fields.name("ratePlanId")))
}

/// Ends a rate plan's charges on a day.
fn end(plan: &mut RatePlan, day: Day) {
    for charge in &mut plan.charges {
        cut(charge, day);
    }
    plan.last_change = "Remove".to_owned();
}

/// Ends a charge on a day: what starts later never comes.
pub(super) fn cut(charge: &mut Charge, day: Day) {
    charge.segments.retain(|segment| segment.from < day);
    if let Some(last) = charge.segments.last_mut() {
        last.to = Some(last.to.map_or(day, |to| to.min(day)));
    }
}

/// Starts a new segment on a day; it lasts until the next one that is there.
fn change_from(
    charge: &mut Charge,
    day: Day,
    id: String,
    given: rate_plan::Given,
) -> Result<(), Refusal> {
    let covering = charge
        .segments
        .iter()
        .position(|segment| segment.from <= day && segment.to.is_none_or(|to| day < to))
        .ok_or_else(|| {
            Refusal::rule(format!("Charge '{}' is not effective on {day}.", charge.number))
        })?;
    let Some(old) = charge.segments.get_mut(covering) else { return Ok(()) };
    let new = Segment {
        id,
        number: old.number + 1,
        from: day,
        to: old.to,
        quantity: given.quantity.unwrap_or(old.quantity),
        price: given.price.unwrap_or(old.price),
    };
    if old.from == day {
        *old = Segment { number: old.number, ..new };
    } else {
        old.to = Some(day);
        charge.segments.insert(covering + 1, new);
    }
    for (segment, number) in charge.segments.iter_mut().zip(1..) {
        segment.number = number;
    }
    Ok(())
}
