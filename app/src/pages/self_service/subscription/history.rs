//! What happened to a subscription.

use crate::components::Day;
use crate::components::live::Erase;
use crate::domain::billing::{PastAction, PastActionKind, PastOrder};
use crate::domain::day;
use leptos::prelude::*;

/// The orders, newest first; or why there are none.
pub fn of(history: Option<Vec<PastOrder>>, is_away: bool) -> AnyView {
    let Some(orders) = history.filter(|orders| !orders.is_empty()) else {
        let words = if is_away {
            "The history is read from Zuora, which does not answer at the moment."
        } else {
            "Zuora did not tell the history. Reload the page to ask again."
        };
        return view! { <p class="quiet">{words}</p> }.erase();
    };
    let rows = orders.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table history-table">
                <caption class="hidden">"Orders that made or changed it, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="col-day">"Ordered"</th>
                        <th scope="col">"What changed"</th>
                        <th scope="col" class="col-reference">"Order"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn row(past: PastOrder) -> AnyView {
    let ordered = match past.ordered_on {
        Some(on) => view! { <Day on /> }.into_any(),
        None => view! { <span class="quiet">"Not known"</span> }.erase(),
    };
    let ordered_on = past.ordered_on;
    let actions = past
        .actions
        .into_iter()
        .map(|action| {
            let later = action.effective_on.filter(|on| Some(*on) != ordered_on);
            let words = words(&action);
            let words = later
                .map_or_else(|| words.clone(), |on| format!("{words}, from {}", day::short(on)));
            view! { <li>{words}</li> }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <tr class="tall">
            <th scope="row">{ordered}</th>
            <td data-label="What changed" class="whole-card"><ul>{actions}</ul></td>
            <td data-label="Order"><span class="truncate mono">{past.order.to_string()}</span></td>
        </tr>
    }
    .erase()
}

fn words(action: &PastAction) -> String {
    match &action.kind {
        PastActionKind::Created => "Began",
        PastActionKind::PlanAdded => "Plan or add-on added",
        PastActionKind::PlanRemoved => "Plan or add-on removed",
        PastActionKind::PlanUpdated => "Quantity or price changed",
        PastActionKind::PlanChanged => "Plan changed",
        PastActionKind::TermsChanged => "Term or renewal changed",
        PastActionKind::Renewed => "Renewed",
        PastActionKind::Cancelled => "Cancelled",
        PastActionKind::Transferred => "Owner or invoice owner changed",
        PastActionKind::Other(words) => words,
    }
    .to_owned()
}
