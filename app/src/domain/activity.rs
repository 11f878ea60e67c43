//! What was done in this installation, as its audit trail has it.

use super::listing::clean_search;
use super::organisation::{OrganisationId, OrganisationName};
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Date;
use uuid::Uuid;

/// Who does things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An admin.
    Admin,
    /// A partner user.
    PartnerUser,
    /// A program, through the API.
    ApiClient,
    /// Whoever knows a password or a code of an account.
    Account,
    /// Partners itself, in the background.
    System,
}

impl ActorKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] =
        [Self::Admin, Self::PartnerUser, Self::ApiClient, Self::Account, Self::System];

    /// The word in addresses, the database and exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::PartnerUser => "partner_user",
            Self::ApiClient => "api_client",
            Self::Account => "account",
            Self::System => "system",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::PartnerUser => "Partner user",
            Self::ApiClient => "API client",
            Self::Account => "Account",
            Self::System => "System",
        }
    }

    /// Reads [`ActorKind::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What events are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityArea {
    /// Partner organisations.
    Organisations,
    /// Partner users.
    Users,
    /// Signing in, and passwords.
    SignIns,
    /// Offers.
    Offers,
    /// Orders.
    Orders,
    /// The settings of this installation, API clients and webhooks among them.
    Settings,
}

impl ActivityArea {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Organisations,
        Self::Users,
        Self::SignIns,
        Self::Offers,
        Self::Orders,
        Self::Settings,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::Users => "users",
            Self::SignIns => "sign_ins",
            Self::Offers => "offers",
            Self::Orders => "orders",
            Self::Settings => "settings",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Organisations => "Partner organisations",
            Self::Users => "Partner users",
            Self::SignIns => "Sign-ins",
            Self::Offers => "Offers",
            Self::Orders => "Orders",
            Self::Settings => "Settings",
        }
    }

    /// What the actions in it begin with, up to the full stop.
    #[must_use]
    pub const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Organisations => &["organisation"],
            Self::Users => &["partner_user"],
            Self::SignIns => &["session", "password", "two_step"],
            Self::Offers => &["offer"],
            Self::Orders => &["order", "subscription"],
            Self::Settings => &["installation", "partner_pages", "api_client", "admin", "webhook"],
        }
    }

    /// Reads [`ActivityArea::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.as_str() == word)
    }
}

/// Which part of the audit trail to show, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityQuery {
    /// Only what concerns this organisation.
    pub organisation: Option<OrganisationId>,
    /// A text to look for in the names of those who did something; or a whole
    /// request ID. May be empty.
    pub search: String,
    /// Only what is about this.
    pub area: Option<ActivityArea>,
    /// Only what was done by one of these.
    pub actor: Option<ActorKind>,
    /// Only from this day on, in UTC.
    pub from: Option<Date>,
    /// Only up to this day, in UTC.
    pub until: Option<Date>,
    /// Events before this place in the trail.
    pub after: Option<i64>,
    /// Events behind this place. Not together with `after`.
    pub before: Option<i64>,
}

/// Names of the parameters in addresses.
pub mod parameter {
    /// The text that is looked for.
    pub const SEARCH: &str = "q";
    /// What events are about.
    pub const AREA: &str = "area";
    /// Who did something.
    pub const ACTOR: &str = "actor";
    /// The first day.
    pub const FROM: &str = "from";
    /// The last day.
    pub const UNTIL: &str = "until";
}

impl ActivityQuery {
    /// Reads it from an address's parameters. What is not understood counts as
    /// not given.
    pub fn from_parameters(get: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| get(name).unwrap_or_default();
        let place = |name: &str| get(name).and_then(|text| text.parse().ok());
        let after = place("after");
        Self {
            // A wrong ID is one that no organisation has, never all of them.
            organisation: get(crate::paths::OF_ORGANISATION)
                .filter(|id| !id.trim().is_empty())
                .map(|id| id.trim().parse().unwrap_or_default()),
            search: clean_search(&text(parameter::SEARCH)),
            area: ActivityArea::parse(&text(parameter::AREA)),
            actor: ActorKind::parse(&text(parameter::ACTOR)),
            from: super::day::parse(&text(parameter::FROM)).ok(),
            until: super::day::parse(&text(parameter::UNTIL)).ok(),
            before: if after.is_none() { place("before") } else { None },
            after,
        }
    }

    /// What narrows it, as the query string of an address without `?`.
    #[must_use]
    pub fn narrowing(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let day = |day: Option<Date>| day.map(super::day::iso);
        let given = [
            (crate::paths::OF_ORGANISATION, self.organisation.map(|id| id.to_string())),
            (parameter::SEARCH, Some(self.search.clone()).filter(|text| !text.is_empty())),
            (parameter::AREA, self.area.map(|area| area.as_str().to_owned())),
            (parameter::ACTOR, self.actor.map(|actor| actor.as_str().to_owned())),
            (parameter::FROM, day(self.from)),
            (parameter::UNTIL, day(self.until)),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        query.finish()
    }
}

/// A field that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// What it was; `None` where it was empty or is not told.
    pub before: Option<String>,
    /// What it became; `None` where it was emptied.
    pub after: Option<String>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRow {
    /// Its place in the trail, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What kind of actor did it; `None` for one this version does not know.
    pub actor_kind: Option<ActorKind>,
    /// The ID of whoever did it; empty for the program itself.
    pub actor_id: String,
    /// Who did it, by the name of that time.
    pub actor_name: String,
    /// What was done, such as `organisation.created`.
    pub action: String,
    /// The organisation it concerns.
    pub organisation: Option<(OrganisationId, OrganisationName)>,
    /// Whether that organisation has been deleted since.
    pub organisation_is_deleted: bool,
    /// What it was done to, by its present name: a partner user, an offer, an
    /// order.
    pub subject: Option<String>,
    /// The ID of that.
    pub subject_id: Option<Uuid>,
    /// Before and after, field by field.
    pub changes: Vec<FieldChange>,
    /// The address it came from; empty for what was done in the background.
    pub address: String,
    /// The request's ID; empty likewise.
    pub reference: String,
}

/// A page of the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityPage {
    /// The events.
    pub rows: Vec<ActivityRow>,
    /// Where the page before ends; `None` on the first.
    pub previous: Option<i64>,
    /// Where the page after begins; `None` on the last.
    pub next: Option<i64>,
}

impl ActivityRow {
    /// What was done, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let words = match self.action.as_str() {
            "organisation.created" => "Created the partner organisation",
            "organisation.changed" => "Changed the partner organisation",
            "organisation.suspended" => "Suspended the partner organisation",
            "organisation.deleted" => "Deleted the partner organisation",
            "organisation.reactivated" => "Reactivated the partner organisation",
            "partner_user.created" => "Created the partner user",
            "partner_user.invited_again" => "Sent the invitation again",
            "partner_user.enabled" => "Enabled the partner user",
            "partner_user.disabled" => "Disabled the partner user",
            "partner_user.renamed" => "Renamed the partner user",
            "partner_user.role_changed" => "Changed the partner user’s role",
            "partner_user.password_reset" => "Had the password reset",
            "partner_user.deleted" => "Deleted the partner user",
            "partner_user.retried" => "Tried to set the partner user up again",
            "session.opened" => "Signed in",
            "password.set" => "Chose a password of their own",
            "password.reset" => "Reset a password",
            "two_step.set_up" => "Set up two-step sign-in",
            "two_step.turned_off" => "Turned two-step sign-in off",
            "two_step.removed" => "Removed somebody’s two-step sign-in",
            "two_step.codes_made" => "Made new recovery codes",
            "two_step.code_used" => "Used a recovery code",
            "offer.created" => "Created the offer",
            "offer.changed" => "Changed the offer",
            "order.drafted" => "Put an order together",
            "order.sent" => "Placed an order",
            "order.placed" => "Had the order carried out",
            "order.refused" => "Had the order refused",
            "order.stopped" => "Stopped the order for an admin",
            "order.retried" => "Tried the order again",
            "subscription.changed" => "Had the subscription changed",
            "installation.changed" => "Changed the installation",
            "partner_pages.changed" => "Changed the partner pages",
            "api_client.created" => "Created the API client",
            "api_client.revoked" => "Revoked the API client",
            "admin.created" => "Created an admin",
            "admin.password_set" => "Gave an admin a new password",
            "webhook.created" => "Created the webhook",
            "webhook.skipped" => "Skipped an event for the webhook",
            "webhook.updated" => "Changed the webhook",
            "webhook.secret_rotated" => "Rotated the webhook’s secret",
            "webhook.enabled" => "Enabled the webhook",
            "webhook.disabled" => "Disabled the webhook",
            "webhook.tested" => "Sent the webhook a test",
            "webhook.replayed" => "Sent the webhook events again",
            "webhook.deleted" => "Deleted the webhook",
            other => return other.replace(['.', '_'], " "),
        };
        words.to_owned()
    }
}

/// Before and after of each field, as they were recorded: `[before, after]`, or
/// one value where there is no before.
#[must_use]
pub fn field_changes(changes: &Value) -> Vec<FieldChange> {
    let Some(fields) = changes.as_object() else { return Vec::new() };
    fields
        .iter()
        .map(|(field, value)| {
            let (before, after) = match value.as_array().map(Vec::as_slice) {
                Some([before, after]) => (text(before), text(after)),
                _ => (None, text(value)),
            };
            FieldChange { field: field.clone(), before, after }
        })
        .collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_field_by_field() {
        let changes = field_changes(&json!({
            "enabled": [true, false],
            "logo": [null, "https://cdn.example/a.png"],
            "name": ["Acme", "Acme Ltd"],
            "subscription": "A-S00000001",
        }));
        let told: Vec<_> = changes
            .iter()
            .map(|change| {
                (change.field.as_str(), change.before.as_deref(), change.after.as_deref())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("enabled", Some("true"), Some("false")),
                ("logo", None, Some("https://cdn.example/a.png")),
                ("name", Some("Acme"), Some("Acme Ltd")),
                ("subscription", None, Some("A-S00000001")),
            ]
        );
    }

    #[test]
    fn an_address_holds_what_narrows_it() {
        let query = "q=Ann+%26+Co&area=users&actor=admin&from=2026-11-01&until=nonsense&after=12";
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, v)| v.clone());
        let read = ActivityQuery::from_parameters(get);
        assert_eq!((read.after, read.until), (Some(12), None));
        assert_eq!(read.narrowing(), "q=Ann+%26+Co&area=users&actor=admin&from=2026-11-01");
    }
}
