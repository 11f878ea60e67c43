//! What an order costs, as Zuora works it out.

use crate::components::live::{Erase, any};
use crate::components::price::{unit_word, units_word};
use crate::domain::billing::{PeriodTotal, Preview, PreviewLine};
use crate::domain::{Money, day};
use crate::viewer::{amount, use_page};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The lines, the tax, the total, and what each period costs from then on.
#[component]
pub fn PreviewTable(
    /// What Zuora said.
    preview: Preview,
) -> impl IntoView {
    let is_credit = preview.total.amount.is_sign_negative() && !preview.total.amount.is_zero();
    let what = if is_credit { "Credit" } else { "Total" };
    // What begins later is invoiced when it begins.
    let total_label = if preview.effective_on > preview.ordered_on {
        format!("{what} on {}", day::short(preview.effective_on))
    } else {
        format!("{what} now")
    };
    let has_tax = !preview.tax.amount.is_zero();
    let taxed = has_tax.then(|| {
        view! { {sum("Net", &preview.net)} {sum("Tax", &preview.tax)} }
    });
    let lines = preview.lines.into_iter().map(line).collect::<Vec<_>>();
    let body = if lines.is_empty() {
        view! { <tr><td colspan="3" class="quiet">"Nothing falls due with this order."</td></tr> }
            .erase()
    } else {
        lines.into_any()
    };
    let periods = preview.per_period.iter().map(|total| period(total, has_tax)).collect::<Vec<_>>();
    view! {
        <table class="bill">
            <caption class="hidden">"What it costs"</caption>
            <thead>
                <tr>
                    <th scope="col">"Item"</th>
                    <th scope="col" class="number">"Quantity"</th>
                    <th scope="col" class="number">"Net"</th>
                </tr>
            </thead>
            <tbody>{body}</tbody>
            <tfoot>
                {any(taxed)}
                <tr class="total">
                    <th scope="row" colspan="2">{total_label}</th>
                    <td class="number">{amount(&preview.total)}</td>
                </tr>
                {periods}
            </tfoot>
        </table>
    }
    .erase()
}

fn sum(label: &'static str, money: &Money) -> AnyView {
    view! {
        <tr><th scope="row" colspan="2">{label}</th><td class="number">{amount(money)}</td></tr>
    }
    .erase()
}

fn period(total: &PeriodTotal, has_tax: bool) -> AnyView {
    let taxed = has_tax.then(|| view! { <span class="small quiet">" tax included"</span> });
    view! {
        <tr>
            <th scope="row" colspan="2">
                {format!("Then, each {}", total.period)}
                {any(taxed)}
            </th>
            <td class="number">{amount(&total.total)}</td>
        </tr>
    }
    .erase()
}

fn line(line: PreviewLine) -> AnyView {
    let is_credit = line.net.amount.is_sign_negative() && !line.net.amount.is_zero();
    let quantity = line.quantity.map(|units| use_page().locale.number(units));
    let is_one = line.quantity.is_some_and(|units| units == Decimal::ONE);
    let unit = line.unit.map(|unit| {
        let word = if is_one { unit_word(&unit) } else { units_word(&unit) };
        view! { <span class="small quiet">{between(&word)}{word}</span> }
    });
    let credit = is_credit.then(|| view! { <span class="tag">"Credit"</span> });
    let paid_for = span(line.from, line.through)
        .map(|span| view! { <span class="small quiet period">{span}</span> });
    view! {
        <tr>
            <th scope="row"><bdi>{line.name}</bdi>" "{any(credit)}{any(paid_for)}</th>
            <td class="number">{quantity}{any(unit)}</td>
            <td class="number">{amount(&line.net)}</td>
        </tr>
    }
    .erase()
}

/// What stands between a quantity and its unit: `4 seats`, but `4 × 100 GB`.
fn between(unit: &str) -> &'static str {
    if unit.starts_with(|first: char| first.is_ascii_digit()) { " × " } else { " " }
}

/// `25 Nov 2026 – 24 Dec 2026`, or the one day.
fn span(from: Option<time::Date>, through: Option<time::Date>) -> Option<String> {
    match (from, through) {
        (Some(from), Some(through)) if from != through => {
            Some(format!("{} – {}", day::short(from), day::short(through)))
        }
        (Some(only), _) | (None, Some(only)) => Some(day::short(only)),
        (None, None) => None,
    }
}
