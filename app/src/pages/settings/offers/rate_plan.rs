//! The field in which a rate plan is picked from Zuora's catalog.

use crate::components::field_box::{Control, FieldBox};
use crate::components::live::{Erase, shown};
use crate::components::price::plan_price;
use crate::components::{FormState, Icon};
use crate::domain::billing::CatalogPlan;
use crate::domain::offer_form::field;
use leptos::prelude::*;

/// A native list of the catalog's plans, by product, each with its price; the
/// price of the chosen one is said below it.
#[component]
pub fn RatePlanField(
    /// The form.
    form: FormState,
    /// The plans to choose from, by product.
    plans: Vec<CatalogPlan>,
) -> impl IntoView {
    let first = form.first(field::RATE_PLAN);
    let option = |plan: &CatalogPlan| {
        let text = format!("{} · {}", plan.name, plan_price(plan));
        let selected = plan.id.as_str() == first;
        view! { <option value=plan.id.to_string() selected=selected>{text}</option> }.erase()
    };
    let groups = plans
        .chunk_by(|one, other| one.product == other.product)
        .map(|plans| {
            let options = plans.iter().map(option).collect::<Vec<_>>();
            let product = plans.first().map(|plan| plan.product.clone());
            view! { <optgroup label=product>{options}</optgroup> }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    let chosen = form.text(field::RATE_PLAN);
    let price = shown(move || {
        let chosen = chosen.get();
        let plan = plans.iter().find(|plan| plan.id.as_str() == chosen)?;
        let words = format!("{}: {}", plan.product, plan_price(plan));
        Some(view! { <p class="found"><Icon name="circle-check" /><span>{words}</span></p> })
    });
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <span class="select wide">
                <select
                    id=id
                    name=field::RATE_PLAN
                    required=true
                    aria-describedby=described_by
                    aria-invalid=invalid
                    on:change=move |event| {
                        form.change(field::RATE_PLAN, event_target_value(&event));
                        form.leave(field::RATE_PLAN);
                    }
                >
                    <option value="" selected=first.is_empty()>"Choose a rate plan"</option>
                    {groups}
                </select>
                <Icon name="chevrons-up-down" />
            </span>
            <div role="status">{price}</div>
        }
        .erase()
    };
    FieldBox {
        form,
        name: field::RATE_PLAN.to_owned(),
        label: "Rate plan".to_owned(),
        help: "From Zuora’s product catalog, with its list price.",
        optional: false,
    }
    .around(control)
}
