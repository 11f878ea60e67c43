//! API clients: programs that use the API with credentials of their own.

use super::day;
use super::fields::FieldErrors;
use super::ids::uuid_id;
use super::organisation::OrganisationId;
use super::text::{LineError, single_line};
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::{Date, Duration};

/// Names of the form's fields.
pub mod field {
    /// *Name*
    pub const NAME: &str = "name";
    /// *Access*: `management` or `partner`.
    pub const ACCESS: &str = "access";
    /// *Scopes*
    pub const SCOPES: &str = "scopes";
    /// *Partner Organisation ID*
    pub const ORGANISATION: &str = "organisation";
    /// *Expires on*
    pub const EXPIRES_ON: &str = "expires_on";
}

/// The scope of tokens that are one partner organisation's.
pub const PARTNER_SCOPE: &str = "partner";
/// The longest name, in characters.
pub const MAXIMUM_NAME: usize = 100;
/// How far ahead an expiry may lie.
const FARTHEST_EXPIRY: Duration = Duration::days(3_653);

uuid_id! {
    /// An API client's ID, a UUID of version 7: its `client_id`.
    ApiClientId;
}

/// What an API client is called: one line of 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiClientName(String);

impl ApiClientName {
    /// Normalises and checks a typed name.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        single_line(raw, MAXIMUM_NAME).map(Self).map_err(|error| match error {
            LineError::Empty => "Enter a name that says which program this is.".to_owned(),
            LineError::TooLong(max) => format!("Shorten the name to {max} characters or fewer."),
            LineError::Control => "Remove the control characters from the name.".to_owned(),
        })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A part of what admins may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ManagementScope {
    /// Reads partner organisations, their users and subscriptions.
    #[serde(rename = "organisations:read")]
    OrganisationsRead,
    /// Creates and changes partner organisations and their users.
    #[serde(rename = "organisations:write")]
    OrganisationsWrite,
    /// Reads the audit trail.
    #[serde(rename = "audit:read")]
    AuditRead,
}

impl ManagementScope {
    /// All, in the order of the form.
    pub const ALL: [Self; 3] = [Self::OrganisationsRead, Self::OrganisationsWrite, Self::AuditRead];

    /// The word in tokens, forms and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrganisationsRead => "organisations:read",
            Self::OrganisationsWrite => "organisations:write",
            Self::AuditRead => "audit:read",
        }
    }

    /// What it lets a program do, in words for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::OrganisationsRead => "Read partner organisations, their users and subscriptions",
            Self::OrganisationsWrite => "Create and change partner organisations and their users",
            Self::AuditRead => "Read the audit trail",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// What an API client may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiAccess {
    /// What admins do, as far as these scopes reach: at least one, each once.
    Management(Vec<ManagementScope>),
    /// What is one partner organisation's, and nothing else.
    Partner(OrganisationId),
}

impl ApiAccess {
    /// Everything that admins do.
    #[must_use]
    pub fn everything() -> Self {
        Self::Management(ManagementScope::ALL.to_vec())
    }

    /// The scopes as tokens have them: words with spaces between (RFC 6749,
    /// 3.3).
    #[must_use]
    pub fn scope(&self) -> String {
        match self {
            Self::Management(scopes) => {
                scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
            }
            Self::Partner(_) => PARTNER_SCOPE.to_owned(),
        }
    }

    /// Reads the scopes and the organisation as the database and the form have
    /// them.
    ///
    /// # Errors
    /// A sentence where they do not fit together.
    pub fn parse(scope: &str, organisation: Option<OrganisationId>) -> Result<Self, String> {
        if let Some(organisation) = organisation {
            return match scope {
                PARTNER_SCOPE => Ok(Self::Partner(organisation)),
                _ => Err("An organisation’s client has the scope partner alone.".to_owned()),
            };
        }
        let mut scopes = scope
            .split_whitespace()
            .map(|word| {
                ManagementScope::parse(word).ok_or_else(|| format!("There is no scope {word}."))
            })
            .collect::<Result<Vec<_>, _>>()?;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err("Choose at least one scope.".to_owned());
        }
        Ok(Self::Management(scopes))
    }

    /// The part of it that `scope` asks for; `None` where that is more than it
    /// is, or nothing.
    #[must_use]
    pub fn narrowed(&self, scope: &str) -> Option<Self> {
        match self {
            Self::Partner(organisation) => {
                Self::parse(scope, Some(*organisation)).ok().filter(|asked| asked == self)
            }
            Self::Management(own) => match Self::parse(scope, None).ok()? {
                Self::Management(asked) if asked.iter().all(|one| own.contains(one)) => {
                    Some(Self::Management(asked))
                }
                _ => None,
            },
        }
    }

    /// The organisation whose client it is.
    #[must_use]
    pub const fn organisation(&self) -> Option<OrganisationId> {
        match self {
            Self::Management(_) => None,
            Self::Partner(organisation) => Some(*organisation),
        }
    }
}

/// What *Create API client* asks for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApiClientForm {
    /// *Name*
    pub name: String,
    /// *Access*: `management` or `partner`; empty while nothing is chosen.
    pub access: String,
    /// *Scopes*, for `management`.
    pub scopes: Vec<String>,
    /// *Partner Organisation ID*, for `partner`.
    pub organisation: String,
    /// *Expires on*: a day; empty for never.
    pub expires_on: String,
}

/// A valid API client that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiClient {
    /// What it is called.
    pub name: ApiClientName,
    /// What it may do.
    pub access: ApiAccess,
    /// From when on it may do nothing; `None` for never.
    pub expires_at: Option<Timestamp>,
}

impl ApiClientForm {
    /// Checks all fields. Whether the organisation exists, only the server
    /// knows.
    ///
    /// # Errors
    /// Every field's problem.
    pub fn parse(&self, today: Date) -> Result<NewApiClient, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take(field::NAME, ApiClientName::parse(&self.name));
        let access = match self.access.as_str() {
            "management" => {
                errors.take(field::SCOPES, ApiAccess::parse(&self.scopes.join(" "), None))
            }
            "partner" => errors.take(field::ORGANISATION, partner(&self.organisation)),
            _ => {
                errors.push(field::ACCESS, "Choose what the client is for.");
                None
            }
        };
        let expires_at = errors.take(field::EXPIRES_ON, expiry(&self.expires_on, today));
        match (name, access, expires_at) {
            (Some(name), Some(access), Some(expires_at)) => {
                Ok(NewApiClient { name, access, expires_at })
            }
            _ => Err(errors),
        }
    }
}

fn partner(typed: &str) -> Result<ApiAccess, String> {
    let id = typed.trim();
    if id.is_empty() {
        return Err("Say which partner organisation the client is for.".to_owned());
    }
    id.parse().map(ApiAccess::Partner).map_err(|_| {
        "Enter a Partner Organisation ID, as the organisation’s page shows it.".to_owned()
    })
}

/// The end of the day that was typed, in UTC.
fn expiry(typed: &str, today: Date) -> Result<Option<Timestamp>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let on = day::parse(typed)?;
    if on < today {
        return Err("Choose today or a later day.".to_owned());
    }
    let last = today.saturating_add(FARTHEST_EXPIRY);
    if on > last {
        return Err(format!("Choose a day up to {}.", day::full(last)));
    }
    let end = on.saturating_add(Duration::days(1)).midnight().assume_utc();
    Ok(Some(Timestamp::from_millis(end.unix_timestamp().saturating_mul(1_000))))
}

/// The organisation whose client one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOrganisation {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub standing: OrganisationStanding,
}

/// How an organisation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationStanding {
    /// Its people and programs get in.
    Active,
    /// They do not, until it is reactivated.
    Suspended,
    /// It has no page any more.
    Deleted,
}

/// An API client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiClient {
    /// Its ID.
    pub id: ApiClientId,
    /// What it is called.
    pub name: ApiClientName,
    /// What it may do.
    pub access: ApiAccess,
    /// The organisation whose client it is.
    pub organisation: Option<OwnOrganisation>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it, by name.
    pub created_by: String,
    /// When it last used the API, to within a minute.
    pub last_used_at: Option<Timestamp>,
    /// From when on it may do nothing.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Whether an API client may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiClientState {
    /// It may.
    Active,
    /// Nobody and nothing of its organisation gets in.
    Suspended,
    /// Its time is over.
    Expired,
    /// Somebody has taken its access away.
    Revoked,
}

impl ApiClientState {
    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Organisation suspended",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
        }
    }
}

impl ApiClient {
    /// How it stands at a moment.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> ApiClientState {
        if self.revoked_at.is_some() {
            ApiClientState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            ApiClientState::Expired
        } else {
            match self.organisation.as_ref().map(|own| own.standing) {
                None | Some(OrganisationStanding::Active) => ApiClientState::Active,
                Some(OrganisationStanding::Suspended | OrganisationStanding::Deleted) => {
                    ApiClientState::Suspended
                }
            }
        }
    }
}

/// The answer to *Create API client*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedApiClient {
    /// The client.
    pub client: ApiClient,
    /// Its secret. It exists nowhere else and cannot be shown again; `None`
    /// where the same form had created the client before.
    pub secret: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 26);

    fn form() -> ApiClientForm {
        ApiClientForm {
            name: " Nightly  sync ".to_owned(),
            access: "management".to_owned(),
            scopes: vec!["audit:read".to_owned(), "organisations:read".to_owned()],
            ..ApiClientForm::default()
        }
    }

    #[test]
    fn a_good_form_becomes_a_client() {
        let new = form().parse(TODAY).expect("valid");
        assert_eq!(new.name.as_str(), "Nightly sync");
        assert_eq!(new.access.scope(), "organisations:read audit:read");
        assert_eq!(new.expires_at, None);
    }

    #[test]
    fn a_partners_client_has_one_scope() {
        let id = OrganisationId(uuid::Uuid::from_u128(7));
        let form = ApiClientForm {
            access: "partner".to_owned(),
            organisation: id.to_string(),
            scopes: vec!["audit:read".to_owned()],
            ..form()
        };
        let access = form.parse(TODAY).expect("valid").access;
        assert_eq!(access, ApiAccess::Partner(id));
        assert_eq!(access.scope(), "partner");
        assert_eq!(access.narrowed("audit:read"), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let fields = |form: ApiClientForm| {
            let errors = form.parse(TODAY).expect_err("invalid");
            errors.iter().map(|error| error.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(fields(ApiClientForm::default()), [field::NAME, field::ACCESS]);
        assert_eq!(fields(ApiClientForm { scopes: Vec::new(), ..form() }), [field::SCOPES]);
        let yesterday = ApiClientForm { expires_on: "2026-11-25".to_owned(), ..form() };
        assert_eq!(fields(yesterday), [field::EXPIRES_ON]);
    }

    #[test]
    fn a_client_works_through_its_last_day() {
        let form = ApiClientForm { expires_on: "2026-11-26".to_owned(), ..form() };
        let end = form.parse(TODAY).expect("valid").expires_at.expect("an end");
        assert_eq!(end.iso(), "2026-11-27T00:00:00.000Z");
    }

    #[test]
    fn a_client_stands_as_its_organisation_does() {
        let now = Timestamp::from_millis(7);
        let client = |standing, revoked_at| ApiClient {
            id: ApiClientId(uuid::Uuid::from_u128(7)),
            name: ApiClientName::parse("Ordering").expect("a name"),
            access: ApiAccess::Partner(OrganisationId(uuid::Uuid::from_u128(8))),
            organisation: Some(OwnOrganisation { name: "Acme".to_owned(), standing }),
            created_at: now,
            created_by: "Ada".to_owned(),
            last_used_at: None,
            expires_at: None,
            revoked_at,
        };
        for (standing, state) in [
            (OrganisationStanding::Active, ApiClientState::Active),
            (OrganisationStanding::Suspended, ApiClientState::Suspended),
            (OrganisationStanding::Deleted, ApiClientState::Suspended),
        ] {
            assert_eq!(client(standing, None).state_at(now), state);
            assert_eq!(client(standing, Some(now)).state_at(now), ApiClientState::Revoked);
        }
    }

    #[test]
    fn a_token_asks_for_no_more_than_its_client_has() {
        let access = ApiAccess::parse("organisations:read audit:read", None).expect("scopes");
        let narrowed = access.narrowed("audit:read").expect("a part");
        assert_eq!(narrowed.scope(), "audit:read");
        for more in ["organisations:write", "partner", "", "audit:read organisations:write"] {
            assert_eq!(access.narrowed(more), None, "{more}");
        }
    }
}
