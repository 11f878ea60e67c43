//! The checkout's form.

use super::add_ons::AddOns;
use super::customer::EndCustomer;
use crate::api::shop::ReviewPurchase;
use crate::components::live::{Erase, any};
use crate::components::price::units_word;
use crate::components::{
    DateField, ErrorSummary, FormNotice, FormState, NumberField, SubmitButton, Typed,
};
use crate::domain::checkout::{NEW_CUSTOMER, add_on_field, field};
use crate::domain::{CheckoutForm as Form, CheckoutPage, InvoiceOwner, ShopOffer, day};
use crate::flash::creation_key;
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

/// What a quantity of this offer counts, as a word.
pub fn unit_of(offer: &ShopOffer) -> Option<String> {
    let counted = offer.charges.iter().find(|charge| charge.takes_quantity())?;
    counted.unit.as_deref().map(units_word)
}

/// What the form starts with: what was typed for the draft that is being
/// changed, else what fits most orders.
fn first_texts(page: &CheckoutPage) -> Form {
    if let Some(typed) = &page.typed {
        return typed.clone();
    }
    let counted = page.offer.charges.iter().find(|charge| charge.takes_quantity());
    let quantity = counted.and_then(|charge| charge.default_quantity);
    Form {
        customer: page.chosen.map_or_else(|| NEW_CUSTOMER.to_owned(), |id| id.to_string()),
        customer_kind: "company".to_owned(),
        currency: page.offer.currencies.first().map(ToString::to_string).unwrap_or_default(),
        quantity: quantity.map_or_else(|| "1".to_owned(), |units| units.normalize().to_string()),
        starts_on: day::iso(page.today),
        ..Form::default()
    }
}

/// Names and first texts of the fields, in the form's order.
fn fields(page: &CheckoutPage) -> Vec<(String, String)> {
    let first = first_texts(page);
    let add_ons = page.add_ons.iter().map(|add_on| {
        let typed = first.add_ons.get(&add_on.id.to_string()).cloned();
        (add_on_field(add_on.id), typed.unwrap_or_default())
    });
    [
        (field::CUSTOMER, &first.customer),
        (field::CUSTOMER_KIND, &first.customer_kind),
        (field::COMPANY, &first.company),
        (field::FIRST_NAME, &first.first_name),
        (field::LAST_NAME, &first.last_name),
        (field::EMAIL, &first.email),
        (field::ADDRESS1, &first.address1),
        (field::ADDRESS2, &first.address2),
        (field::CITY, &first.city),
        (field::STATE, &first.state),
        (field::POSTAL_CODE, &first.postal_code),
        (field::COUNTRY, &first.country),
        (field::CURRENCY, &first.currency),
        (field::QUANTITY, &first.quantity),
        (field::STARTS_ON, &first.starts_on),
        // All of the add-ons together: what is wrong with one is said of them.
        (field::ADD_ONS, &String::new()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.clone()))
    .chain(add_ons)
    .collect()
}

fn typed_form(typed: &Typed, page: &CheckoutPage) -> Form {
    let text = |name: &str| typed.get(name).to_owned();
    Form {
        customer: text(field::CUSTOMER),
        customer_kind: text(field::CUSTOMER_KIND),
        company: text(field::COMPANY),
        first_name: text(field::FIRST_NAME),
        last_name: text(field::LAST_NAME),
        email: text(field::EMAIL),
        address1: text(field::ADDRESS1),
        address2: text(field::ADDRESS2),
        city: text(field::CITY),
        state: text(field::STATE),
        postal_code: text(field::POSTAL_CODE),
        country: text(field::COUNTRY),
        currency: text(field::CURRENCY),
        quantity: text(field::QUANTITY),
        starts_on: text(field::STARTS_ON),
        add_ons: page
            .add_ons
            .iter()
            .map(|add_on| (add_on.id.to_string(), text(&add_on_field(add_on.id))))
            .collect(),
        ..page.typed.clone().unwrap_or_default()
    }
}

/// What only programs send of an end customer: it stays with an order that is
/// changed here.
fn kept(page: &CheckoutPage) -> Vec<AnyView> {
    let Some(typed) = &page.typed else { return Vec::new() };
    [
        (field::WORK_EMAIL, &typed.work_email),
        (field::PHONE, &typed.phone),
        (field::WORK_PHONE, &typed.work_phone),
        (field::OTHER_PHONE, &typed.other_phone),
        (field::COUNTY, &typed.county),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(name, text)| view! { <input type="hidden" name=name value=text.clone() /> }.erase())
    .collect()
}

/// The form.
#[component]
pub fn CheckoutForm(
    /// What it needs to know.
    page: CheckoutPage,
) -> impl IntoView {
    let first = fields(&page);
    let first: Vec<_> = first.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let known = page.clone();
    let form = FormState::new("", ReviewPurchase::PATH, &first, move |typed| {
        typed_form(typed, &known).parse(&known).err().unwrap_or_default()
    });
    let key = creation_key(ReviewPurchase::PATH);
    let submit = move |submit: SubmitEvent| {
        // The order's page is on its way.
        form.send::<ReviewPurchase>(&submit, |()| false);
    };
    let name = page.offer.name.clone();
    let title = move || {
        if form.is_refused() { format!("Error: Order {name}") } else { format!("Order {name}") }
    };
    let quantity = page.offer.takes_quantity.then(|| {
        view! {
            <NumberField form name=field::QUANTITY label="Quantity" unit=unit_of(&page.offer) />
        }
    });
    let add_ons = page.add_ons.clone();
    let add_ons = (!add_ons.is_empty()).then(|| view! { <AddOns form add_ons /> });
    let invoiced = invoiced(page.invoice_owner);
    view! {
        <Title text=title />
        <form
            class="form"
            method="post"
            action=ReviewPurchase::PATH
            novalidate=true
            aria-label="Order"
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=key.to_string() />
            <input type="hidden" name="offer" value=page.offer.id.to_string() />
            {kept(&page)}
            <ErrorSummary form />
            <EndCustomer form page=page.clone() />
            <fieldset class="form-part">
                <legend>"Subscription"</legend>
                {any(quantity)}
                <DateField
                    form
                    name=field::STARTS_ON
                    label="Start date"
                    help="The subscription’s first day."
                    min=page.today
                />
            </fieldset>
            {any(add_ons)}
            <p class="invoiced">{invoiced}</p>
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton
                    label="Review order"
                    busy_label="Putting the order together…"
                    busy=form.busy()
                />
                <a class="button plain" href=paths::SHOP>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}

/// Who will be invoiced, and why.
fn invoiced(owner: InvoiceOwner) -> String {
    match owner {
        InvoiceOwner::Partner => {
            let organisation = match use_viewer() {
                Viewer::Partner { organisation_name, .. } => organisation_name.to_string(),
                _ => "Your organisation".to_owned(),
            };
            format!(
                "{organisation} will be invoiced, because your organisation’s Zuora invoice owner is Partner."
            )
        }
        InvoiceOwner::EndCustomer => "The end customer will be invoiced, because your organisation’s Zuora invoice owner is End customer.".to_owned(),
    }
}
