//! For whom is ordered: one of the organisation's end customers, or a new one.

use crate::components::field::Kind;
use crate::components::live::{Erase, any};
use crate::components::select_field::Choice;
use crate::components::{FormState, RadioGroup, SelectField, TextField};
use crate::domain::checkout::{NEW_CUSTOMER, field};
use crate::domain::country::COUNTRIES;
use crate::domain::{CheckoutPage, Customer};
use crate::paths;
use leptos::prelude::*;

/// The fields. Those of a new end customer are hidden by the style sheet where
/// another one is chosen, so that it works without scripts too.
#[component]
pub fn EndCustomer(
    /// The form.
    form: FormState,
    /// What it needs to know.
    page: CheckoutPage,
) -> impl IntoView {
    let choice = if page.customers.is_empty() {
        view! { <input type="hidden" id=form.id(field::CUSTOMER) name=field::CUSTOMER value=NEW_CUSTOMER /> }
            .erase()
    } else {
        let theirs = page.customers.iter().map(choice_of).collect();
        view! {
            <SelectField
                form
                name=field::CUSTOMER
                label="End customer"
                help="A new one, or one of yours."
                choices=vec![(NEW_CUSTOMER.to_owned(), "New end customer".to_owned())]
                others=("Your end customers", theirs)
            />
        }
        .erase()
    };
    let more = page.has_more_customers.then(|| {
        view! {
            <p class="help">
                "Only the first ones by name are listed. To order for another one, start from its page under "
                <a href=paths::CUSTOMERS>"Customers"</a>
                "."
            </p>
        }
    });
    let currencies: Vec<Choice> = page
        .offer
        .currencies
        .iter()
        .map(|currency| (currency.to_string(), currency.to_string()))
        .collect();
    let currency = if currencies.len() > 1 {
        view! {
            <SelectField
                form
                name=field::CURRENCY
                label="Currency"
                help="Everything this end customer orders is priced in it. It cannot be changed later."
                choices=currencies
            />
        }
        .erase()
    } else {
        let only = form.first(field::CURRENCY);
        view! { <input type="hidden" id=form.id(field::CURRENCY) name=field::CURRENCY value=only /> }
            .erase()
    };
    view! {
        <fieldset class="form-part">
            <legend>"End customer"</legend>
            {choice}
            {any(more)}
            <div class="new-customer">
                <RadioGroup
                    form
                    name=field::CUSTOMER_KIND
                    label="Kind of customer"
                    choices=&[("company", "Company"), ("person", "Person")]
                />
                <div class="of-company">
                    <TextField form name=field::COMPANY label="Company name" />
                </div>
                <div class="pair">
                    <TextField form name=field::FIRST_NAME label="First name" />
                    <TextField form name=field::LAST_NAME label="Last name" />
                </div>
                <TextField form name=field::EMAIL label="Email address" kind=Kind::Email />
                <Address form />
                {currency}
            </div>
        </fieldset>
    }
    .erase()
}

#[component]
fn Address(form: FormState) -> impl IntoView {
    let unchosen = (String::new(), "Choose a country".to_owned());
    let countries = COUNTRIES.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned()));
    let countries = std::iter::once(unchosen).chain(countries).collect::<Vec<_>>();
    view! {
        <TextField form name=field::ADDRESS1 label="Address" />
        <TextField form name=field::ADDRESS2 label="Address, second line" optional=true />
        <div class="pair">
            <TextField form name=field::POSTAL_CODE label="Postal code" optional=true />
            <TextField form name=field::CITY label="City" />
        </div>
        <TextField form name=field::STATE label="State or province" optional=true />
        <SelectField form name=field::COUNTRY label="Country" choices=countries />
    }
    .erase()
}

fn choice_of(customer: &Customer) -> Choice {
    let email = customer.email.as_ref().map(|email| format!(" · {email}"));
    let currency = customer.currency.map(|currency| format!(" · {currency}"));
    let text =
        format!("{}{}{}", customer.name, email.unwrap_or_default(), currency.unwrap_or_default());
    (customer.id.to_string(), text)
}
