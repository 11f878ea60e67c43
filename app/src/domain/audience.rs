//! For which partner organisations something is there.

use super::organisation::OrganisationId;
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
