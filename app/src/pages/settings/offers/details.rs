//! Between the form's state and the form that is checked.

use crate::components::Typed;
use crate::domain::offer_form::field;
use crate::domain::{FieldErrors, Offer, OfferForm, SalesChannel};

/// How a new offer begins.
pub fn blank() -> OfferForm {
    OfferForm {
        kind: "plan".to_owned(),
        channels: vec![SalesChannel::Shop.as_str().to_owned()],
        eligible: "all".to_owned(),
        term_months: "12".to_owned(),
        auto_renew: "true".to_owned(),
        state: "draft".to_owned(),
        ..OfferForm::default()
    }
}

/// How the form begins that changes an offer.
pub fn filled(offer: &Offer) -> OfferForm {
    OfferForm::from(&offer.content)
}

/// The form's fields and their first texts; choices of a group one a line.
pub fn first_texts(form: &OfferForm) -> Vec<(&'static str, String)> {
    let lines = |list: &[String]| list.join("\n");
    vec![
        (field::RATE_PLAN, form.rate_plan.clone()),
        (field::KIND, form.kind.clone()),
        (field::NAME, form.name.clone()),
        (field::DESCRIPTION, form.description.clone()),
        (field::FEATURES, form.features.clone()),
        (field::LABELS, form.labels.clone()),
        (field::CHANNELS, lines(&form.channels)),
        (field::ELIGIBLE, form.eligible.clone()),
        (field::PARTNERS, lines(&form.partners)),
        (field::ADD_ONS, lines(&form.add_ons)),
        (field::CHANGES_TO, lines(&form.changes_to)),
        (field::TERM_MONTHS, form.term_months.clone()),
        (field::AUTO_RENEW, form.auto_renew.clone()),
        (field::VISIBLE_FROM, form.visible_from.clone()),
        (field::VISIBLE_UNTIL, form.visible_until.clone()),
        (field::STATE, form.state.clone()),
    ]
}

/// What is wrong with what is typed.
pub fn check(typed: &Typed) -> FieldErrors {
    let text = |name| typed.get(name).to_owned();
    let lines = |name| typed.get(name).lines().map(str::to_owned).collect();
    let form = OfferForm {
        rate_plan: text(field::RATE_PLAN),
        kind: text(field::KIND),
        name: text(field::NAME),
        description: text(field::DESCRIPTION),
        features: text(field::FEATURES),
        labels: text(field::LABELS),
        channels: lines(field::CHANNELS),
        eligible: text(field::ELIGIBLE),
        partners: lines(field::PARTNERS),
        add_ons: lines(field::ADD_ONS),
        changes_to: lines(field::CHANGES_TO),
        term_months: text(field::TERM_MONTHS),
        auto_renew: text(field::AUTO_RENEW),
        visible_from: text(field::VISIBLE_FROM),
        visible_until: text(field::VISIBLE_UNTIL),
        state: text(field::STATE),
    };
    form.parse().err().unwrap_or_default()
}
