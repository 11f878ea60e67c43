//! The plans and add-ons of a subscription.

use super::super::words::units;
use crate::components::live::Erase;
use crate::components::price::unit_word;
use crate::domain::billing::{ChargeKind, SubscribedCharge, SubscribedPlan, Subscription};
use crate::domain::day;
use crate::viewer::amount;
use leptos::prelude::*;
use time::Date;

/// The table.
pub fn table(subscription: &Subscription, today: Date) -> AnyView {
    let day = subscription.starts_on.map_or(today, |start| start.max(today));
    let rows = present(subscription, day).map(|plan| row(plan, day)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table plans-table">
                <caption class="hidden">"Plans and add-ons of the subscription"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Plan or add-on"</th>
                        <th scope="col" class="col-quantity number">"Quantity"</th>
                        <th scope="col">"Price"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

/// What is there on a day, and what is still to come.
fn present(subscription: &Subscription, day: Date) -> impl Iterator<Item = &SubscribedPlan> {
    subscription.plans.iter().filter(move |plan| {
        plan.charges.iter().any(|charge| charge.until.is_none_or(|until| until > day))
    })
}

/// A plan's name: the catalog's are often called by their period alone.
#[must_use]
pub fn name(plan: &SubscribedPlan) -> String {
    match &plan.product {
        Some(product) if !plan.name.starts_with(product) => format!("{product} {}", plan.name),
        _ => plan.name.clone(),
    }
}

fn row(plan: &SubscribedPlan, day: Date) -> AnyView {
    let now: Vec<&SubscribedCharge> =
        plan.charges.iter().filter(|charge| charge.holds_on(day)).collect();
    let later: Vec<&SubscribedCharge> =
        plan.charges.iter().filter(|charge| charge.from.is_some_and(|from| from > day)).collect();
    let shown = if now.is_empty() { &later } else { &now };
    let is_named = shown.len() > 1;
    let prices = shown
        .iter()
        .map(|charge| price(charge, is_named))
        .map(|line| view! { <li>{line}</li> })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    let notes = notes(plan, &now, &later)
        .into_iter()
        .map(|note| view! { <p class="reason">{note}</p> })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    let counted = shown.iter().find(|charge| charge.takes_quantity());
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card"><bdi>{name(plan)}</bdi>{notes}</th>
            <td data-label="Quantity" class="number">
                {units(counted.and_then(|charge| charge.quantity))}
            </td>
            <td data-label="Price"><ul class="prices">{prices}</ul></td>
        </tr>
    }
    .erase()
}

/// What is to come: that it goes, that it comes, that its quantity changes.
fn notes(
    plan: &SubscribedPlan,
    now: &[&SubscribedCharge],
    later: &[&SubscribedCharge],
) -> Vec<String> {
    if now.is_empty() {
        let from = later.iter().filter_map(|charge| charge.from).min();
        return from.map(|from| format!("Comes on {}", day::short(from))).into_iter().collect();
    }
    let mut notes = Vec::new();
    if plan.is_removed {
        let until = now.iter().filter_map(|charge| charge.until).max();
        notes.extend(until.map(|until| format!("Goes on {}", day::short(until))));
    }
    let changed = later.iter().find(|charge| charge.takes_quantity());
    if let Some((quantity, from)) = changed.and_then(|charge| charge.quantity.zip(charge.from)) {
        notes.push(format!("{} from {}", units(Some(quantity)), day::short(from)));
    }
    notes
}

/// `€12.00 per seat and month`, `€99.00 per year`, `€5.00 once`.
fn price(charge: &SubscribedCharge, is_named: bool) -> String {
    let amount = charge.price.as_ref().map_or_else(|| "By quantity".to_owned(), amount);
    let unit = charge.unit.as_deref().map(unit_word).filter(|_| charge.model.takes_quantity());
    let period = charge.period.as_ref().map(ToString::to_string);
    let rhythm = match (charge.kind, unit, period) {
        (ChargeKind::OneTime, ..) => "once".to_owned(),
        (ChargeKind::Usage, Some(unit), _) => format!("per {unit} used"),
        (ChargeKind::Usage, None, _) => "by use".to_owned(),
        (ChargeKind::Recurring, Some(unit), Some(period)) => format!("per {unit} and {period}"),
        (ChargeKind::Recurring, Some(word), None) | (ChargeKind::Recurring, None, Some(word)) => {
            format!("per {word}")
        }
        (ChargeKind::Recurring, None, None) => String::new(),
    };
    let line = format!("{amount} {rhythm}");
    if is_named { format!("{}: {line}", charge.name) } else { line }
}
