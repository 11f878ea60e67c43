//! What the cases need to know about a provider beyond its port.

use async_trait::async_trait;
use partners_app::domain::{Email, OrganisationId};
use partners_server::clock::Clock;
use partners_server::identity::{Identity, Subject};
use secrecy::SecretString;

/// Where moto is known to answer otherwise than AWS; `cognito_adapter` has
/// AWS's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// A second invitation makes a second account.
    SecondInvitation,
    /// A code for nobody is answered as if the app client did not exist.
    CodeForNobody,
    /// A code of an authenticator app counts as often as it is given.
    CodeTwice,
    /// Where a password was reset, the old one still leads to choosing another.
    Reset,
    /// An access token that was revoked still sets an authenticator app up.
    RevokedToken,
}

/// A provider without any account, and what happens around it.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The provider under test.
    fn provider(&self) -> &dyn Identity;

    /// An organisation that partner users may belong to.
    async fn organisation(&self) -> OrganisationId;

    /// The hash of a temporary password for this address, where passwords are
    /// handed over; the harness keeps the password.
    async fn hand_over(&self, email: &Email) -> Option<String>;

    /// The temporary password as the person learns it: the latest one mailed
    /// or handed over.
    async fn temporary_password(&self, email: &Email, subject: &Subject) -> SecretString;

    /// The latest reset code mailed to this address.
    async fn reset_code(&self, email: &Email) -> String;

    /// A code that was never sent.
    fn wrong_code(&self) -> &'static str;

    /// What an authenticator app with this secret shows, so many time steps from
    /// now by the provider's clock.
    fn code(&self, secret: &SecretString, steps: i64) -> String {
        crate::app::code(secret, self.clock().now(), steps)
    }

    /// The provider's clock.
    fn clock(&self) -> Clock {
        Clock::default()
    }

    /// Whether what stands in for the provider departs from it here, so that
    /// the provider's documented answer is tested elsewhere.
    fn departs_in(&self, _departure: Departure) -> bool {
        false
    }
}
