//! Partner organisations: the resellers of a subscription business.

use super::fields::FieldErrors;
use super::text::{LineError, comparison_key, single_line};
use super::timestamp::Timestamp;
use super::web_address::{WebAddress, authority};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Names of the form's fields, which are the API's too.
pub mod field {
    /// *Partner organisation name*
    pub const NAME: &str = "name";
    /// *Logo (URL)*
    pub const LOGO: &str = "logo";
    /// *Zuora account ID*
    pub const ZUORA_ACCOUNT: &str = "zuora_account_id";
    /// *Salesforce account ID*
    pub const SALESFORCE_ACCOUNT: &str = "salesforce_account_id";
    /// *Zuora Invoice Owner*
    pub const INVOICE_OWNER: &str = "invoice_owner";
}

/// The *Partner Organisation ID*: a UUID of version 7, assigned by the system.
/// The default is the one that no organisation has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct OrganisationId(pub Uuid);

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for OrganisationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// A partner organisation's name: one line of 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationName(String);

/// The longest name, in characters.
pub const MAXIMUM_NAME: usize = 200;

impl OrganisationName {
    /// Normalises and checks a typed name.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        single_line(raw, MAXIMUM_NAME).map(Self).map_err(|error| match error {
            LineError::Empty => "Enter the partner organisation’s name.".to_owned(),
            LineError::TooLong(max) => format!("Shorten the name to {max} characters or fewer."),
            LineError::Control => "Remove the control characters from the name.".to_owned(),
        })
    }

    /// The name as shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as compared and sorted.
    #[must_use]
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

/// The address of a logo: an absolute `https` URL without credentials, of at
/// most 2,048 characters. Only browsers load it; the server never does. A host
/// with letters beyond ASCII is given in its punycode form: the tables that
/// translate the others would be a fifth of what the browser loads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogoUrl(String);

/// The longest logo URL, in characters.
pub const MAXIMUM_LOGO: usize = 2_048;

impl LogoUrl {
    /// Checks a typed URL.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let raw = raw.trim();
        if raw.chars().count() > MAXIMUM_LOGO {
            return Err("Use a logo URL of at most 2,048 characters.".to_owned());
        }
        if !authority(raw).is_ascii() {
            return Err(
                "Write the host of the logo’s address in its ASCII form (xn--…).".to_owned()
            );
        }
        let address = WebAddress::read(raw).ok_or_else(|| {
            "Enter the whole address of the logo, starting with https://".to_owned()
        })?;
        if address.scheme != "https" {
            return Err("Use a logo address that starts with https://".to_owned());
        }
        if address.has_credentials {
            return Err("Remove the user name and password from the logo’s address.".to_owned());
        }
        if address.normal.chars().count() > MAXIMUM_LOGO {
            return Err("Use a logo URL of at most 2,048 characters.".to_owned());
        }
        Ok(Self(address.normal))
    }

    /// The URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A Zuora account: its ID (32 hexadecimal digits) or its account number (at
/// most 50 characters, none of `#`, `?`, `/` or white space, which Zuora does
/// not allow in the path of its API).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZuoraAccountId(String);

/// The longest account number, in characters (Zuora's API: `accountNumber`).
pub const MAXIMUM_ZUORA: usize = 50;

impl ZuoraAccountId {
    /// Checks a typed ID or account number.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err("Enter the Zuora account ID or account number.".to_owned());
        }
        if raw.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '#' | '?' | '/'))
        {
            return Err(
                "Remove white space and the characters # ? / from the Zuora account ID.".to_owned()
            );
        }
        if raw.chars().count() > MAXIMUM_ZUORA {
            return Err(format!(
                "Enter a Zuora ID (32 hexadecimal digits) or an account number of at most {MAXIMUM_ZUORA} characters."
            ));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The ID or number as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID as compared: two spellings of one account are equal here.
    #[must_use]
    pub fn key(&self) -> String {
        comparison_key(&self.0)
    }
}

/// A Salesforce account ID in either form: 15 case-sensitive characters, or
/// those and a checksum of three. Accounts begin with `001` (Salesforce help:
/// "Standard field record ID prefix decoder").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SalesforceAccountId(String);

impl SalesforceAccountId {
    /// Checks a typed ID.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let raw = raw.trim();
        if !raw.bytes().all(|byte| byte.is_ascii_alphanumeric()) || !matches!(raw.len(), 15 | 18) {
            return Err("Enter a Salesforce ID of 15 or 18 letters and digits.".to_owned());
        }
        if !raw.starts_with("001") {
            return Err("Enter the ID of a Salesforce account: it begins with 001.".to_owned());
        }
        let (id, checksum) = raw.split_at(15);
        if !checksum.is_empty() && !checksum.eq_ignore_ascii_case(&checksum_of(id)) {
            return Err(
                "Check the Salesforce ID: its last three characters do not fit the rest. A letter may be wrong or in the wrong case.".to_owned(),
            );
        }
        Ok(Self(format!("{id}{}", checksum.to_ascii_uppercase())))
    }

    /// The ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name one account, in whichever form.
    #[must_use]
    pub fn is_same_account(&self, other: &Self) -> bool {
        self.0[..15] == other.0[..15]
    }
}

/// The three characters that make a 15-character Salesforce ID safe to compare
/// without case: per group of five, one bit for each capital letter.
fn checksum_of(id: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    id.as_bytes()
        .chunks(5)
        .map(|group| {
            let bits = group.iter().enumerate().fold(0_usize, |bits, (position, byte)| {
                bits | usize::from(byte.is_ascii_uppercase()) << position
            });
            char::from(ALPHABET[bits & 31])
        })
        .collect()
}

/// Who receives the invoices of subscriptions that the partner sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceOwner {
    /// A resulting subscription's invoice owner is the organisation's Zuora account.
    Partner,
    /// A resulting subscription's invoice owner is the Zuora account created
    /// for the end customer with the new subscription.
    EndCustomer,
}

impl InvoiceOwner {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Partner, Self::EndCustomer];

    /// The value in forms, URLs, the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::EndCustomer => "end_customer",
        }
    }

    /// The name people see.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Partner => "Partner",
            Self::EndCustomer => "End customer",
        }
    }

    /// What the choice does to a resulting subscription.
    #[must_use]
    pub const fn effect(self) -> &'static str {
        match self {
            Self::Partner => {
                "Invoices for their customers’ subscriptions go to this organisation’s Zuora account."
            }
            Self::EndCustomer => {
                "Invoices go to the Zuora account created for each customer with the new subscription."
            }
        }
    }
}

impl FromStr for InvoiceOwner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|owner| owner.as_str() == text)
            .ok_or_else(|| "Choose who receives the invoices: Partner or End customer.".to_owned())
    }
}

macro_rules! text_value {
    ($($name:ty),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
text_value!(OrganisationName, LogoUrl, ZuoraAccountId, SalesforceAccountId);

/// What *Create Partner* asks for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationForm {
    /// *Partner organisation name*
    #[serde(default)]
    pub name: String,
    /// *Logo (URL)*; empty for none.
    #[serde(default)]
    pub logo: String,
    /// *Zuora account ID*
    #[serde(default)]
    pub zuora_account_id: String,
    /// *Salesforce account ID*; empty for none.
    #[serde(default)]
    pub salesforce_account_id: String,
    /// *Zuora Invoice Owner*; empty while nothing is chosen.
    #[serde(default)]
    pub invoice_owner: String,
}

impl OrganisationForm {
    /// Checks all fields.
    ///
    /// # Errors
    /// Every field's problem.
    pub fn parse(&self, uses_salesforce: bool) -> Result<NewOrganisation, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take(field::NAME, OrganisationName::parse(&self.name));
        let logo = errors.take(field::LOGO, optional(&self.logo, LogoUrl::parse));
        let zuora =
            errors.take(field::ZUORA_ACCOUNT, ZuoraAccountId::parse(&self.zuora_account_id));
        let salesforce = errors.take(
            field::SALESFORCE_ACCOUNT,
            parse_salesforce(&self.salesforce_account_id, uses_salesforce),
        );
        let owner = errors.take(field::INVOICE_OWNER, self.invoice_owner.parse());
        match (name, logo, zuora, salesforce, owner) {
            (
                Some(name),
                Some(logo),
                Some(zuora_account),
                Some(salesforce_account),
                Some(invoice_owner),
            ) => {
                Ok(NewOrganisation { name, logo, zuora_account, salesforce_account, invoice_owner })
            }
            _ => Err(errors),
        }
    }
}

fn optional<T>(raw: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if raw.trim().is_empty() { Ok(None) } else { parse(raw).map(Some) }
}

fn parse_salesforce(
    raw: &str,
    uses_salesforce: bool,
) -> Result<Option<SalesforceAccountId>, String> {
    match optional(raw, SalesforceAccountId::parse)? {
        None if uses_salesforce => {
            Err("Enter a Salesforce account ID. This installation uses Salesforce.".to_owned())
        }
        id => Ok(id),
    }
}

/// A valid partner organisation that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganisation {
    /// Its name.
    pub name: OrganisationName,
    /// Its logo, if it has one.
    pub logo: Option<LogoUrl>,
    /// Its account in Zuora.
    pub zuora_account: ZuoraAccountId,
    /// Its account in Salesforce, if it has one.
    pub salesforce_account: Option<SalesforceAccountId>,
    /// Who receives the invoices of what it sells.
    pub invoice_owner: InvoiceOwner,
}

/// The only two things about an organisation that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationEdit {
    /// The new name.
    pub name: OrganisationName,
    /// The new logo, or none.
    pub logo: Option<LogoUrl>,
}

impl OrganisationEdit {
    /// Checks a typed edit.
    ///
    /// # Errors
    /// Every field's problem.
    pub fn parse(name: &str, logo: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take(field::NAME, OrganisationName::parse(name));
        let logo = errors.take(field::LOGO, optional(logo, LogoUrl::parse));
        match (name, logo) {
            (Some(name), Some(logo)) => Ok(Self { name, logo }),
            _ => Err(errors),
        }
    }
}

/// A partner organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// *Partner Organisation ID*
    pub id: OrganisationId,
    /// Its name; can be edited.
    pub name: OrganisationName,
    /// Its logo; can be edited.
    pub logo: Option<LogoUrl>,
    /// Its account in Zuora; fixed.
    pub zuora_account: ZuoraAccountId,
    /// Its account in Salesforce; fixed.
    pub salesforce_account: Option<SalesforceAccountId>,
    /// Who receives the invoices of what it sells; fixed.
    pub invoice_owner: InvoiceOwner,
    /// How often it was changed, to notice two admins editing at once.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
    /// Since when its users cannot sign in; `None` while it is active.
    pub suspended_at: Option<Timestamp>,
}

/// A row of the partners table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationRow {
    /// The organisation.
    pub organisation: Organisation,
    /// How many partner users it has.
    pub users: i64,
    /// What is wrong or not yet known about its account, where a billing system
    /// is connected.
    pub account_doubt: Option<AccountDoubt>,
}

/// Why an organisation's account cannot be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountDoubt {
    /// The billing system could not be asked yet.
    Unverified,
    /// It has no such account.
    Unknown,
    /// The account is no longer in use.
    Cancelled,
}

impl AccountDoubt {
    /// The words in the table.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unverified => "Not verified yet",
            Self::Unknown => "Not in Zuora",
            Self::Cancelled => "Cancelled in Zuora",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form() -> OrganisationForm {
        OrganisationForm {
            name: " Acme  Resellers ".to_owned(),
            logo: "https://cdn.example/acme.png".to_owned(),
            zuora_account_id: "A00001234".to_owned(),
            salesforce_account_id: "001D000000IRFma".to_owned(),
            invoice_owner: "partner".to_owned(),
        }
    }

    #[test]
    fn a_good_form_becomes_an_organisation() {
        let new = form().parse(true).expect("valid");
        assert_eq!(new.name.as_str(), "Acme Resellers");
        assert_eq!(new.invoice_owner, InvoiceOwner::Partner);
    }

    #[test]
    fn every_missing_field_is_named() {
        let errors = OrganisationForm::default().parse(true).expect_err("all is missing");
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [field::NAME, field::ZUORA_ACCOUNT, field::SALESFORCE_ACCOUNT, field::INVOICE_OWNER]
        );
    }

    #[test]
    fn salesforce_is_optional_until_the_installation_uses_it() {
        let form = OrganisationForm { salesforce_account_id: String::new(), ..form() };
        assert!(form.parse(false).is_ok());
        let errors = form.parse(true).expect_err("required");
        assert_eq!(
            errors.of(field::SALESFORCE_ACCOUNT).map(|error| error.message.as_str()),
            Some("Enter a Salesforce account ID. This installation uses Salesforce.")
        );
    }

    #[test]
    fn logos_are_https_without_credentials() {
        for bad in [
            "http://cdn.example/a.png",
            "//cdn.example/a.png",
            "cdn.example/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://ann:secret@cdn.example/a.png",
            "https://",
            "https://bücher.example/a.png",
        ] {
            assert!(LogoUrl::parse(bad).is_err(), "{bad}");
        }
        assert!(LogoUrl::parse(&format!("https://cdn.example/{}", "a".repeat(2_048))).is_err());
    }

    #[test]
    fn zuora_accounts_are_ids_or_numbers() {
        assert!(ZuoraAccountId::parse("2c92c0f978f2a3c10178f4b0a1b2c3d4").is_ok());
        assert!(ZuoraAccountId::parse("A-00001234").is_ok());
        for bad in ["", "A 1", "A/1", "A?1", "A#1", &"9".repeat(51)] {
            assert!(ZuoraAccountId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn salesforce_checksums_are_verified() {
        assert_eq!(checksum_of("001D000000IRFma"), "IAH");
        assert!(SalesforceAccountId::parse("001D000000IRFmaIAH").is_ok());
        assert!(SalesforceAccountId::parse("001D000000IRFMAIAH").is_err());
        assert!(SalesforceAccountId::parse("003D000000IRFma").is_err());
        assert!(SalesforceAccountId::parse("001D000000IRFm").is_err());
    }

    proptest! {
        #[test]
        fn a_changed_capital_breaks_the_checksum(tail in "[a-zA-Z]{12}", position in 3_usize..15) {
            let id = format!("001{tail}");
            let whole = format!("{id}{}", checksum_of(&id));
            prop_assert!(SalesforceAccountId::parse(&whole).is_ok());
            let mut flipped = whole.into_bytes();
            flipped[position] ^= 0x20;
            let flipped = String::from_utf8(flipped).expect("ASCII");
            prop_assert!(SalesforceAccountId::parse(&flipped).is_err());
        }

        #[test]
        fn parsing_never_panics(name in ".*", logo in ".*", zuora in ".*", salesforce in ".*", owner in ".*") {
            let form = OrganisationForm {
                name, logo, zuora_account_id: zuora, salesforce_account_id: salesforce, invoice_owner: owner,
            };
            if let Ok(new) = form.parse(false) {
                prop_assert!(OrganisationName::parse(new.name.as_str()).as_ref() == Ok(&new.name));
                if let Some(logo) = new.logo {
                    prop_assert!(LogoUrl::parse(logo.as_str()).as_ref() == Ok(&logo));
                    prop_assert!(logo.as_str().starts_with("https://"));
                }
            }
        }
    }
}
