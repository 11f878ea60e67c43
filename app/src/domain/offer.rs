//! Offers: what partners may sell.

use super::audience::Audience;
use super::billing::{CatalogPlan, RatePlanId, Term};
use super::ids::uuid_id;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use time::Date;

uuid_id! {
    /// An offer's ID, a UUID of version 7.
    OfferId;
}

/// What an offer is bought as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// A base plan: a subscription begins with it.
    #[default]
    Plan,
    /// An add-on: it comes with a plan that allows it.
    AddOn,
}

impl OfferKind {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Plan, Self::AddOn];

    /// The word in the database, forms and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::AddOn => "add_on",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::AddOn => "Add-on",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Where an offer is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SalesChannel {
    /// The partners' Shop.
    Shop,
    /// Orders over the API.
    Api,
}

impl SalesChannel {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Shop, Self::Api];

    /// The word in the database, forms and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Api => "api",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Shop => "Shop",
            Self::Api => "API",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
}

/// Zuora's product catalog, as it was last read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Its rate plans, by product and name.
    pub plans: Vec<CatalogPlan>,
    /// When it was read; `None` while it never was.
    pub read_at: Option<Timestamp>,
    /// Whether the billing system did not answer when it was last asked.
    pub is_away: bool,
}

/// Whether partners see an offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Only admins do.
    #[default]
    Draft,
    /// Eligible partners do, while it is visible.
    Published,
}

impl OfferState {
    /// Both, in the order of the form.
    pub const ALL: [Self; 2] = [Self::Draft, Self::Published];

    /// The word in the database, forms and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Published => "Published",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What an admin says about an offer, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferContent {
    /// What is sold: a rate plan of Zuora's product catalog.
    pub rate_plan: RatePlanId,
    /// Plan or add-on.
    pub kind: OfferKind,
    /// The display name: one line, 1 to 120 characters.
    pub name: String,
    /// Up to 2,000 characters; may be empty.
    pub description: String,
    /// The feature lines, each one line of up to 200 characters; at most 20.
    pub features: Vec<String>,
    /// The labels it is grouped by, each one line of up to 40 characters; at most 10.
    pub labels: Vec<String>,
    /// Where it is sold; at least one.
    pub channels: Vec<SalesChannel>,
    /// *Eligible partners*
    pub eligible: Audience,
    /// The add-ons it allows; none for an add-on.
    pub add_ons: Vec<OfferId>,
    /// The plans it may be changed to; none for an add-on.
    pub changes_to: Vec<OfferId>,
    /// For how long a subscription runs that begins with it.
    pub term: Term,
    /// The first day it is shown on.
    pub visible_from: Option<Date>,
    /// The last day it is shown on.
    pub visible_until: Option<Date>,
    /// Draft or published.
    pub state: OfferState,
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its ID.
    pub id: OfferId,
    /// Counts its changes.
    pub version: i64,
    /// What the admin said about it.
    pub content: OfferContent,
    /// The rate plan as Zuora's catalog last had it; `None` until it was read.
    pub plan: Option<CatalogPlan>,
    /// Whether Zuora's catalog, when last read, no longer had the rate plan, or
    /// no longer sells it: a published offer is flagged then and not sold.
    pub is_lost: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

impl Offer {
    /// Whether it can be bought on a day, for itself or with another.
    #[must_use]
    pub fn is_sold_on(&self, day: Date) -> bool {
        self.content.state == OfferState::Published
            && !self.is_lost
            && self.plan.as_ref().is_some_and(|plan| plan.is_sold_on(day))
            && self.content.visible_from.is_none_or(|from| from <= day)
            && self.content.visible_until.is_none_or(|until| day <= until)
    }
}
