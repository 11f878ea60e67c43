//! What an offer costs, in words.

use super::live::{Erase, any};
use crate::domain::billing::{CatalogCharge, CatalogPlan, ChargeKind, Price, Term, Tier};
use crate::domain::{Currency, Money, ShopOffer};
use crate::viewer::amount;
use leptos::prelude::*;

/// What an offer costs: a line for each charge, what comes again first, in each
/// of the offer's currencies.
#[component]
pub fn PriceList(
    /// The offer.
    offer: ShopOffer,
) -> impl IntoView {
    let ShopOffer { mut charges, currencies, .. } = offer;
    charges.sort_by_key(|charge| match charge.kind {
        ChargeKind::Recurring => 0,
        ChargeKind::OneTime => 1,
        ChargeKind::Usage => 2,
    });
    let is_named = charges.len() > 1;
    let lines = charges
        .into_iter()
        .map(|charge| {
            let amounts = amounts(&charge, &currencies);
            let rhythm = rhythm(&charge);
            let name = is_named.then(|| view! { <span class="charge">{charge.name}</span> });
            view! { <li>{any(name)}<strong>{amounts}</strong>" "<span>{rhythm}</span></li> }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! { <ul class="prices">{lines}</ul> }.erase()
}

/// What a plan of the catalog costs in every currency it is sold in, in one
/// line: `€11.00 or US$12.00 per seat and month`.
#[must_use]
pub fn plan_price(plan: &CatalogPlan) -> String {
    let currencies = plan.currencies();
    let charges = plan.charges.iter().map(|charge| {
        let words = format!("{} {}", amounts(charge, &currencies), rhythm(charge));
        words.trim_end().to_owned()
    });
    charges.collect::<Vec<_>>().join(" + ")
}

/// `€11.00`, `€11.00 or US$12.00`, `from €0.10`.
fn amounts(charge: &CatalogCharge, currencies: &[Currency]) -> String {
    let prices = currencies.iter().filter_map(|currency| charge.price_in(*currency));
    let amounts: Vec<String> = prices.filter_map(amount_of).collect();
    match amounts.split_last() {
        None => "Priced with the order".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

fn amount_of(price: &Price) -> Option<String> {
    let least = |tiers: &[Tier]| -> Option<Money> {
        tiers.iter().map(|tier| tier.price).min_by_key(|price| price.amount)
    };
    match price.price {
        Some(price) => Some(amount(&price)),
        None => least(&price.tiers).map(|least| format!("from {}", amount(&least))),
    }
}

/// `per seat and month`, `per year`, `once`, `per GB used`.
fn rhythm(charge: &CatalogCharge) -> String {
    let unit = charge.unit.as_deref().map(unit_word);
    match charge.kind {
        ChargeKind::Usage => match unit {
            Some(unit) => format!("per {unit} used"),
            None => "by use".to_owned(),
        },
        ChargeKind::OneTime => match unit.filter(|_| charge.takes_quantity()) {
            Some(unit) => format!("per {unit}, once"),
            None => "once".to_owned(),
        },
        ChargeKind::Recurring => {
            let unit = unit.filter(|_| charge.takes_quantity());
            let period = charge.period.as_ref().map(ToString::to_string);
            match (unit, period) {
                (Some(unit), Some(period)) => format!("per {unit} and {period}"),
                (Some(word), None) | (None, Some(word)) => format!("per {word}"),
                (None, None) => String::new(),
            }
        }
    }
}

/// A unit as a word inside a sentence: `Seat` becomes `seat`, `GB` stays.
#[must_use]
pub fn unit_word(unit: &str) -> String {
    let is_word = unit.chars().skip(1).all(|letter| !letter.is_uppercase());
    if is_word { unit.to_lowercase() } else { unit.to_owned() }
}

/// The same where it is counted: `Seat` becomes `seats`, `GB` stays.
#[must_use]
pub fn units_word(unit: &str) -> String {
    let word = unit_word(unit);
    let is_plain = word.chars().all(|letter| letter.is_ascii_lowercase());
    if is_plain && !word.ends_with('s') { format!("{word}s") } else { word }
}

/// For how long a subscription runs: `12-month term, renews by itself`.
#[must_use]
pub fn term_words(term: Term) -> String {
    match (term.months, term.auto_renew) {
        (None, _) => "Runs until it is cancelled".to_owned(),
        (Some(months), true) => format!("{months}-month term, renews by itself"),
        (Some(months), false) => format!("{months}-month term, then it ends"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_words_or_stay_as_they_are() {
        let written = ["Seat", "GB", "100 GB", "API call"].map(unit_word);
        assert_eq!(written, ["seat", "GB", "100 GB", "API call"]);
        let counted = ["Seat", "Users", "GB", "100 GB"].map(units_word);
        assert_eq!(counted, ["seats", "users", "GB", "100 GB"]);
    }

    #[test]
    fn a_term_is_told_with_what_follows_it() {
        let term = |months, auto_renew| term_words(Term { months, auto_renew });
        assert_eq!(term(Some(12), true), "12-month term, renews by itself");
        assert_eq!(term(Some(1), false), "1-month term, then it ends");
        assert_eq!(term(None, true), "Runs until it is cancelled");
    }
}
