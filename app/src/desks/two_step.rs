//! What may be asked about two-step sign-in.

use super::{Admin, Origin, PartnerSession, SignInStep, Visitor};
use crate::domain::{
    OrganisationId, OwnTwoStep, PartnerUser, PartnerUserId, RecoveryCodes, SecondStep,
    TwoStepChange, TwoStepChanged, TwoStepPolicy,
};
use crate::error::PublicError;
use async_trait::async_trait;

/// Proof that somebody is signed in, who asks about their own account.
#[derive(Clone, Debug)]
pub enum Person {
    /// An admin.
    Admin(Admin),
    /// A partner user.
    Partner(PartnerSession),
}

impl Person {
    /// The address they signed in with.
    #[must_use]
    pub fn email(&self) -> &str {
        match self {
            Self::Admin(admin) => admin.email(),
            Self::Partner(partner) => partner.email(),
        }
    }

    /// Where the request came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        match self {
            Self::Admin(admin) => admin.origin(),
            Self::Partner(partner) => partner.origin(),
        }
    }
}

/// Two-step sign-in: for whoever signs in, for everybody about their own
/// account, and for admins.
#[async_trait]
pub trait TwoStepDesk: Send + Sync {
    /// What a sign-in waits for after the password.
    async fn second_step(&self, visitor: &Visitor) -> Result<Option<SecondStep>, PublicError>;
    /// Goes on with a code of the authenticator app, or with a recovery code.
    async fn give_code(&self, visitor: &Visitor, code: &str) -> Result<SignInStep, PublicError>;
    /// Goes on with the first code of an authenticator app, which is set up then.
    async fn confirm_set_up(
        &self,
        visitor: &Visitor,
        code: &str,
    ) -> Result<(SignInStep, RecoveryCodes), PublicError>;
    /// How it stands with the person's own.
    async fn own_two_step(&self, person: &Person) -> Result<OwnTwoStep, PublicError>;
    /// Changes the person's own, once they have given their password again. The
    /// step is there where a page of signing in comes next.
    async fn change_two_step(
        &self,
        person: &Person,
        change: TwoStepChange,
        password: &str,
    ) -> Result<(Option<SignInStep>, TwoStepChanged), PublicError>;
    /// Who has to sign in in two steps.
    async fn two_step_policy(&self, admin: &Admin) -> Result<TwoStepPolicy, PublicError>;
    /// Says who has to, from the next sign-in on.
    async fn set_two_step_policy(
        &self,
        admin: &Admin,
        policy: TwoStepPolicy,
    ) -> Result<(), PublicError>;
    /// Whether an organisation requires it of its users.
    async fn requires_two_step(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<bool, PublicError>;
    /// Says whether it does, from the next sign-in on.
    async fn set_requires_two_step(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
        required: bool,
    ) -> Result<(), PublicError>;
    /// Takes the authenticator app off the account of a user who has lost it.
    async fn remove_two_step(
        &self,
        admin: &Admin,
        user: PartnerUserId,
    ) -> Result<PartnerUser, PublicError>;
}
