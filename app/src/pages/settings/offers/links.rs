//! Which other offers an offer leads to: the add-ons it allows, and the plans
//! it may be changed to.

use crate::components::live::Erase;
use crate::components::{CheckList, FormState};
use crate::domain::offer_form::field;
use crate::domain::{Offer, OfferKind, OfferState};
use leptos::prelude::*;

/// Both lists. Add-ons have neither.
#[component]
pub fn Links(
    /// The form.
    form: FormState,
    /// The other offers.
    offers: Vec<Offer>,
) -> impl IntoView {
    let of_kind = |kind: OfferKind| {
        let offers = offers.iter().filter(move |offer| offer.content.kind == kind);
        offers.map(choice).collect::<Vec<_>>()
    };
    let (add_ons, plans) = (of_kind(OfferKind::AddOn), of_kind(OfferKind::Plan));
    let kind = form.text(field::KIND);
    let is_add_on = move || kind.with(|kind| kind == OfferKind::AddOn.as_str());
    view! {
        <div class="form" hidden=is_add_on>
            {list(
                form,
                field::ADD_ONS,
                "Add-ons",
                "What can be bought together with this plan.",
                add_ons,
            )}
            {list(
                form,
                field::CHANGES_TO,
                "May be changed to",
                "The plans to which partners may move a subscription.",
                plans,
            )}
        </div>
    }
    .erase()
}

fn choice(offer: &Offer) -> (String, String) {
    let name = &offer.content.name;
    let text = match offer.content.state {
        OfferState::Published => name.clone(),
        OfferState::Draft => format!("{name} (draft)"),
    };
    (offer.id.to_string(), text)
}

fn list(
    form: FormState,
    name: &'static str,
    label: &'static str,
    help: &'static str,
    choices: Vec<(String, String)>,
) -> AnyView {
    if choices.is_empty() {
        let words = "There is none yet. Create the other offers first, then choose them here.";
        return view! {
            <div class="field">
                <p class="label">{label}</p>
                <p class="help">{words}</p>
            </div>
        }
        .erase();
    }
    view! { <CheckList form name label help choices optional=true /> }.erase()
}
