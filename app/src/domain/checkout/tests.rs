use super::*;
use crate::domain::billing::{AccountNumber, Term};
use crate::domain::{Customer, InvoiceOwner, OrganisationId};
use time::macros::date;
use uuid::Uuid;

const TODAY: Date = date!(2026 - 11 - 25);

fn currency(letters: &str) -> Currency {
    Currency::parse(letters).expect("letters")
}

fn offer(number: u128, name: &str, currencies: &[&str], takes_quantity: bool) -> ShopOffer {
    ShopOffer {
        id: OfferId(Uuid::from_u128(number)),
        name: name.to_owned(),
        description: String::new(),
        features: Vec::new(),
        labels: Vec::new(),
        term: Term { months: Some(12), auto_renew: true },
        charges: Vec::new(),
        currencies: currencies.iter().map(|letters| currency(letters)).collect(),
        takes_quantity,
    }
}

fn customer(number: u128, letters: Option<&str>) -> Customer {
    Customer {
        id: CustomerId(Uuid::from_u128(number)),
        organisation: OrganisationId::default(),
        name: "Example GmbH".to_owned(),
        email: None,
        account: AccountNumber::from("A1"),
        currency: letters.map(currency),
        last_order_at: None,
    }
}

/// Seats in euros and dollars, with storage by the unit, support, and an
/// archive in dollars only.
fn page() -> CheckoutPage {
    CheckoutPage {
        offer: offer(1, "Team", &["EUR", "USD"], true),
        add_ons: vec![
            offer(2, "Storage", &["EUR", "USD"], true),
            offer(3, "Support", &["EUR", "USD"], false),
            offer(4, "Archive", &["USD"], false),
        ],
        customers: vec![customer(7, Some("EUR")), customer(8, Some("GBP")), customer(9, None)],
        has_more_customers: false,
        chosen: None,
        invoice_owner: InvoiceOwner::EndCustomer,
        today: TODAY,
        typed: None,
    }
}

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

fn company() -> CheckoutForm {
    let text = str::to_owned;
    CheckoutForm {
        customer: text(NEW_CUSTOMER),
        customer_kind: text("company"),
        company: text("  Analytical   Engines Ltd "),
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        email: text("Ada@Engines.example"),
        address1: text("1 St James’s Square"),
        city: text("London"),
        postal_code: text("SW1Y 4LB"),
        country: text("gb"),
        currency: text("EUR"),
        quantity: text("7"),
        starts_on: text("2026-11-25"),
        ..CheckoutForm::default()
    }
}

fn with_add_ons(add_ons: &[(u128, &str)]) -> CheckoutForm {
    let add_ons = add_ons.iter().map(|(number, typed)| (id(*number), (*typed).to_owned()));
    CheckoutForm { add_ons: add_ons.collect(), ..company() }
}

fn problem(form: &CheckoutForm, name: &str) -> String {
    let errors = form.parse(&page()).expect_err("a problem");
    let error = errors.of(name).unwrap_or_else(|| panic!("nothing at {name}: {errors:?}"));
    assert_eq!(errors.iter().count(), 1, "{errors:?}");
    error.message.clone()
}

#[test]
fn a_company_is_named_after_itself() {
    let checkout = company().parse(&page()).expect("a checkout");
    let CheckoutCustomer::New(new) = checkout.customer else { panic!("a new one") };
    assert_eq!(new.name, "Analytical Engines Ltd");
    assert_eq!((new.first_name.as_str(), new.last_name.as_str()), ("Ada", "Lovelace"));
    assert_eq!((new.email.as_str(), new.country.as_str()), ("ada@engines.example", "GB"));
    assert_eq!((new.currency, checkout.quantity), (currency("EUR"), Some(7.into())));
    assert_eq!((checkout.starts_on, checkout.add_ons), (TODAY, Vec::new()));
}

#[test]
fn a_person_is_named_after_both_names() {
    let form = CheckoutForm {
        customer_kind: "person".to_owned(),
        company: "ignored".to_owned(),
        ..company()
    };
    let CheckoutCustomer::New(new) = form.parse(&page()).expect("a checkout").customer else {
        panic!("a new one")
    };
    assert_eq!(new.name, "Ada Lovelace");
}

#[test]
fn every_empty_field_says_what_belongs_there() {
    let form = CheckoutForm {
        customer: NEW_CUSTOMER.to_owned(),
        customer_kind: "company".to_owned(),
        ..CheckoutForm::default()
    };
    let errors = form.parse(&page()).expect_err("problems");
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            field::COMPANY,
            field::FIRST_NAME,
            field::LAST_NAME,
            field::EMAIL,
            field::ADDRESS1,
            field::CITY,
            field::COUNTRY,
            field::CURRENCY,
            field::QUANTITY,
            field::STARTS_ON,
        ]
    );
    assert_eq!(
        errors.of(field::CURRENCY).map(|error| error.message.as_str()),
        Some("Choose the currency: EUR or USD.")
    );
}

#[test]
fn one_problem_is_told_beside_its_field() {
    let with = |change: fn(&mut CheckoutForm)| {
        let mut form = company();
        change(&mut form);
        form
    };
    for (form, name, words) in [
        (with(|form| form.customer.clear()), field::CUSTOMER, "Choose one of your end customers"),
        (with(|form| form.customer_kind.clear()), field::CUSTOMER_KIND, "Company or Person"),
        (with(|form| form.company = "x".repeat(256)), field::COMPANY, "255 characters"),
        (with(|form| form.city = "a\u{7}b".to_owned()), field::CITY, "control characters"),
        (with(|form| form.postal_code = "1".repeat(21)), field::POSTAL_CODE, "20 characters"),
        (with(|form| form.email = "ada".to_owned()), field::EMAIL, "name@example.com"),
        (
            with(|form| form.email = format!("ada@{}.example", "a.".repeat(40) + "b")),
            field::EMAIL,
            "80 characters",
        ),
        (with(|form| form.country = "XX".to_owned()), field::COUNTRY, "Choose the country"),
        (with(|form| form.currency = "GBP".to_owned()), field::CURRENCY, "EUR or USD"),
        (with(|form| form.quantity = "0".to_owned()), field::QUANTITY, "1 or more"),
        (with(|form| form.quantity = "2.5".to_owned()), field::QUANTITY, "whole number"),
        (with(|form| form.quantity = "1000001".to_owned()), field::QUANTITY, "1,000,000"),
        (with(|form| form.starts_on = "2026-11-24".to_owned()), field::STARTS_ON, "today"),
        (
            with(|form| form.starts_on = "2027-11-26".to_owned()),
            field::STARTS_ON,
            "up to 25 November 2027",
        ),
        (with(|form| form.starts_on = "soon".to_owned()), field::STARTS_ON, "Enter a day"),
    ] {
        let message = problem(&form, name);
        assert!(message.contains(words), "{name}: {message}");
    }
}

#[test]
fn a_year_ahead_is_the_last_day() {
    let form = CheckoutForm { starts_on: "2027-11-25".to_owned(), ..company() };
    assert_eq!(form.parse(&page()).expect("a checkout").starts_on, date!(2027 - 11 - 25));
}

#[test]
fn an_offer_without_units_has_no_quantity() {
    let page = CheckoutPage { offer: offer(1, "Starter", &["EUR"], false), ..page() };
    for one in ["", "1"] {
        let form = CheckoutForm { quantity: one.to_owned(), ..company() };
        assert_eq!(form.parse(&page).expect("a checkout").quantity, None);
    }
    let errors = company().parse(&page).expect_err("seven");
    let message = errors.of(field::QUANTITY).map(|error| error.message.as_str());
    assert_eq!(message, Some("This is sold once: leave the quantity out."));
}

#[test]
fn an_end_customer_who_is_there_needs_no_address() {
    let existing = |number| CheckoutForm {
        customer: id(number),
        quantity: "1".to_owned(),
        starts_on: "2026-12-01".to_owned(),
        ..CheckoutForm::default()
    };
    // One that is not on the page may be one of many: the server looks.
    for number in [7, 9, 100] {
        let checkout = existing(number).parse(&page()).expect("a checkout");
        let expected = CheckoutCustomer::Existing(CustomerId(Uuid::from_u128(number)));
        assert_eq!(checkout.customer, expected);
    }
    let message = problem(&existing(8), field::CUSTOMER);
    assert!(message.contains("invoiced in GBP") && message.contains("EUR or USD"), "{message}");
}

#[test]
fn add_ons_are_counted_where_they_count_units() {
    let form = with_add_ons(&[(2, "3"), (3, "1"), (4, "")]);
    let checkout = form.parse(&page()).expect("a checkout");
    let expected =
        [(OfferId(Uuid::from_u128(2)), Some(3.into())), (OfferId(Uuid::from_u128(3)), None)];
    assert_eq!(checkout.add_ons, expected);
    let none = with_add_ons(&[(2, "0"), (3, "0")]);
    assert_eq!(none.parse(&page()).expect("a checkout").add_ons, []);
}

#[test]
fn an_add_on_must_be_allowed_and_sold_in_the_currency() {
    for (add_ons, words) in [
        (with_add_ons(&[(5, "1")]), "no longer sold"),
        (with_add_ons(&[(4, "1")]), "Archive is not sold in EUR"),
        (with_add_ons(&[(2, "many")]), "Storage: Enter a whole number"),
        (with_add_ons(&[(3, "5")]), "Support: This is sold once"),
    ] {
        let message = problem(&add_ons, field::ADD_ONS);
        assert!(message.contains(words), "{message}");
    }
    let in_dollars = CheckoutForm { currency: "USD".to_owned(), ..with_add_ons(&[(4, "1")]) };
    assert!(in_dollars.parse(&page()).is_ok());
}
