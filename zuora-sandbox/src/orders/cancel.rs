//! `CancelSubscription`.

use super::products::cut;
use super::work::Work;
use crate::day::Day;
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::{Charge, Subscription, SubscriptionStatus};
use serde_json::{Map, Value, json};

/// Cancels: at the end of the term, of what has been billed, or on a day. The
/// status says `Cancelled` at once, as Zuora's does, whenever it takes effect.
pub(super) fn change(
    work: &Work<'_>,
    subscription: &mut Subscription,
    fields: &Fields<'_>,
    contract: Day,
) -> Result<Map<String, Value>, Refusal> {
    let policy = fields
        .word(
            "cancellationPolicy",
            &["EndOfCurrentTerm", "EndOfLastInvoicePeriod", "SpecificDate"],
        )?
        .ok_or_else(|| Refusal::missing(&fields.name("cancellationPolicy")))?;
    let day = match policy.as_str() {
        "EndOfCurrentTerm" => subscription.term.end.ok_or_else(|| {
            Refusal::rule("An evergreen subscription has no current term to cancel at.")
        })?,
        "EndOfLastInvoicePeriod" => subscription
            .rate_plans
            .iter()
            .flat_map(|plan| &plan.charges)
            .filter_map(Charge::charged_through)
            .max()
            .unwrap_or_else(|| contract.max(work.now.day())),
        _ => fields.day("cancellationEffectiveDate")?.unwrap_or(contract),
    };
    if day < subscription.start {
        return Err(Refusal::rule(format!(
            "The cancellation effective date {day} should not be earlier than the start date {} \
             of subscription '{}'.",
            subscription.start, subscription.number
        )));
    }
    if let Some(end) = subscription.term.end.filter(|end| day > *end) {
        return Err(Refusal::rule(format!(
            "The cancellation effective date {day} should not be later than the term end date \
             {end} of subscription '{}'.",
            subscription.number
        )));
    }
    for charge in subscription.rate_plans.iter_mut().flat_map(|plan| &mut plan.charges) {
        cut(charge, day);
    }
    subscription.status = SubscriptionStatus::Cancelled;
    subscription.cancelled_on = Some(day);
    subscription.term.end = Some(day);
    subscription.term.auto_renew = false;
    let mut shape = fields.raw().clone();
    shape.insert("cancellationEffectiveDate".to_owned(), json!(day));
    Ok(shape)
}
