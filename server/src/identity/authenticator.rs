//! Authenticator apps of the embedded provider: their secrets, sealed in the
//! database, and their codes (RFC 6238).

use super::port::IdentityError;
use crate::vault::Vault;
use partners_app::domain::Timestamp;
use partners_app::domain::two_step::app_code;
use secrecy::SecretString;
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

/// The app of one account.
pub(super) struct Authenticator(Totp);

impl Authenticator {
    /// One with a new secret of 160 random bits. Codes of one time step before
    /// and after count too, for clocks that are not quite right.
    pub(super) fn new() -> Result<Self, IdentityError> {
        Self::of(Secret::generate())
    }

    /// The one with this secret, in base32.
    pub(super) fn of_base32(secret: &str) -> Result<Self, IdentityError> {
        Self::of(Secret::try_from_base32(secret).map_err(|_| unusable())?)
    }

    fn of(secret: Secret) -> Result<Self, IdentityError> {
        Ok(Self(Builder::new().with_secret(secret).build().map_err(|_| unusable())?))
    }

    /// Its secret in base32, as people type it into an app.
    pub(super) fn base32(&self) -> SecretString {
        self.0.secret().to_base32().into()
    }

    /// The time step of a code that is right at this moment.
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let seconds = u64::try_from(now.millis() / 1_000).ok()?;
        let step = self.0.check(&app_code(code)?, seconds)?;
        i64::try_from(step).ok()
    }

    /// Its secret as the database keeps it: of use for this account alone.
    pub(super) fn seal(&self, vault: &Vault, account: Uuid) -> Result<Vec<u8>, IdentityError> {
        vault
            .seal(&purpose(account), self.0.secret().as_bytes())
            .map_err(|error| IdentityError::Unavailable(error.to_string()))
    }

    /// Opens what [`Authenticator::seal`] made.
    pub(super) fn open(vault: &Vault, account: Uuid, sealed: &[u8]) -> Result<Self, IdentityError> {
        let secret = vault.open(&purpose(account), sealed).ok_or_else(unusable)?;
        Self::of(Secret::from(secret))
    }
}

fn purpose(account: Uuid) -> String {
    format!("authenticator of {account}")
}

fn unusable() -> IdentityError {
    IdentityError::Unavailable("an authenticator app’s secret cannot be used".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// RFC 6238, appendix B: the secret "12345678901234567890" at 1111111109
    /// seconds gives 07081804, of which apps show the last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let app = Authenticator::of_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("an app");
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let step = Some(1_111_111_109 / 30);
        assert_eq!(app.step_of("081 804", at(1_111_111_109)), step);
        assert_eq!(app.step_of("081804", at(1_111_111_109 + 30)), step, "one step late");
        assert_eq!(app.step_of("081804", at(1_111_111_109 + 90)), None, "too late");
        for wrong in ["081805", "07081804", ""] {
            assert_eq!(app.step_of(wrong, at(1_111_111_109)), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_sealed_for_its_account() {
        let vault = Vault::of_this_process().expect("a vault");
        let (ann, bob) = (Uuid::now_v7(), Uuid::now_v7());
        let app = Authenticator::new().expect("an app");
        let sealed = app.seal(&vault, ann).expect("sealed");
        let opened = Authenticator::open(&vault, ann, &sealed).expect("opened");
        assert_eq!(opened.base32().expose_secret(), app.base32().expose_secret());
        assert!(Authenticator::open(&vault, bob, &sealed).is_err());
    }
}
