//! Partner users: the people of a partner organisation who sign in.

use super::fields::FieldErrors;
use super::organisation::{OrganisationId, OrganisationName};
use super::text::{LineError, single_line};
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Names of the form's fields.
pub mod field {
    /// *Name*
    pub const NAME: &str = "name";
    /// *Email address*
    pub const EMAIL: &str = "email";
    /// *Role*
    pub const ROLE: &str = "role";
}

/// A partner user's ID: a UUID of version 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartnerUserId(pub Uuid);

impl fmt::Display for PartnerUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for PartnerUserId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// The longest name of a person, in characters.
pub const MAXIMUM_NAME: usize = 200;

/// A person's name: one line of 1 to [`MAXIMUM_NAME`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// Normalises and checks a typed name.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        single_line(raw, MAXIMUM_NAME).map(Self).map_err(|error| match error {
            LineError::Empty => "Enter the person’s name.".to_owned(),
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

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An email address in lower case: one address is one account, however its
/// case was typed. ASCII only, because two systems must agree on what its
/// lower case is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Checks a typed address and brings it into its one form.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err("Enter an email address.".to_owned());
        }
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        let plain = raw.is_ascii() && !raw.contains(['"', '\\']);
        if !plain || email_address::EmailAddress::parse_with_options(raw, options).is_err() {
            return Err("Enter an email address such as name@example.com.".to_owned());
        }
        Ok(Self(raw.to_ascii_lowercase()))
    }

    /// The address in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long a temporary password works: as long as Cognito's, unless its user
/// pool says otherwise (API reference, `PasswordPolicyType`).
pub const INVITATION_DAYS: u16 = 7;

/// What a partner user may do for the people of their organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Invites colleagues, and disables and enables them.
    Manager,
    /// Sees them.
    #[default]
    Member,
}

impl UserRole {
    /// Both, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Manager, Self::Member];

    /// The word in forms, the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Member => "member",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Manager => "Manager",
            Self::Member => "Member",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Manager => Self::Member,
            Self::Member => Self::Manager,
        }
    }
}

impl FromStr for UserRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text.trim())
            .ok_or_else(|| "Choose Manager or Member.".to_owned())
    }
}

/// What *Create user* asks for, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserForm {
    /// *Name*
    #[serde(default)]
    pub name: String,
    /// *Email address*
    #[serde(default)]
    pub email: String,
    /// *Role*; may be empty.
    #[serde(default)]
    pub role: String,
}

impl UserForm {
    /// Checks the fields.
    ///
    /// # Errors
    /// Every field's problem.
    pub fn parse(&self) -> Result<NewUser, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.take(field::NAME, PersonName::parse(&self.name));
        let email = errors.take(field::EMAIL, Email::parse(&self.email));
        let role = match self.role.trim() {
            "" => Some(None),
            role => errors.take(field::ROLE, role.parse().map(Some)),
        };
        match (name, email, role) {
            (Some(name), Some(email), Some(role)) => Ok(NewUser { name, email, role }),
            _ => Err(errors),
        }
    }
}

/// A valid partner user who does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// The person's name.
    pub name: PersonName,
    /// The address to sign in with.
    pub email: Email,
    /// What they may do; where nobody says, the first of an organisation is a
    /// manager and the others are members.
    pub role: Option<UserRole>,
}

/// Where a partner user stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// Saved here; the identity provider does not know it yet.
    SettingUp {
        /// Why it is taking longer, when an attempt has failed.
        waiting_for: Option<String>,
    },
    /// The identity provider has the account; nobody signed in yet.
    Invited,
    /// As before, and the temporary password no longer works.
    InvitationExpired,
    /// Has signed in.
    Active,
    /// May not sign in.
    Disabled,
    /// The identity provider refused it; somebody has to act.
    Failed {
        /// Why, in words an admin understands.
        reason: String,
    },
}

impl UserStatus {
    /// The word shown for it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::SettingUp { .. } => "Setting up",
            Self::Invited => "Invited",
            Self::InvitationExpired => "Invitation expired",
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::Failed { .. } => "Failed",
        }
    }

    /// The word that programs know it by.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::SettingUp { .. } => "setting_up",
            Self::Invited => "invited",
            Self::InvitationExpired => "invitation_expired",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Failed { .. } => "failed",
        }
    }
}

/// A partner user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerUser {
    /// Its ID.
    pub id: PartnerUserId,
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// The person's name.
    pub name: PersonName,
    /// The address it signs in with.
    pub email: Email,
    /// What it may do.
    pub role: UserRole,
    /// Where it stands.
    pub status: UserStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// What is to change of a partner user; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserEdit {
    /// The new name.
    pub name: Option<PersonName>,
    /// The new role.
    pub role: Option<UserRole>,
}

/// Somebody whose invitation has expired, for the list of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredInvitation {
    /// Who it is.
    pub user: PartnerUserId,
    /// The person's name.
    pub name: PersonName,
    /// The address that was invited.
    pub email: Email,
    /// The organisation's ID.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: OrganisationName,
    /// When the invitation was sent.
    pub invited_at: Timestamp,
}

/// The answer to *Save* in the *Create user* dialog, or to a new invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedUser {
    /// The user.
    pub user: PartnerUser,
    /// The temporary password, to be handed over by the admin, where no mail
    /// is sent. It exists nowhere else and cannot be shown again.
    pub temporary_password: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_makes_no_second_address() {
        assert_eq!(Email::parse(" ANN@Example.COM "), Email::parse("ann@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "ann@@example.com",
            "a b@example.com",
            "ann@example.com, bob@example.com",
            "Ann <ann@example.com>",
            "ann@[127.0.0.1]",
            "\"ann\"@example.com",
            "änn@example.com",
            "ann@example..com",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn both_problems_are_told_at_once() {
        let errors = UserForm::default().parse().expect_err("empty");
        assert!(errors.of(field::NAME).is_some() && errors.of(field::EMAIL).is_some());
    }

    #[test]
    fn a_role_is_one_of_two_or_left_open() {
        let form = |role: &str| UserForm {
            name: "Ann".to_owned(),
            email: "ann@example.com".to_owned(),
            role: role.to_owned(),
        };
        assert_eq!(form("").parse().expect("valid").role, None);
        assert_eq!(form("manager").parse().expect("valid").role, Some(UserRole::Manager));
        let errors = form("owner").parse().expect_err("no role");
        assert!(errors.of(field::ROLE).is_some());
    }

    proptest! {
        #[test]
        fn an_accepted_address_is_in_its_one_form(raw in "[ -~]{0,40}@[a-zA-Z0-9.-]{0,20}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert!(!email.as_str().contains(char::is_whitespace));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
