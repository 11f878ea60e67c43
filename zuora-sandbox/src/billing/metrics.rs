//! A charge's metrics: what it brings in a month and over its term.

use super::rating::rate;
use crate::money::cents;
use crate::state::{ChargeKind, Subscription};
use rust_decimal::Decimal;

/// What a charge brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Monthly recurring revenue once every change has taken effect.
    pub monthly: Decimal,
    /// What it comes to until the end of the term; of an evergreen
    /// subscription nothing, as in Zuora.
    pub total: Decimal,
}

/// The metrics of the charge with this number; none if it is not there.
#[must_use]
pub fn of_charge(subscription: &Subscription, charge_number: &str) -> Option<Metrics> {
    let charge = subscription
        .rate_plans
        .iter()
        .flat_map(|plan| &plan.charges)
        .find(|charge| charge.number == charge_number)?;
    let monthly = match (charge.kind, charge.segments.last()) {
        (ChargeKind::Recurring, Some(segment))
            if segment.to.is_none() && subscription.cancelled_on.is_none() =>
        {
            let full = charge.full_amount(segment.price, segment.quantity);
            cents(full / Decimal::from(charge.period.months()))
        }
        _ => Decimal::ZERO,
    };
    let total = subscription.end().map_or(Decimal::ZERO, |end| {
        let mut unbilled = subscription.clone();
        for plan in &mut unbilled.rate_plans {
            plan.charges.retain(|charge| charge.number == charge_number);
            for charge in &mut plan.charges {
                charge.billed.clear();
            }
        }
        rate(&mut unbilled, end.plus_days(-1)).iter().map(|line| line.amount).sum()
    });
    Some(Metrics { monthly, total })
}
