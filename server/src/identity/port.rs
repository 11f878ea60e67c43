//! The port: what the rest of the server asks of an identity provider, in our
//! terms. Every method may be called again after an answer was lost.

use super::change::AccountChange;
use async_trait::async_trait;
use partners_app::domain::{
    Email, OrganisationId, PasswordPolicy, PersonName, ProviderKind, ServiceState,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// An account's ID at the provider. Never an email address, which can change hands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject(pub String);

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an account is for. The two kinds never reach each other's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// An admin of this installation (Cognito: group `admins`).
    Admin,
    /// A partner user of this organisation (Cognito: group `partners`, and the
    /// attribute `custom:partner_org`).
    Partner(OrganisationId),
}

impl Role {
    /// The organisation of a partner user.
    #[must_use]
    pub const fn organisation(self) -> Option<OrganisationId> {
        match self {
            Self::Admin => None,
            Self::Partner(organisation) => Some(organisation),
        }
    }
}

/// An account that should exist.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The address to sign in with.
    pub email: Email,
    /// The person's name.
    pub name: PersonName,
    /// What it is for.
    pub role: Role,
    /// The temporary password's Argon2 hash in PHC form, where
    /// [`Identity::invitation_delivery`] is [`InvitationDelivery::HandOver`]
    /// and the admin was shown the password. Providers that mail make their own.
    pub handed_over: Option<String>,
}

/// An account that now exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvisionedAccount {
    /// Its ID at the provider.
    pub subject: Subject,
}

/// An account as the provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its ID at the provider.
    pub subject: Subject,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Whether its first own password is still to be set.
    pub must_change_password: bool,
}

/// An account that should no longer exist.
#[derive(Clone, Debug)]
pub struct FormerAccount {
    /// Its ID, where it is known. Else the account with this email is meant, if
    /// it is one of this organisation's.
    pub subject: Option<Subject>,
    /// The address it signed in with.
    pub email: Email,
    /// The organisation it belonged to.
    pub organisation: OrganisationId,
}

/// How a new user learns the temporary password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationDelivery {
    /// The provider mails it.
    Mail,
    /// The admin is shown it once and hands it over.
    HandOver,
}

/// A temporary password to be handed over, with the hash to store.
pub struct TemporaryPassword {
    /// To be shown once.
    pub plain: SecretString,
    /// Argon2 hash in PHC form.
    pub hash: String,
}

/// Somebody who has shown who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The account.
    pub subject: Subject,
    /// The address it signed in with.
    pub email: Email,
    /// The person's name.
    pub name: String,
    /// What the account is for.
    pub role: Role,
}

/// A provider's own note of a sign-in that waits for its next step. Opaque;
/// stays on the server.
#[derive(Clone)]
pub struct Challenge(pub SecretString);

/// A step of signing in leads to one of these.
pub enum SignIn {
    /// Signed in: the account has no authenticator app.
    Complete {
        /// Who it is.
        principal: Principal,
        /// With this one can be set up, for a few minutes.
        may_set_up: Challenge,
    },
    /// The password was a temporary one; a new one must be set.
    NewPasswordRequired(Challenge),
    /// The account has an authenticator app: a code of it is needed.
    SecondStepRequired {
        /// What waits for the code.
        challenge: Challenge,
        /// The account, for its recovery codes. Nobody is signed in yet.
        subject: Subject,
    },
    /// The provider lets nobody in without an authenticator app, and the account
    /// has none. The note is as in [`SignIn::Complete`].
    SetUpRequired(Challenge),
}

/// An authenticator app to be set up. Nothing counts until it is confirmed.
pub struct NewAuthenticator {
    /// Its secret in base32, for codes of six digits every 30 seconds by
    /// HMAC-SHA-1 (RFC 6238), which is what every app takes for granted.
    pub secret: SecretString,
    /// What waits for its first code.
    pub challenge: Challenge,
}

/// The way to a page of the provider's own, on which somebody signs in.
pub struct HostedSignIn {
    /// Where it is, with all that is sent along.
    pub address: String,
    /// What the way back is compared with; it counts once.
    pub challenge: Challenge,
}

/// What a recovery code leads to.
pub enum Recovered {
    /// Past the second step; the authenticator app stays.
    SignedIn(Principal),
    /// The provider lets nobody past its second step: the app was taken off the
    /// account, and the person signs in once more without it.
    SignInAgain,
}

/// Why somebody could not sign in or set a password.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefusal {
    /// Wrong email, wrong password or disabled: not told apart to the outside.
    #[error("wrong email or password")]
    WrongCredentials,
    /// The temporary password was right but is older than 7 days.
    #[error("the temporary password has expired")]
    TemporaryPasswordExpired,
    /// The operator or the provider demands a reset with a code first.
    #[error("the password must be reset with a code")]
    ResetRequired,
    /// The new password breaks the provider's rules; the sentence says which.
    #[error("the new password is refused: {0}")]
    PasswordRefused(String),
    /// The code is wrong, used or too old.
    #[error("the code is wrong or has expired")]
    WrongCode,
    /// The sign-in that waited for its next step has ended; start again.
    #[error("the sign-in has to be started again")]
    ChallengeExpired,
    /// Locked after too many attempts.
    #[error("locked for {0:?}")]
    Locked(Duration),
    /// The provider could not be asked.
    #[error(transparent)]
    Provider(#[from] IdentityError),
}

impl SignInRefusal {
    /// The refusal in one word, for metrics.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong_credentials",
            Self::TemporaryPasswordExpired => "temporary_password_expired",
            Self::ResetRequired => "reset_required",
            Self::PasswordRefused(_) => "password_refused",
            Self::WrongCode => "wrong_code",
            Self::ChallengeExpired => "challenge_expired",
            Self::Locked(_) => "locked",
            Self::Provider(_) => "provider_failed",
        }
    }
}

/// Why the provider did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It did not answer, or answered that it is unwell. Try again later.
    #[error("the identity provider does not answer: {0}")]
    Unavailable(String),
    /// It answered that it is asked too often. Try again later.
    #[error("the identity provider is asked too often")]
    Throttled,
    /// Another instance is just making the account. Try again later.
    #[error("the account is just being made")]
    BeingMade,
    /// The email belongs to an account that is not this user's.
    #[error("the email already belongs to another account")]
    EmailTaken,
    /// The account does not exist there.
    #[error("the account does not exist")]
    NoSuchAccount,
    /// No invitation can be sent: the person has set a password of their own.
    #[error("the account has a password of its own")]
    HasPassword,
    /// It refuses, and trying again would not help; in words for an admin.
    #[error("the identity provider refuses: {0}")]
    Refused(String),
}

impl IdentityError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Throttled | Self::BeingMade)
    }
}

/// What becomes of an admin who exists when one with the same address is to be
/// made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingAdmin {
    /// Keeps the password: [`IdentityError::EmailTaken`].
    Keeps,
    /// Gets the password that was to be the new one's.
    GetsPassword,
}

/// An identity provider.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> ProviderKind;

    /// Which one it is and whether it answers, for people.
    async fn state(&self) -> ServiceState;

    /// How a new user learns the temporary password.
    fn invitation_delivery(&self) -> InvitationDelivery;

    /// The rules for new passwords.
    async fn password_policy(&self) -> Result<PasswordPolicy, IdentityError>;

    /// Makes the account exist, enabled and invited. Asked again, it finds what
    /// it made before: a second account or a second invitation never results.
    ///
    /// # Errors
    /// [`IdentityError::EmailTaken`] where the address belongs to an account
    /// of another role or organisation.
    async fn provision(&self, account: &NewAccount) -> Result<ProvisionedAccount, IdentityError>;

    /// Invites again, with a new temporary password that replaces the old one.
    /// `handed_over` as in [`NewAccount`].
    ///
    /// # Errors
    /// [`IdentityError::HasPassword`] where an invitation is mailed, and the
    /// person has set a password already.
    async fn invite_again(
        &self,
        subject: &Subject,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError>;

    /// Replaces the password by one that nobody knows: the next sign-in needs a
    /// code that is mailed, or the temporary password that an admin was shown,
    /// `handed_over` as in [`NewAccount`]. What the one of before has opened at
    /// the provider ends.
    async fn reset(
        &self,
        subject: &Subject,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError>;

    /// Changes the person's name.
    async fn rename(&self, subject: &Subject, name: &PersonName) -> Result<(), IdentityError>;

    /// Makes the account cease to exist. One that is gone already is no error.
    async fn remove(&self, account: &FormerAccount) -> Result<(), IdentityError>;

    /// Lets the account sign in, or not; taking it away also ends what the
    /// provider itself keeps open.
    async fn set_enabled(&self, subject: &Subject, enabled: bool) -> Result<(), IdentityError>;

    /// The account with this email, if there is one.
    async fn find(&self, email: &Email) -> Result<Option<Account>, IdentityError>;

    /// Whether there is any admin.
    async fn has_admin(&self) -> Result<bool, IdentityError>;

    /// Makes an admin with a password that is final. An admin who exists keeps
    /// the account; `existing` says what becomes of the password. Asked to make
    /// one who keeps it at several instances at once, one of them makes it.
    /// Written with it is `change`, as in all methods that have one: by the
    /// provider, where its accounts are in the database of the audit trail, else
    /// by [`super::AccountChanges::make`].
    async fn create_admin(
        &self,
        email: &Email,
        name: &PersonName,
        password: &SecretString,
        existing: ExistingAdmin,
        change: &AccountChange,
    ) -> Result<ProvisionedAccount, IdentityError>;

    /// Checks a password. `address` is where the attempt comes from.
    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        address: IpAddr,
    ) -> Result<SignIn, SignInRefusal>;

    /// Answers [`SignIn::NewPasswordRequired`].
    async fn set_first_password(
        &self,
        challenge: &Challenge,
        password: &SecretString,
        change: &AccountChange,
    ) -> Result<SignIn, SignInRefusal>;

    /// Answers [`SignIn::SecondStepRequired`] with a code of the authenticator
    /// app. A code counts once; wrong ones count like wrong passwords.
    async fn give_code(
        &self,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Principal, SignInRefusal>;

    /// Answers [`SignIn::SecondStepRequired`] for somebody who has given one of
    /// their recovery codes, which are not the provider's. `change` is what has to
    /// be written where the app is taken off the account.
    async fn recover(
        &self,
        challenge: &Challenge,
        change: &AccountChange,
    ) -> Result<Recovered, SignInRefusal>;

    /// Begins to set an authenticator app up, with the note of
    /// [`SignIn::Complete`] or [`SignIn::SetUpRequired`].
    async fn new_authenticator(
        &self,
        may_set_up: &Challenge,
    ) -> Result<NewAuthenticator, SignInRefusal>;

    /// Confirms the app with its first code: from now on every sign-in needs
    /// one. Says who has done so.
    async fn confirm_authenticator(
        &self,
        challenge: &Challenge,
        code: &str,
        change: &AccountChange,
    ) -> Result<Principal, SignInRefusal>;

    /// Whether the provider has a sign-in page of its own.
    fn has_hosted_page(&self) -> bool;

    /// The way to that page.
    fn begin_hosted(&self) -> Result<HostedSignIn, IdentityError>;

    /// Who came back from it with this state and this code. What the page asks
    /// for, a second step too, is the provider's own affair.
    async fn finish_hosted(
        &self,
        challenge: &Challenge,
        state: &str,
        code: &str,
    ) -> Result<Principal, SignInRefusal>;

    /// Whether the account has an authenticator app.
    async fn has_authenticator(&self, subject: &Subject) -> Result<bool, IdentityError>;

    /// Takes the authenticator app off the account; it may have none.
    async fn remove_authenticator(
        &self,
        subject: &Subject,
        change: &AccountChange,
    ) -> Result<(), IdentityError>;

    /// Sends a code for a new password, where the address has an account that
    /// may use one; says nothing about whether it has.
    async fn request_reset(&self, email: &Email) -> Result<(), IdentityError>;

    /// Sets a new password with the code.
    async fn reset_password(
        &self,
        email: &Email,
        code: &str,
        password: &SecretString,
        change: &AccountChange,
    ) -> Result<(), SignInRefusal>;
}
