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

    /// The word in forms and the API.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Chosen(_) => "chosen",
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

    /// The word in the database, forms and the API.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::For(audience) => audience.as_str(),
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

impl OpenPages {
    /// Whether they reach these.
    #[must_use]
    pub const fn has(self, pages: PartnerPages) -> bool {
        match pages {
            PartnerPages::Shop => self.shop,
            PartnerPages::SelfService => self.self_service,
        }
    }
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
    let access = match word {
        "off" => Ok(PageAccess::Off),
        "all" | "chosen" => Audience::parse(word, partners).map(PageAccess::For),
        _ => Err("Choose who reaches these pages.".to_owned()),
    };
    errors.take(name, access)
}

impl Audience {
    /// Reads a choice: `all`, or `chosen` with the organisations' IDs. A text
    /// may have several, as typed where no list could be chosen from.
    ///
    /// # Errors
    /// A sentence for the admin who made it.
    pub fn parse(word: &str, chosen: &[String]) -> Result<Self, String> {
        match word {
            "all" => Ok(Self::All),
            "chosen" => {
                let ids = chosen
                    .iter()
                    .flat_map(|texts| texts.split(|c: char| c.is_whitespace() || c == ','))
                    .filter(|text| !text.is_empty());
                let mut ids = ids
                    .map(|id| id.parse().map_err(|_| not_an_id(id)))
                    .collect::<Result<Vec<_>, _>>()?;
                ids.sort_unstable();
                ids.dedup();
                match ids.len() {
                    0 => Err("Choose at least one partner organisation.".to_owned()),
                    1..=MOST_CHOSEN => Ok(Self::Chosen(ids)),
                    _ => Err("Choose at most 1,000 partner organisations, or all.".to_owned()),
                }
            }
            _ => Err("Choose which partners.".to_owned()),
        }
    }
}

/// How many organisations may be chosen: as many as a form holds.
const MOST_CHOSEN: usize = 1_000;
/// How much of a wrong ID is repeated.
const REPEATED: usize = 40;

fn not_an_id(text: &str) -> String {
    let text: String = text.chars().take(REPEATED).collect();
    format!("“{text}” is no Partner Organisation ID. Copy the ID from the partner’s page.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn form() -> PartnerPagesForm {
        PartnerPagesForm {
            shop: "all".to_owned(),
            self_service: "off".to_owned(),
            contact: "  Ada,\n ada@example.com ".to_owned(),
            ..PartnerPagesForm::default()
        }
    }

    #[test]
    fn a_whole_form_is_understood() {
        let settings = form().parse().expect("it is right");
        assert_eq!(settings.shop, PageAccess::For(Audience::All));
        assert_eq!(settings.self_service, PageAccess::Off);
        assert_eq!(settings.contact, "Ada, ada@example.com");
    }

    #[test]
    fn chosen_organisations_come_one_by_one_or_as_a_text() {
        let ids = [OrganisationId(Uuid::from_u128(1)), OrganisationId(Uuid::from_u128(2))];
        let one_by_one = ids.map(|id| id.to_string()).to_vec();
        let as_text = vec![format!(" {},\r\n{}\n{} ", ids[1], ids[0], ids[1])];
        for chosen in [one_by_one, as_text] {
            assert_eq!(Audience::parse("chosen", &chosen), Ok(Audience::Chosen(ids.to_vec())));
        }
        let audience = Audience::Chosen(ids.to_vec());
        assert!(audience.has(ids[0]));
        assert!(!audience.has(OrganisationId(Uuid::from_u128(3))));
    }

    #[test]
    fn what_is_wrong_is_said_beside_its_field() {
        let wrong = PartnerPagesForm {
            shop: "chosen".to_owned(),
            shop_partners: vec![" ".to_owned()],
            self_service: String::new(),
            contact: "a".repeat(MAXIMUM_CONTACT + 1),
            ..PartnerPagesForm::default()
        };
        let errors = wrong.parse().expect_err("it is wrong");
        let said = |name| errors.of(name).map(|error| error.message.as_str());
        assert_eq!(said(field::SHOP), Some("Choose at least one partner organisation."));
        assert_eq!(said(field::SELF_SERVICE), Some("Choose who reaches these pages."));
        assert_eq!(said(field::CONTACT), Some("Shorten it to 200 characters."));
    }

    #[test]
    fn what_is_no_id_is_named() {
        let wrong = Audience::parse("chosen", &["A-1".to_owned()]).expect_err("no ID");
        assert!(wrong.contains("“A-1”"), "{wrong}");
    }
}
