//! What a new password must be. The identity provider says which rules are in
//! force; the browser shows them and checks them as they are typed.

use serde::{Deserialize, Serialize};

/// One rule for a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordRule {
    /// At least this many characters.
    MinimumLength(u32),
    /// A lower-case letter.
    LowerCase,
    /// An upper-case letter.
    UpperCase,
    /// A digit.
    Digit,
    /// One of the symbols that Cognito counts as special characters.
    Symbol,
    /// Not made of the account's own email address.
    NotTheEmail,
    /// Not one character, or a few, over and over.
    Varied,
}

/// The special characters of Cognito's password policy, as its developer guide
/// lists them ("Adding user pool password requirements"); a space counts
/// unless it leads or trails.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ";

impl PasswordRule {
    /// The rule as a line of a list.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::MinimumLength(length) => format!("At least {length} characters"),
            Self::LowerCase => "A lower-case letter".to_owned(),
            Self::UpperCase => "An upper-case letter".to_owned(),
            Self::Digit => "A digit".to_owned(),
            Self::Symbol => "A symbol, such as ! or #".to_owned(),
            Self::NotTheEmail => "Not your email address".to_owned(),
            Self::Varied => "At least five different characters".to_owned(),
        }
    }

    /// Whether `password`, chosen by the person with `email`, keeps the rule.
    #[must_use]
    pub fn is_met(self, password: &str, email: &str) -> bool {
        match self {
            Self::MinimumLength(length) => password.chars().count() >= length as usize,
            Self::LowerCase => password.chars().any(char::is_lowercase),
            Self::UpperCase => password.chars().any(char::is_uppercase),
            Self::Digit => password.chars().any(|c| c.is_ascii_digit()),
            Self::Symbol => password.trim().chars().any(|c| SYMBOLS.contains(c)),
            Self::NotTheEmail => {
                let (password, email) = (password.to_lowercase(), email.to_lowercase());
                let name = email.split('@').next().unwrap_or_default();
                !password.is_empty()
                    && !password.contains(&email)
                    && (name.chars().count() < 4 || !password.contains(name))
                    || email.is_empty() && !password.is_empty()
            }
            Self::Varied => {
                let mut seen: Vec<char> = password.chars().collect();
                seen.sort_unstable();
                seen.dedup();
                seen.len() >= 5
            }
        }
    }
}

/// All rules in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPolicy(pub Vec<PasswordRule>);

/// No password may be longer, in bytes: Cognito's limit is 256 characters, and
/// hashing must not be made expensive by a long one.
pub const MAXIMUM_BYTES: usize = 256;

impl PasswordPolicy {
    /// The embedded provider's rules: length before composition, as OWASP ASVS
    /// 5.0 asks (6.2.1, 6.2.5).
    #[must_use]
    pub fn embedded() -> Self {
        Self(vec![PasswordRule::MinimumLength(12), PasswordRule::Varied, PasswordRule::NotTheEmail])
    }

    /// Checks a new password.
    ///
    /// # Errors
    /// A sentence that names every rule it breaks.
    pub fn check(&self, password: &str, email: &str) -> Result<(), String> {
        if password.len() > MAXIMUM_BYTES {
            return Err(format!("Choose a password of at most {MAXIMUM_BYTES} characters."));
        }
        let broken: Vec<String> = self
            .0
            .iter()
            .filter(|rule| !rule.is_met(password, email))
            .map(|rule| rule.sentence().to_lowercase())
            .collect();
        if broken.is_empty() {
            Ok(())
        } else {
            Err(format!("Choose a password that keeps these rules: {}.", broken.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_more_than_composition() {
        let policy = PasswordPolicy::embedded();
        assert!(policy.check("correct horse battery", "ann@acme.example").is_ok());
        assert!(policy.check("short", "ann@acme.example").is_err());
        assert!(policy.check("aaaaaaaaaaaaaaaa", "ann@acme.example").is_err());
        assert!(policy.check("me is ann@acme.example", "ANN@acme.example").is_err());
        assert!(policy.check(&"longer and longer ".repeat(20), "ann@acme.example").is_err());
    }

    #[test]
    fn every_rule_can_be_broken_and_kept() {
        for (rule, bad, good) in [
            (PasswordRule::MinimumLength(3), "ab", "äöü"),
            (PasswordRule::LowerCase, "ABC", "aBC"),
            (PasswordRule::UpperCase, "abc", "abC"),
            (PasswordRule::Digit, "abc", "abc1"),
            (PasswordRule::Symbol, "abc", "abc!"),
            (PasswordRule::Varied, "abababab", "abcde"),
        ] {
            assert!(!rule.is_met(bad, ""), "{rule:?} must refuse {bad}");
            assert!(rule.is_met(good, ""), "{rule:?} must accept {good}");
        }
    }
}
