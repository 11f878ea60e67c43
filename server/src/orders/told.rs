//! What a change makes of a subscription, field by field, as the audit trail has
//! it.

use crate::store::plan_names::PlanNames;
use partners_app::domain::billing::{SubscribedPlan, Subscription, SubscriptionStatus};
use partners_app::domain::day;
use serde_json::{Map, Value, json};
use time::Date;

/// Before and after of each field that is another on `day`, on which the change
/// takes effect; nothing but after where nobody knows what was before.
pub(super) fn difference(
    before: Option<&Subscription>,
    after: &Subscription,
    names: &PlanNames,
    day: Date,
) -> Map<String, Value> {
    let was = before.map(|before| fields(before, names, day));
    fields(after, names, day)
        .into_iter()
        .map(|(field, is)| {
            let was = was.as_ref().and_then(|was| was.get(&field)).cloned().unwrap_or_default();
            (field, was, is)
        })
        .filter(|(_, was, is)| was != is)
        .map(|(field, was, is)| (field, json!([was, is])))
        .collect()
}

fn fields(subscription: &Subscription, names: &PlanNames, on: Date) -> Map<String, Value> {
    let mut plans: Vec<_> = subscription
        .plans
        .iter()
        .filter(|plan| plan.holds_on(on))
        .map(|plan| described(plan, names, on))
        .collect();
    // The billing system's own order is another in each version.
    plans.sort_unstable();
    let is_cancelled = subscription.status == SubscriptionStatus::Cancelled;
    Map::from_iter([
        ("plans".to_owned(), plans.join(", ").into()),
        ("cancelled".to_owned(), is_cancelled.into()),
        ("ends_on".to_owned(), json!(subscription.ends_on.map(day::iso))),
    ])
}

fn described(plan: &SubscribedPlan, names: &PlanNames, on: Date) -> String {
    match plan.quantity_on(on) {
        Some(quantity) => format!("{} × {}", names.name(plan), quantity.normalize()),
        None => names.name(plan),
    }
}
