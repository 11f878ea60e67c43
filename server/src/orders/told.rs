//! What a change makes of a subscription, field by field, as the audit trail has
//! it.

use crate::store::audit;
use crate::store::plan_names::PlanNames;
use partners_app::domain::billing::{SubscribedPlan, Subscription, SubscriptionStatus};
use partners_app::domain::day;
use serde_json::{Map, Value, json};

/// Before and after of each field that becomes another, on whatever day it does;
/// nothing but after where nobody knows what was before.
pub(super) fn difference(
    before: Option<&Subscription>,
    after: &Subscription,
    names: &PlanNames,
) -> Map<String, Value> {
    let was = before.map(|before| fields(before, names)).unwrap_or_default();
    audit::difference(&was, fields(after, names))
}

/// What a subscription comes to when all that was ordered has taken effect.
fn fields(subscription: &Subscription, names: &PlanNames) -> Map<String, Value> {
    let plans = subscription.plans.iter().filter(|plan| !plan.is_removed);
    let mut plans: Vec<_> = plans.map(|plan| described(plan, names)).collect();
    // The billing system's own order is another in each version.
    plans.sort_unstable();
    let is_cancelled = subscription.status == SubscriptionStatus::Cancelled;
    Map::from_iter([
        ("plans".to_owned(), plans.join(", ").into()),
        ("cancelled".to_owned(), is_cancelled.into()),
        ("ends_on".to_owned(), json!(subscription.ends_on.map(day::iso))),
    ])
}

fn described(plan: &SubscribedPlan, names: &PlanNames) -> String {
    let spans = plan.charges.iter().filter(|charge| charge.takes_quantity());
    let quantity = spans.max_by_key(|charge| charge.from).and_then(|charge| charge.quantity);
    match quantity {
        Some(quantity) => format!("{} × {}", names.name(plan), quantity.normalize()),
        None => names.name(plan),
    }
}
