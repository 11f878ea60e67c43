//! The add-ons that an offer allows.

use super::form::unit_of;
use crate::components::field::FieldProblem;
use crate::components::live::{Erase, any};
use crate::components::{FormState, NumberField, PriceList};
use crate::domain::ShopOffer;
use crate::domain::checkout::{add_on_field, field};
use leptos::prelude::*;

/// A line for each: a number where it counts units, else a box to tick.
#[component]
pub fn AddOns(
    /// The form.
    form: FormState,
    /// The add-ons.
    add_ons: Vec<ShopOffer>,
) -> impl IntoView {
    let error = Memo::new(move |_| form.error(field::ADD_ONS));
    let lines = add_ons
        .into_iter()
        .map(|add_on| view! { <li><AddOn form add_on /></li> })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <fieldset class="form-part" id=form.id(field::ADD_ONS) tabindex="-1">
            <legend>"Add-ons"</legend>
            <ul class="add-ons">{lines}</ul>
            <FieldProblem error_id=format!("{}-error", form.id(field::ADD_ONS)) error />
        </fieldset>
    }
    .erase()
}

#[component]
fn AddOn(form: FormState, add_on: ShopOffer) -> impl IntoView {
    let name = add_on_field(add_on.id);
    let description = (!add_on.description.is_empty())
        .then(|| view! { <p class="small quiet">{add_on.description.clone()}</p> });
    let control = if add_on.takes_quantity {
        let unit = unit_of(&add_on);
        view! { <NumberField form name label=add_on.name.clone() unit optional=true /> }.erase()
    } else {
        let is_ticked = form.first(&name) == "1";
        let ticked = name.clone();
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    id=form.id(&name)
                    name=name
                    value="1"
                    checked=is_ticked
                    on:change=move |event| {
                        let is_ticked = event_target_checked(&event);
                        form.change(&ticked, if is_ticked { "1" } else { "" }.to_owned());
                    }
                />
                <bdi>{add_on.name.clone()}</bdi>
            </label>
        }
        .erase()
    };
    view! {
        {control}
        <PriceList offer=add_on />
        {any(description)}
    }
    .erase()
}
