//! Two-step sign-in: after the password a code of an authenticator app, or one
//! of the recovery codes.

use serde::{Deserialize, Serialize};

/// Names of the forms' fields.
pub mod field {
    /// What the authenticator app shows, or a recovery code.
    pub const CODE: &str = "code";
    /// The person's password.
    pub const PASSWORD: &str = "password";
    /// Who has to sign in in two steps.
    pub const POLICY: &str = "policy";
}

/// How many recovery codes are made at once.
pub const RECOVERY_CODES: usize = 10;

/// Who has to sign in in two steps; everybody else may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TwoStepPolicy {
    /// Nobody has to, except where a partner organisation requires it of its own
    /// users.
    #[default]
    Optional,
    /// All admins.
    Admins,
    /// Everybody.
    Everyone,
}

impl TwoStepPolicy {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Optional, Self::Admins, Self::Everyone];

    /// The word in the form and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Admins => "admins",
            Self::Everyone => "everyone",
        }
    }

    /// Reads [`TwoStepPolicy::as_str`].
    ///
    /// # Errors
    /// What to do, where it is none of the words.
    pub fn parse(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|policy| policy.as_str() == word);
        found.ok_or_else(|| "Choose who has to sign in in two steps.".to_owned())
    }
}

/// What a code of an authenticator app looks like (RFC 6238, as all apps make
/// them): six digits, however they are grouped.
#[must_use]
pub fn app_code(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    (digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// A recovery code as it is compared: without what people add when they copy it.
#[must_use]
pub fn recovery_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A picture for an authenticator app to read, in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QrCode {
    /// Edge length, the quiet zone included, in modules.
    pub size: usize,
    /// Its dark modules, as the `d` of an SVG path.
    pub path: String,
}

/// What a person is shown who sets an authenticator app up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoStepSetUp {
    /// Whose account it is.
    pub email: String,
    /// The app's secret in base32, in groups of four.
    pub secret: String,
    /// The same as a picture.
    pub qr: QrCode,
    /// Whether nobody gets in without it.
    pub is_required: bool,
}

/// What a sign-in waits for after the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondStep {
    /// A code.
    Code {
        /// Whose sign-in it is.
        email: String,
    },
    /// An authenticator app to be set up.
    SetUp(TwoStepSetUp),
}

/// Recovery codes, just made: they are shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecoveryCodes(pub Vec<String>);

/// How it stands with a person's own two-step sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTwoStep {
    /// Whether it is set up.
    pub is_on: bool,
    /// Whether it has to be.
    pub is_required: bool,
    /// How many recovery codes have not been used.
    pub codes_left: i64,
}

/// What a person changes about their own two-step sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoStepChange {
    /// Sets an authenticator app up: the first, or one in place of another.
    SetUp,
    /// Makes new recovery codes.
    NewCodes,
    /// Turns it off.
    TurnOff,
}

impl TwoStepChange {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SetUp, Self::NewCodes, Self::TurnOff];

    /// The word in the form and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::NewCodes => "new-codes",
            Self::TurnOff => "turn-off",
        }
    }

    /// Reads [`TwoStepChange::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.as_str() == word)
    }
}

/// What came of a [`TwoStepChange`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TwoStepChanged {
    /// The page to set an app up comes next.
    SetUp,
    /// New recovery codes.
    NewCodes(RecoveryCodes),
    /// It is off.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(app_code(" 123 456 ").as_deref(), Some("123456"));
        for wrong in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"] {
            assert_eq!(app_code(wrong), None, "{wrong}");
        }
        assert_eq!(recovery_code(" AB2CD-efghj kmnpq\n"), "ab2cdefghjkmnpq");
    }

    #[test]
    fn words_are_read_back() {
        for policy in TwoStepPolicy::ALL {
            assert_eq!(TwoStepPolicy::parse(policy.as_str()), Ok(policy));
        }
        assert!(TwoStepPolicy::parse("").is_err());
        for change in TwoStepChange::ALL {
            assert_eq!(TwoStepChange::parse(change.as_str()), Some(change));
        }
    }
}
