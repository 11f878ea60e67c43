//! Deletes an order: the subscriptions are as they were before it.

use crate::refusal::Refusal;
use crate::state::{Span, State, Subscription};

/// Deletes the order with this number. Only the last change of a subscription
/// can be taken back, and only while nothing has been billed for it.
///
/// # Errors
/// When there is no such order, or something has come after it.
pub fn delete(state: &mut State, number: &str) -> Result<(), Refusal> {
    let order = state.order(number)?.clone();
    if !order.documents.is_empty() {
        return Err(Refusal::rule(format!(
            "Order '{}' cannot be deleted because its charges have been invoiced.",
            order.number
        )));
    }
    for entry in &order.subscriptions {
        let latest = state.subscription(&entry.number)?;
        if latest.version != entry.new_version {
            return Err(Refusal::rule(format!(
                "Order '{}' cannot be deleted because subscription '{}' has been changed since.",
                order.number, entry.number
            )));
        }
        let billed = latest.rate_plans.iter().flat_map(|plan| &plan.charges);
        if entry.base_version.is_none() && billed.clone().any(|charge| !charge.billed.is_empty()) {
            return Err(Refusal::rule(format!(
                "Order '{}' cannot be deleted because its charges have been invoiced.",
                order.number
            )));
        }
    }
    for entry in &order.subscriptions {
        let Some(versions) = state.subscriptions.get_mut(&entry.number) else { continue };
        let Some(gone) = versions.pop() else { continue };
        state.subscription_ids.remove(&gone.id);
        match versions.last_mut() {
            Some(before) => take_over_billing(before, &gone),
            None => {
                state.subscriptions.remove(&entry.number);
            }
        }
    }
    state.orders.remove(&order.number);
    Ok(())
}

/// What was billed since the deleted order stays billed.
fn take_over_billing(before: &mut Subscription, gone: &Subscription) {
    for charge in before.rate_plans.iter_mut().flat_map(|plan| &mut plan.charges) {
        let since = gone.rate_plans.iter().flat_map(|plan| &plan.charges);
        let billed: Option<&Vec<Span>> =
            since.clone().find(|other| other.number == charge.number).map(|other| &other.billed);
        if let Some(billed) = billed {
            charge.billed.clone_from(billed);
        }
    }
}
