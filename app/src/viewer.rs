//! Who looks at the page, and what the server says once per page load.

use crate::domain::{Locale, LogoUrl, Money, OpenPages, OrganisationId, OrganisationName};
use crate::flash::Flash;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Who looks at the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Viewer {
    /// Nobody is signed in.
    #[default]
    Nobody,
    /// An admin.
    Admin {
        /// The admin's name.
        name: String,
        /// The admin's email address.
        email: String,
    },
    /// A partner user.
    Partner {
        /// The person's name.
        name: String,
        /// The person's email address.
        email: String,
        /// Their organisation.
        organisation: OrganisationId,
        /// Its name.
        organisation_name: OrganisationName,
        /// Its logo.
        organisation_logo: Option<LogoUrl>,
        /// Which groups of pages are open to its users.
        #[serde(default)]
        open: OpenPages,
    },
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Name of the cookie that remembers the theme; scripts may read it.
pub const THEME_COOKIE: &str = "partners_theme";

impl Theme {
    /// All, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The value in the cookie, the form and `data-theme`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on the switch.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Reads a cookie's or a form's value; anything unknown is the system's.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text).unwrap_or_default()
    }
}

/// What the server says once per page load, to the pages on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    /// Who looks at the page.
    pub viewer: Viewer,
    /// The theme in force.
    pub theme: Theme,
    /// How the reader writes numbers and money.
    #[serde(default)]
    pub locale: Locale,
    /// The outcome of a plain form post, if this page follows one.
    pub flash: Option<Flash>,
    /// Whether codes for new passwords can be mailed.
    pub mails_codes: bool,
    /// Whether people can sign in on a page of the identity provider's own.
    #[serde(default)]
    pub has_hosted_page: bool,
    /// How many webhooks are told nothing any more though no admin has said so;
    /// for admins alone.
    #[serde(default)]
    pub stopped_webhooks: usize,
    /// A fresh key for a form on this page, made on the server so that both
    /// sides render the same.
    pub creation_key: uuid::Uuid,
    /// Address of the sprite of icons.
    #[serde(default)]
    pub icons: String,
    /// Address of the product's mark.
    #[serde(default)]
    pub mark: String,
}

/// What the server said for this page load.
#[must_use]
pub fn use_page() -> PageContext {
    use_context().unwrap_or_default()
}

/// Money as the reader writes it.
#[must_use]
pub fn amount(money: &Money) -> String {
    use_page().locale.money(money)
}

/// Who looks at the page.
#[must_use]
pub fn use_viewer() -> Viewer {
    use_page().viewer
}

/// Whether the Shop is open to who looks at the page.
#[must_use]
pub fn can_shop() -> bool {
    matches!(use_viewer(), Viewer::Partner { open, .. } if open.shop)
}
