//! The form of an offer.

use super::details::{blank, check, filled, first_texts};
use super::links::Links;
use super::list::channels;
use super::rate_plan::RatePlanField;
use crate::api::offers::SaveOffer;
use crate::components::live::{Erase, any};
use crate::components::messages::use_messages;
use crate::components::{
    CheckList, Checkbox, DateField, ErrorSummary, FormNotice, FormState, Notice, RadioGroup,
    SubmitButton, TextArea, TextField, Tone,
};
use crate::domain::offer_form::field;
use crate::domain::{Catalog, Offer, OfferKind};
use crate::pages::outcome;
use crate::pages::settings::chosen_partners::ChosenPartners;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use uuid::Uuid;

/// On which page the form stands.
#[derive(Clone)]
pub struct Place {
    /// The page's title.
    pub title: &'static str,
    /// The key of a creation.
    pub key: Uuid,
    /// The offer that is changed; `None` where one is created.
    pub offer: Option<Offer>,
}

const KINDS: &[(&str, &str)] = &[("plan", "Plan"), ("add_on", "Add-on")];
const STATES: &[(&str, &str)] = &[("draft", "Draft"), ("published", "Published")];
const ELIGIBLE: &[(&str, &str)] = &[("all", "All partners"), ("chosen", "Chosen partners")];

/// The form.
#[component]
pub fn OfferFields(
    /// On which page it stands.
    place: Place,
    /// Zuora's catalog.
    catalog: Catalog,
    /// The other offers.
    offers: Vec<Offer>,
) -> impl IntoView {
    let Place { title, key, offer } = place;
    let texts = first_texts(&offer.as_ref().map_or_else(blank, filled));
    let texts: Vec<_> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let form = FormState::new("", SaveOffer::PATH, &texts, check);
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SaveOffer>(&submit, move |()| {
            messages.say(outcome::offer_saved(&form.text(field::NAME).get_untracked()));
            // The table is on its way.
            false
        });
    };
    let titled =
        move || if form.is_refused() { format!("Error: {title}") } else { title.to_owned() };
    let notices = notices(&catalog, offer.as_ref());
    let plans = plans(catalog, offer.as_ref());
    let (id, version) =
        offer.as_ref().map_or((String::new(), 0), |offer| (offer.id.to_string(), offer.version));
    let kind = match offer.as_ref().map(|offer| offer.content.kind) {
        None => {
            view! { <RadioGroup form name=field::KIND label="Sold as" choices=KINDS /> }.erase()
        }
        Some(kind) => fixed_kind(kind),
    };
    let submit_label = if offer.is_some() { "Save" } else { "Create Offer" };
    let busy_label = if offer.is_some() { "Saving…" } else { "Creating Offer…" };
    view! {
        <Title text=titled />
        {notices}
        <form
            class="form"
            method="post"
            action=SaveOffer::PATH
            novalidate=true
            aria-label=title
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=key.to_string() />
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="version" value=version.to_string() />
            <ErrorSummary form />
            <RatePlanField form plans />
            {kind}
            <TextField form name=field::NAME label="Display name" help="How partners find it in the Shop." />
            <TextArea form name=field::DESCRIPTION label="Description" optional=true />
            <TextArea form name=field::FEATURES label="Features" help="One a line, at most 20." optional=true />
            <TextField form name=field::LABELS label="Labels" help="Separated by commas. Offers are grouped by their labels." optional=true />
            <CheckList form name=field::CHANNELS label="Sales channels" choices=channels() />
            <RadioGroup form name=field::ELIGIBLE label="Eligible partners" choices=ELIGIBLE />
            <ChosenPartners form of=field::ELIGIBLE name=field::PARTNERS sent_as="partners[]" />
            <Links form offers />
            <div class="pair">
                <TextField form name=field::TERM_MONTHS label="Term in months" help="Empty: runs until it is cancelled." optional=true />
                <Checkbox form name=field::AUTO_RENEW label="Renews by itself" />
            </div>
            <div class="pair">
                <DateField form name=field::VISIBLE_FROM label="Visible from" optional=true />
                <DateField form name=field::VISIBLE_UNTIL label="Visible until" optional=true />
            </div>
            <RadioGroup form name=field::STATE label="State" choices=STATES />
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton label=submit_label busy_label busy=form.busy() />
                <a class="button plain" href=paths::OFFERS>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}

/// What to know of the catalog, and of the offer's plan, before anything else.
fn notices(catalog: &Catalog, offer: Option<&Offer>) -> AnyView {
    let is_unread = catalog.read_at.is_none();
    let away = (catalog.is_away && !is_unread).then(|| {
        let read = catalog.read_at.map(|at| at.full()).unwrap_or_default();
        let words = format!("Zuora does not answer at the moment. This is its catalog of {read}.");
        view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> }
    });
    let unread = is_unread.then(|| {
        let words = if catalog.is_away {
            "Zuora does not answer at the moment, and its catalog was never read. Reload this page in a moment."
        } else {
            "No billing system is connected, so that there is no rate plan to sell. Connect Zuora to this installation first."
        };
        view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> }
    });
    let lost = offer.is_some_and(|offer| offer.is_lost).then(|| {
        view! {
            <Notice tone=Tone::Danger>
                <p>"Zuora no longer sells the rate plan of this offer, so that partners cannot buy it. Choose another rate plan, or make the offer a draft."</p>
            </Notice>
        }
    });
    view! { {any(away)} {any(unread)} {any(lost)} }.erase()
}

/// The catalog's plans, with the one that the offer has where it is lost.
fn plans(catalog: Catalog, offer: Option<&Offer>) -> Vec<crate::domain::billing::CatalogPlan> {
    let mut plans = catalog.plans;
    if let Some(own) = offer.and_then(|offer| offer.plan.as_ref())
        && plans.iter().all(|plan| plan.id != own.id)
    {
        plans.insert(0, own.clone());
    }
    plans
}

fn fixed_kind(kind: OfferKind) -> AnyView {
    view! {
        <div class="field">
            <p class="label">"Sold as"</p>
            <p>{kind.label()}</p>
            <input type="hidden" id=field::KIND name=field::KIND value=kind.as_str() />
        </div>
    }
    .erase()
}
