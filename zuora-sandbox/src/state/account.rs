//! Accounts and their contacts.

use crate::clock::Moment;
use crate::fields::{Custom, Fields};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Whether an account can be ordered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Not yet in use; the first order makes it active.
    Draft,
    /// No longer in use. Zuora spells it with one l.
    Canceled,
}

impl AccountStatus {
    /// As Zuora writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Draft => "Draft",
            Self::Canceled => "Canceled",
        }
    }
}

/// A bill-to or sold-to contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// 32 hexadecimal digits.
    pub id: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Email at work.
    pub work_email: String,
    /// Email at home.
    pub personal_email: String,
    /// Telephone at work.
    pub work_phone: String,
    /// Mobile telephone.
    #[serde(default)]
    pub mobile_phone: String,
    /// Another telephone.
    #[serde(default)]
    pub other_phone: String,
    /// First line of the address.
    pub address1: String,
    /// Second line of the address.
    pub address2: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: String,
    /// County.
    #[serde(default)]
    pub county: String,
    /// Postal code.
    pub postal_code: String,
    /// Country, as a name or an ISO code, as it was given.
    pub country: Option<String>,
    /// Custom fields.
    pub custom: Custom,
}

impl Contact {
    /// Reads a contact. Accounts call the postal code `zipCode`, orders
    /// `postalCode`; both are taken.
    ///
    /// # Errors
    /// When a name is missing or a field is too long.
    pub fn read(fields: &Fields<'_>, id: String) -> Result<Self, Refusal> {
        let text = |name, most| fields.text(name, most).map(Option::unwrap_or_default);
        let postal_code = match fields.text("postalCode", 20)? {
            Some(code) => code,
            None => text("zipCode", 20)?,
        };
        Ok(Self {
            id,
            first_name: fields.need_text("firstName", 100)?,
            last_name: fields.need_text("lastName", 100)?,
            work_email: text("workEmail", 80)?,
            personal_email: text("personalEmail", 80)?,
            work_phone: text("workPhone", 40)?,
            mobile_phone: text("mobilePhone", 40)?,
            other_phone: text("otherPhone", 40)?,
            address1: text("address1", 255)?,
            address2: text("address2", 255)?,
            city: text("city", 100)?,
            state: text("state", 100)?,
            county: text("county", 100)?,
            postal_code,
            country: fields.text("country", 64)?,
            custom: fields.custom_here(),
        })
    }

    /// As an account's answer has it.
    #[must_use]
    pub fn in_account(&self) -> Value {
        let mut value = json!({
            "id": self.id,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "nickname": "",
            "address1": self.address1,
            "address2": self.address2,
            "city": self.city,
            "state": self.state,
            "zipCode": self.postal_code,
            "county": self.county,
            "country": self.country,
            "taxRegion": "",
            "workEmail": self.work_email,
            "personalEmail": self.personal_email,
            "workPhone": self.work_phone,
            "homePhone": "",
            "mobilePhone": self.mobile_phone,
            "otherPhone": self.other_phone,
            "otherPhoneType": Value::Null,
            "fax": "",
        });
        extend(&mut value, &self.custom);
        value
    }

    /// As an account's summary has it: with fewer fields.
    #[must_use]
    pub fn in_summary(&self) -> Value {
        let mut value = self.in_account();
        if let Value::Object(fields) = &mut value {
            for absent in [
                "nickname",
                "personalEmail",
                "homePhone",
                "mobilePhone",
                "otherPhone",
                "otherPhoneType",
            ] {
                fields.remove(absent);
            }
        }
        value
    }
}

/// Adds custom fields to an object.
pub(crate) fn extend(value: &mut Value, custom: &Custom) {
    if let Value::Object(fields) = value {
        fields.extend(custom.clone());
    }
}

/// A customer account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Number, such as `A00000001`.
    pub number: String,
    /// Name of the company or person.
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it can be ordered for.
    pub status: AccountStatus,
    /// The account's identifier in the CRM; Salesforce's `001…`.
    pub crm_id: String,
    /// Whether it is one of Zuora's reseller accounts.
    pub partner_account: bool,
    /// The account it belongs to, by identifier.
    pub parent_id: Option<String>,
    /// Day of the month on which its bills are due, 0 for the first order's.
    pub bill_cycle_day: u8,
    /// When its invoices are due: `Net 30`, `Due Upon Receipt`.
    pub payment_term: String,
    /// Whether payments are collected by themselves.
    pub auto_pay: bool,
    /// The batch it is billed in.
    pub batch: String,
    /// Notes.
    pub notes: String,
    /// Who is billed.
    pub bill_to: Contact,
    /// Who uses what is sold.
    pub sold_to: Contact,
    /// Custom fields.
    pub custom: Custom,
    /// When it was created.
    pub created: Moment,
    /// When it was last changed.
    pub updated: Moment,
}

impl Account {
    /// How many days after its date an invoice is due.
    #[must_use]
    pub fn days_to_pay(&self) -> i64 {
        self.payment_term.strip_prefix("Net ").and_then(|days| days.parse().ok()).unwrap_or(0)
    }
}
