//! For which partner organisations something is there.

use super::fields::FieldErrors;
use super::organisation::OrganisationId;
use super::text::{LineError, single_line};
use serde::{Deserialize, Serialize};

/// For which partner organisations something is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// All of them, also those to come.
    All,
    /// These and no others.
    Chosen(Vec<OrganisationId>),
}

impl Audience {
    /// Whether it is there for this one.
    #[must_use]
    pub fn has(&self, organisation: OrganisationId) -> bool {
        match self {
            Self::All => true,
            Self::Chosen(chosen) => chosen.contains(&organisation),
        }
    }
}

/// The pages that partner users may have beside their first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerPages {
    /// Where they buy for end customers.
    Shop,
    /// Where they look after customers, subscriptions and invoices.
    SelfService,
}

impl PartnerPages {
    /// Both, in the order of the settings.
    pub const ALL: [Self; 2] = [Self::Shop, Self::SelfService];

    /// The word in the database, forms and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::SelfService => "self_service",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Shop => "Shop",
            Self::SelfService => "Self-Service",
        }
    }
}

/// Who reaches a group of partner pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageAccess {
    /// Nobody.
    Off,
    /// The users of these organisations.
    For(Audience),
}

impl PageAccess {
    /// Whether the users of this organisation do.
    #[must_use]
    pub fn admits(&self, organisation: OrganisationId) -> bool {
        match self {
            Self::Off => false,
            Self::For(audience) => audience.has(organisation),
        }
    }
}

/// *Settings › Profile › Partner pages*
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerPagesSettings {
    /// Who reaches the Shop.
    pub shop: PageAccess,
    /// Who reaches Self-Service.
    pub self_service: PageAccess,
    /// Whom partner users are told to ask where a page is not open to them:
    /// a name, an email address or a sentence; may be empty.
    pub contact: String,
}

/// What one organisation's users reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPages {
    /// The Shop.
    pub shop: bool,
    /// Self-Service.
    pub self_service: bool,
}

/// What was typed on *Partner pages*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartnerPagesForm {
    /// *Shop*: `off`, `all` or `chosen`.
    pub shop: String,
    /// The chosen partner organisations' IDs.
    pub shop_partners: Vec<String>,
    /// *Self-Service*: `off`, `all` or `chosen`.
    pub self_service: String,
    /// The chosen partner organisations' IDs.
    pub self_service_partners: Vec<String>,
    /// *Whom to ask*
    pub contact: String,
}

/// Names of that form's fields.
pub mod field {
    /// *Shop*
    pub const SHOP: &str = "shop";
    /// The partner organisations that reach the Shop.
    pub const SHOP_PARTNERS: &str = "shop_partners";
    /// *Self-Service*
    pub const SELF_SERVICE: &str = "self_service";
    /// The partner organisations that reach Self-Service.
    pub const SELF_SERVICE_PARTNERS: &str = "self_service_partners";
    /// *Whom to ask*
    pub const CONTACT: &str = "contact";
}

/// The longest text on whom to ask, in characters.
const MAXIMUM_CONTACT: usize = 200;

impl PartnerPagesForm {
    /// Checks what was typed.
    ///
    /// # Errors
    /// What is wrong with each field, in words for the admin.
    pub fn parse(&self) -> Result<PartnerPagesSettings, FieldErrors> {
        let mut errors = FieldErrors::new();
        let shop = access(&mut errors, &self.shop, &self.shop_partners, field::SHOP);
        let self_service = access(
            &mut errors,
            &self.self_service,
            &self.self_service_partners,
            field::SELF_SERVICE,
        );
        let contact = match single_line(&self.contact, MAXIMUM_CONTACT) {
            Err(LineError::Empty) => Ok(String::new()),
            Err(LineError::TooLong(most)) => Err(format!("Shorten it to {most} characters.")),
            Err(LineError::Control) => Err("Remove the control characters.".to_owned()),
            Ok(contact) => Ok(contact),
        };
        let contact = errors.take(field::CONTACT, contact);
        match (shop, self_service, contact) {
            (Some(shop), Some(self_service), Some(contact)) if errors.is_empty() => {
                Ok(PartnerPagesSettings { shop, self_service, contact })
            }
            _ => Err(errors),
        }
    }
}

fn access(
    errors: &mut FieldErrors,
    word: &str,
    partners: &[String],
    name: &str,
) -> Option<PageAccess> {
    let chosen = || Audience::parse(word, partners).map(PageAccess::For);
    errors.take(name, if word == "off" { Ok(PageAccess::Off) } else { chosen() })
}

impl Audience {
    /// Reads a choice: `all`, or `chosen` with the organisations' IDs.
    ///
    /// # Errors
    /// A sentence for the admin who made it.
    pub fn parse(word: &str, chosen: &[String]) -> Result<Self, String> {
        match word {
            "all" => Ok(Self::All),
            "chosen" if chosen.is_empty() => {
                Err("Choose at least one partner organisation.".to_owned())
            }
            "chosen" => {
                let mut ids =
                    chosen.iter().map(|id| id.parse()).collect::<Result<Vec<_>, _>>().map_err(
                        |_| "Choose the partner organisations from the list.".to_owned(),
                    )?;
                ids.sort_unstable();
                ids.dedup();
                Ok(Self::Chosen(ids))
            }
            _ => Err("Choose one.".to_owned()),
        }
    }
}
