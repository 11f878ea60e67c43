//! The checkout's form: for whom, how many, from when.

use super::change::{SOLD_ONCE, parse_quantity};
use super::customer::CustomerId;
use super::fields::FieldErrors;
use super::money::Currency;
use super::offer::OfferId;
use super::shop::{CheckoutPage, ShopOffer};
use super::text::{LineError, single_line};
use super::user::Email;
use super::{country, day};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::{Date, Duration};

/// How far ahead a subscription may begin.
const FARTHEST_START: Duration = Duration::days(365);
/// Zuora's limit for `workEmail` and `personalEmail`.
const LONGEST_EMAIL: usize = 80;
/// Zuora's limit for each telephone number of a contact.
const LONGEST_PHONE: usize = 40;

/// Names of the form's fields, which are the API's too.
pub mod field {
    /// *End customer*: [`NEW_CUSTOMER`](super::NEW_CUSTOMER) or an ID.
    pub const CUSTOMER: &str = "customer";
    /// *Company* or *Person*
    pub const CUSTOMER_KIND: &str = "customer_kind";
    /// *Company name*
    pub const COMPANY: &str = "company";
    /// *First name*
    pub const FIRST_NAME: &str = "first_name";
    /// *Last name*
    pub const LAST_NAME: &str = "last_name";
    /// *Email address*
    pub const EMAIL: &str = "email";
    /// The address at work, over the API alone.
    pub const WORK_EMAIL: &str = "work_email";
    /// The mobile telephone, over the API alone.
    pub const PHONE: &str = "phone";
    /// The telephone at work, over the API alone.
    pub const WORK_PHONE: &str = "work_phone";
    /// Another telephone, over the API alone.
    pub const OTHER_PHONE: &str = "other_phone";
    /// *Address*
    pub const ADDRESS1: &str = "address1";
    /// *Address, second line*
    pub const ADDRESS2: &str = "address2";
    /// *City*
    pub const CITY: &str = "city";
    /// *State or province*
    pub const STATE: &str = "state";
    /// The county, over the API alone.
    pub const COUNTY: &str = "county";
    /// *Postal code*
    pub const POSTAL_CODE: &str = "postal_code";
    /// *Country*: two letters (ISO 3166-1).
    pub const COUNTRY: &str = "country";
    /// *Currency*: three letters.
    pub const CURRENCY: &str = "currency";
    /// *Quantity*
    pub const QUANTITY: &str = "quantity";
    /// *Start date*
    pub const STARTS_ON: &str = "starts_on";
    /// *Add-ons*: each in a field of its own, named by
    /// [`add_on_field`](super::add_on_field), with a quantity.
    pub const ADD_ONS: &str = "add_ons";
}

/// The name of an add-on's field: `add_ons[_ID]`. Without the underscore what
/// begins with a digit would be read as a place in a list.
#[must_use]
pub fn add_on_field(offer: OfferId) -> String {
    format!("{}[_{offer}]", field::ADD_ONS)
}

/// The add-ons of a form by offer ID, as their fields name them.
#[must_use]
pub fn add_ons_of_form(fields: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let id = |name: String| name.strip_prefix('_').map_or_else(|| name.clone(), str::to_owned);
    fields.into_iter().map(|(name, quantity)| (id(name), quantity)).collect()
}

/// The value of *End customer* for one that is new.
pub const NEW_CUSTOMER: &str = "new";

/// What was typed at the checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckoutForm {
    /// [`NEW_CUSTOMER`] or an end customer's ID.
    pub customer: String,
    /// `company` or `person`.
    pub customer_kind: String,
    /// *Company name*
    pub company: String,
    /// *First name*
    pub first_name: String,
    /// *Last name*
    pub last_name: String,
    /// *Email address*
    pub email: String,
    /// An address at work beside that one; may be empty.
    pub work_email: String,
    /// The mobile telephone; may be empty.
    pub phone: String,
    /// The telephone at work; may be empty.
    pub work_phone: String,
    /// Another telephone; may be empty.
    pub other_phone: String,
    /// *Address*
    pub address1: String,
    /// *Address, second line*
    pub address2: String,
    /// *City*
    pub city: String,
    /// *State or province*
    pub state: String,
    /// The county; may be empty.
    pub county: String,
    /// *Postal code*
    pub postal_code: String,
    /// *Country*
    pub country: String,
    /// *Currency*
    pub currency: String,
    /// *Quantity*
    pub quantity: String,
    /// *Start date*
    pub starts_on: String,
    /// The add-ons by offer ID, each with its quantity: empty or `0` for none,
    /// `1` for one that has no quantity.
    pub add_ons: BTreeMap<String, String>,
}

/// What is ordered at the checkout, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// For whom.
    pub customer: CheckoutCustomer,
    /// How many units; `None` where the offer counts none.
    pub quantity: Option<Decimal>,
    /// The subscription's first day.
    pub starts_on: Date,
    /// The add-ons, each with its quantity where it counts any.
    pub add_ons: Vec<(OfferId, Option<Decimal>)>,
}

/// For whom something is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckoutCustomer {
    /// One of the organisation's end customers.
    Existing(CustomerId),
    /// One that is made with the order.
    New(Box<NewEndCustomer>),
}

/// An end customer that is made with an order. Limits as in Zuora's API
/// (contact of "Create an order").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEndCustomer {
    /// The company's name, or the person's: one line, 1 to 255 characters.
    pub name: String,
    /// One line, 1 to 100 characters.
    pub first_name: String,
    /// One line, 1 to 100 characters.
    pub last_name: String,
    /// The email address.
    pub email: Email,
    /// An address at work beside that one.
    pub work_email: Option<Email>,
    /// One line, up to 40 characters; may be empty.
    pub phone: String,
    /// One line, up to 40 characters; may be empty.
    pub work_phone: String,
    /// One line, up to 40 characters; may be empty.
    pub other_phone: String,
    /// One line, 1 to 255 characters.
    pub address1: String,
    /// One line, up to 255 characters; may be empty.
    pub address2: String,
    /// One line, 1 to 100 characters.
    pub city: String,
    /// One line, up to 100 characters; may be empty.
    pub state: String,
    /// One line, up to 100 characters; may be empty.
    pub county: String,
    /// One line, up to 20 characters; may be empty.
    pub postal_code: String,
    /// Two letters (ISO 3166-1).
    pub country: String,
    /// One of the offer's currencies.
    pub currency: Currency,
}

impl CheckoutForm {
    /// Checks what was typed at this checkout. Whether an end customer who is
    /// not on the page is the organisation's own, only the server knows.
    ///
    /// # Errors
    /// What is wrong with each field, in words for the partner.
    pub fn parse(&self, page: &CheckoutPage) -> Result<Checkout, FieldErrors> {
        let mut errors = FieldErrors::new();
        let customer = self.customer(page, &mut errors);
        let quantity = errors.take(field::QUANTITY, units(&page.offer, &self.quantity));
        let starts_on = errors.take(field::STARTS_ON, self.start(page.today));
        let currency = match &customer {
            Some(CheckoutCustomer::New(new)) => Some(new.currency),
            Some(CheckoutCustomer::Existing(id)) => {
                let known = page.customers.iter().find(|customer| customer.id == *id);
                known.and_then(|customer| customer.currency)
            }
            None => None,
        };
        let add_ons = errors.take(field::ADD_ONS, self.chosen_add_ons(page, currency));
        match (customer, quantity, starts_on, add_ons) {
            (Some(customer), Some(quantity), Some(starts_on), Some(add_ons))
                if errors.is_empty() =>
            {
                Ok(Checkout { customer, quantity, starts_on, add_ons })
            }
            _ => Err(errors),
        }
    }

    fn customer(&self, page: &CheckoutPage, errors: &mut FieldErrors) -> Option<CheckoutCustomer> {
        if self.customer.trim() == NEW_CUSTOMER {
            return self.new_customer(page, errors).map(|new| CheckoutCustomer::New(Box::new(new)));
        }
        let chosen = self.customer.trim().parse::<CustomerId>();
        let chosen = chosen.map_err(|_| "Choose one of your end customers, or a new one.");
        let chosen = errors.take(field::CUSTOMER, chosen)?;
        let known = page.customers.iter().find(|customer| customer.id == chosen);
        if let Some(known) = known
            && let Some(currency) = known.currency
            && !page.offer.currencies.contains(&currency)
        {
            let message = format!(
                "{} is invoiced in {currency}, and {} is sold in {}. Choose another end customer or a new one.",
                known.name,
                page.offer.name,
                listed(&page.offer.currencies)
            );
            errors.push(field::CUSTOMER, message);
            return None;
        }
        Some(CheckoutCustomer::Existing(chosen))
    }

    fn new_customer(
        &self,
        page: &CheckoutPage,
        errors: &mut FieldErrors,
    ) -> Option<NewEndCustomer> {
        let is_person = match self.customer_kind.trim() {
            "person" => Some(true),
            "company" => Some(false),
            _ => {
                errors.push(field::CUSTOMER_KIND, "Choose Company or Person.");
                None
            }
        };
        let company = match is_person {
            Some(false) => {
                errors.take(field::COMPANY, needed(&self.company, 255, "Enter the company’s name."))
            }
            _ => None,
        };
        let first_name =
            errors.take(field::FIRST_NAME, needed(&self.first_name, 100, "Enter the first name."));
        let last_name =
            errors.take(field::LAST_NAME, needed(&self.last_name, 100, "Enter the last name."));
        let work_email = errors.take(field::WORK_EMAIL, optional_email(&self.work_email));
        let email = errors.take(field::EMAIL, email(&self.email));
        let phone = errors.take(field::PHONE, optional(&self.phone, LONGEST_PHONE));
        let work_phone = errors.take(field::WORK_PHONE, optional(&self.work_phone, LONGEST_PHONE));
        let other_phone =
            errors.take(field::OTHER_PHONE, optional(&self.other_phone, LONGEST_PHONE));
        let address1 =
            errors.take(field::ADDRESS1, needed(&self.address1, 255, "Enter the address."));
        let address2 = errors.take(field::ADDRESS2, optional(&self.address2, 255));
        let postal_code = errors.take(field::POSTAL_CODE, optional(&self.postal_code, 20));
        let city = errors.take(field::CITY, needed(&self.city, 100, "Enter the city."));
        let state = errors.take(field::STATE, optional(&self.state, 100));
        let county = errors.take(field::COUNTY, optional(&self.county, 100));
        let country = errors.take(field::COUNTRY, country::parse(&self.country));
        let currency = errors.take(field::CURRENCY, self.chosen_currency(&page.offer));
        let (first_name, last_name) = first_name.zip(last_name)?;
        let name = if is_person? { format!("{first_name} {last_name}") } else { company? };
        Some(NewEndCustomer {
            name,
            first_name,
            last_name,
            email: email?,
            work_email: work_email?,
            phone: phone?,
            work_phone: work_phone?,
            other_phone: other_phone?,
            address1: address1?,
            address2: address2?,
            city: city?,
            state: state?,
            county: county?,
            postal_code: postal_code?,
            country: country?.to_owned(),
            currency: currency?,
        })
    }

    fn chosen_currency(&self, offer: &ShopOffer) -> Result<Currency, String> {
        Currency::parse(&self.currency)
            .ok()
            .filter(|currency| offer.currencies.contains(currency))
            .ok_or_else(|| format!("Choose the currency: {}.", listed(&offer.currencies)))
    }

    fn start(&self, today: Date) -> Result<Date, String> {
        let start = day::parse(&self.starts_on)?;
        if start < today {
            return Err("Choose today or a later day.".to_owned());
        }
        let last = today.saturating_add(FARTHEST_START);
        if start > last {
            return Err(format!("Choose a day up to {}.", day::full(last)));
        }
        Ok(start)
    }

    fn chosen_add_ons(
        &self,
        page: &CheckoutPage,
        currency: Option<Currency>,
    ) -> Result<Vec<(OfferId, Option<Decimal>)>, String> {
        let is_chosen = |typed: &&str| !matches!(*typed, "" | "0");
        let mut chosen = Vec::new();
        for (id, typed) in &self.add_ons {
            let Some(typed) = Some(typed.trim()).filter(is_chosen) else { continue };
            let add_on = page.add_ons.iter().find(|add_on| add_on.id.to_string() == *id);
            let add_on = add_on.ok_or("One of the add-ons is no longer sold. Reload the page.")?;
            if let Some(currency) = currency
                && !add_on.currencies.contains(&currency)
            {
                return Err(format!("{} is not sold in {currency}.", add_on.name));
            }
            let quantity =
                units(add_on, typed).map_err(|problem| format!("{}: {problem}", add_on.name))?;
            chosen.push((add_on.id, quantity));
        }
        Ok(chosen)
    }
}

/// A quantity where the offer counts units, and none where it does not.
fn units(offer: &ShopOffer, typed: &str) -> Result<Option<Decimal>, String> {
    if offer.takes_quantity {
        return parse_quantity(typed).map(Some);
    }
    match typed.trim().parse::<Decimal>() {
        Ok(several) if several > Decimal::ONE => Err(SOLD_ONCE.to_owned()),
        _ => Ok(None),
    }
}

fn needed(raw: &str, most: usize, missing: &str) -> Result<String, String> {
    single_line(raw, most).map_err(|error| match error {
        LineError::Empty => missing.to_owned(),
        LineError::TooLong(most) => format!("Shorten this to {most} characters or fewer."),
        LineError::Control => "Remove the control characters.".to_owned(),
    })
}

fn optional(raw: &str, most: usize) -> Result<String, String> {
    if raw.trim().is_empty() { Ok(String::new()) } else { needed(raw, most, "") }
}

/// An email address that Zuora takes.
fn email(raw: &str) -> Result<Email, String> {
    let email = Email::parse(raw)?;
    if email.as_str().len() > LONGEST_EMAIL {
        return Err(format!("Enter an email address of at most {LONGEST_EMAIL} characters."));
    }
    Ok(email)
}

fn optional_email(raw: &str) -> Result<Option<Email>, String> {
    if raw.trim().is_empty() { Ok(None) } else { email(raw).map(Some) }
}

/// "EUR", "EUR or USD", "EUR, GBP or USD".
fn listed(currencies: &[Currency]) -> String {
    match currencies {
        [] => String::new(),
        [only] => only.to_string(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(Currency::as_str).collect();
            format!("{} or {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
