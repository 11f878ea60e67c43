//! The changes, each with its fields.

use super::super::subscription::plan_name;
use super::super::words::units;
use super::Subject;
use super::form::{Change, folded};
use crate::components::live::{Erase, any};
use crate::components::price::unit_word;
use crate::components::{ChoiceList, Described, FormState, NumberField, SelectField};
use crate::domain::billing::{Pending, SubscribedPlan};
use crate::domain::change::field;
use crate::domain::{ShopOffer, day};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// A quantity as a field has it.
fn typed(quantity: Option<Decimal>) -> String {
    quantity.map(|quantity| quantity.normalize().to_string()).unwrap_or_default()
}

fn sentence(first: &str, second: &str) -> String {
    if first.is_empty() { second.to_owned() } else { format!("{second} {first}") }
}

/// Another plan.
pub fn switch_plan(subject: &Subject) -> AnyView {
    let plans = &subject.actions.plans;
    let takes_quantity = plans.iter().any(|choice| choice.offer.takes_quantity);
    let choices = plans
        .iter()
        .map(|choice| {
            let effect = if choice.is_upgrade {
                format!("An upgrade: takes effect {}.", subject.at_once)
            } else {
                format!("A downgrade: takes effect {}.", subject.at_term_end)
            };
            Described {
                value: choice.offer.id.to_string(),
                label: choice.offer.name.clone(),
                help: sentence(&choice.offer.description, &effect),
            }
        })
        .collect::<Vec<_>>();
    let none = plans.is_empty() && !subject.is_blocked();
    let effect = if none {
        "There is no other plan to change to.".to_owned()
    } else {
        format!("An upgrade takes effect {}, a downgrade {}.", subject.at_once, subject.at_term_end)
    };
    let change = Change {
        word: "switch_plan",
        prefix: "plan-",
        button: "Review change",
        first: vec![(field::TARGET, String::new()), (field::QUANTITY, typed(subject.row.quantity))],
        is_disabled: plans.is_empty(),
    };
    folded(subject, "Change plan", effect, change, move |form| {
        view! {
            {any((!choices.is_empty()).then(|| view! {
                <ChoiceList form name=field::TARGET label="New plan" choices />
            }))}
            {any(takes_quantity.then(|| view! {
                <NumberField
                    form
                    name=field::QUANTITY
                    label="Quantity"
                    help="Where the new plan counts units."
                    unit=None
                    optional=true
                />
            }))}
        }
        .erase()
    })
}

/// The quantity of a plan or add-on.
pub fn quantity(subject: &Subject) -> AnyView {
    let counted: Vec<(&SubscribedPlan, Decimal)> = subject
        .subscription
        .plans
        .iter()
        .filter(|plan| !plan.is_removed)
        .filter_map(|plan| Some((plan, plan.quantity_on(subject.day)?)))
        .collect();
    let first = counted.first();
    let change = Change {
        word: "quantity",
        prefix: "quantity-",
        button: "Review change",
        first: vec![
            (field::TARGET, first.map(|(plan, _)| plan.id.to_string()).unwrap_or_default()),
            (field::QUANTITY, typed(first.map(|(_, quantity)| *quantity))),
        ],
        is_disabled: counted.is_empty() || subject.is_blocked(),
    };
    let effect = if counted.is_empty() {
        "Nothing in this subscription is counted.".to_owned()
    } else {
        format!("More takes effect {}, less {}.", subject.at_once, subject.at_term_end)
    };
    let unit = match counted.as_slice() {
        [(plan, _)] => {
            let charge = plan.charges.iter().find(|charge| charge.takes_quantity());
            charge.and_then(|charge| charge.unit.as_deref()).map(unit_word)
        }
        _ => None,
    };
    let choices: Vec<(String, String)> = counted
        .iter()
        .map(|(plan, quantity)| {
            let name = plan_name(plan);
            (plan.id.to_string(), format!("{name}, now {}", units(Some(*quantity))))
        })
        .collect();
    folded(subject, "Change quantity", effect, change, move |form| {
        let target = match choices.as_slice() {
            [(only, _)] => {
                view! { <input type="hidden" name=field::TARGET value=only.clone() /> }.erase()
            }
            [] => ().into_any(),
            _ => view! { <SelectField form name=field::TARGET label="Of" choices /> }.erase(),
        };
        view! {
            {target}
            <NumberField form name=field::QUANTITY label="New quantity" unit />
        }
        .erase()
    })
}

fn described(offer: &ShopOffer) -> Described {
    Described {
        value: offer.id.to_string(),
        label: offer.name.clone(),
        help: offer.description.clone(),
    }
}

/// An add-on comes.
pub fn add_add_on(subject: &Subject) -> AnyView {
    let add_ons = &subject.actions.add_ons;
    let takes_quantity = add_ons.iter().any(|offer| offer.takes_quantity);
    let choices = add_ons.iter().map(described).collect::<Vec<_>>();
    let none = add_ons.is_empty() && !subject.is_blocked();
    let effect = if none {
        "There is no add-on to add.".to_owned()
    } else {
        format!("Takes effect {}.", subject.at_once)
    };
    let change = Change {
        word: "add_add_on",
        prefix: "add-",
        button: "Review change",
        first: vec![
            (field::TARGET, String::new()),
            (field::QUANTITY, if takes_quantity { "1".to_owned() } else { String::new() }),
        ],
        is_disabled: add_ons.is_empty(),
    };
    folded(subject, "Add an add-on", effect, change, move |form| {
        view! {
            {any((!choices.is_empty()).then(|| view! {
                <ChoiceList form name=field::TARGET label="Add-on" choices />
            }))}
            {any(takes_quantity.then(|| add_on_quantity(form)))}
        }
        .erase()
    })
}

fn add_on_quantity(form: FormState) -> AnyView {
    view! {
        <NumberField
            form
            name=field::QUANTITY
            label="Quantity"
            help="Where the add-on counts units."
            unit=None
            optional=true
        />
    }
    .into_any()
}

/// An add-on goes.
pub fn remove_add_on(subject: &Subject) -> AnyView {
    let removable = &subject.actions.removable;
    let choices: Vec<Described> = subject
        .subscription
        .plans
        .iter()
        .filter(|plan| removable.contains(&plan.id))
        .map(|plan| Described {
            value: plan.id.to_string(),
            label: plan_name(plan),
            help: String::new(),
        })
        .collect();
    let none = choices.is_empty() && !subject.is_blocked();
    let effect = if none {
        "This subscription has no add-on.".to_owned()
    } else {
        format!("Takes effect {}.", subject.at_term_end)
    };
    let first = match choices.as_slice() {
        [only] => only.value.clone(),
        _ => String::new(),
    };
    let change = Change {
        word: "remove_add_on",
        prefix: "remove-",
        button: "Review change",
        first: vec![(field::TARGET, first)],
        is_disabled: choices.is_empty(),
    };
    folded(subject, "Remove an add-on", effect, change, move |form| {
        any((!choices.is_empty()).then(|| {
            view! { <ChoiceList form name=field::TARGET label="Add-on" choices /> }.erase()
        }))
    })
}

/// It ends.
pub fn cancel(subject: &Subject) -> AnyView {
    let customer = &subject.row.customer_name;
    let at_term_end = subject.subscription.term_ends_on.map(|end| Described {
        value: "term_end".to_owned(),
        label: "When the term ends".to_owned(),
        help: format!(
            "It runs until {} and is not renewed. Until then you can undo the cancellation.",
            day::short(end)
        ),
    });
    let now = Described {
        value: "now".to_owned(),
        label: "Now".to_owned(),
        help: format!(
            "{customer} loses it {} and this cannot be undone. What is credited for the rest of the term is shown before you confirm.",
            subject.at_once
        ),
    };
    let first = at_term_end.as_ref().map_or("", |_| "term_end");
    let change = Change {
        word: "cancel",
        prefix: "cancel-",
        button: "Review cancellation",
        first: vec![(field::WHEN, first.to_owned())],
        is_disabled: subject.is_blocked(),
    };
    let effect = match (subject.row.pending, subject.subscription.term_ends_on) {
        (Some(Pending::Cancellation(_)), _) => "It is cancelled already.".to_owned(),
        (_, Some(_)) => format!("It ends {}, or now.", subject.at_term_end),
        (_, None) => "It has no term: it ends now.".to_owned(),
    };
    let choices = at_term_end.into_iter().chain([now]).collect::<Vec<_>>();
    folded(subject, "Cancel", effect, change, move |form| {
        view! {
            <ChoiceList form name=field::WHEN label="When" choices />
        }
        .into_any()
    })
}
