//! Lets days pass: subscriptions renew, and what falls due is billed.

use super::documents::make;
use super::rating::{Line, period_start_after, rate};
use crate::clock::Moment;
use crate::day::Day;
use crate::ids::Sequences;
use crate::state::{ChargeKind, State, Subscription, SubscriptionStatus};
use std::collections::BTreeMap;

/// Adds the next term.
pub fn renew(subscription: &mut Subscription) {
    let Some(end) = subscription.term.end else { return };
    let term = &mut subscription.term;
    term.start = end;
    term.current = term.renewal;
    if term.renew_to_evergreen {
        term.evergreen = true;
        term.end = None;
    } else {
        term.end = Some(term.renewal.after(end));
    }
}

/// Makes the renewals and the invoices that have fallen due since the last
/// time, up to `now`'s day, each dated the day it fell due.
pub fn catch_up(state: &mut State, now: Moment) {
    let (since, today) = (state.billed_through, now.day());
    let mut due: BTreeMap<Day, Vec<Line>> = BTreeMap::new();
    let mut ids = Vec::new();
    for versions in state.subscriptions.values_mut() {
        let mut day = since;
        while let Some(latest) = versions.last_mut() {
            if renews_on(latest, day) {
                let next = renewed(latest, now, &mut state.sequences);
                ids.push((next.id.clone(), next.number.clone()));
                versions.push(next);
                continue;
            }
            due.entry(day).or_default().extend(rate(latest, day));
            match next_event(latest, day).filter(|next| *next <= today) {
                Some(next) => day = next,
                None => break,
            }
        }
    }
    state.subscription_ids.extend(ids);
    let mut sequences = state.sequences.clone();
    for (day, lines) in due {
        let account = |id: &str| state.accounts.get(id).cloned();
        for document in make(&mut sequences, account, lines, day, day, None, now) {
            state.put_document(document);
        }
    }
    state.sequences = sequences;
    state.billed_through = today;
}

fn renews_on(subscription: &Subscription, day: Day) -> bool {
    subscription.status == SubscriptionStatus::Active
        && subscription.term.auto_renew
        && subscription.term.end.is_some_and(|end| end <= day)
}

fn renewed(latest: &Subscription, now: Moment, sequences: &mut Sequences) -> Subscription {
    let mut next = latest.clone();
    next.previous_id = Some(std::mem::replace(&mut next.id, sequences.id()));
    next.version += 1;
    next.order_number = None;
    next.created = now;
    renew(&mut next);
    next
}

/// The next day on which something may fall due.
fn next_event(subscription: &Subscription, day: Day) -> Option<Day> {
    let charges = || subscription.rate_plans.iter().flat_map(|plan| &plan.charges);
    let still_runs = subscription.end().is_none_or(|end| end > day);
    let periods = charges()
        .filter(|charge| still_runs && charge.kind == ChargeKind::Recurring)
        .map(|charge| period_start_after(subscription.start, charge.period.months(), day));
    let changes = charges()
        .flat_map(|charge| &charge.segments)
        .flat_map(|segment| [Some(segment.from), segment.to])
        .flatten();
    periods.chain(changes).chain(subscription.end()).filter(|event| *event > day).min()
}
