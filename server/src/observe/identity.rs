//! An identity provider whose calls are counted, timed and traced.

use super::call::call;
use crate::identity::{
    Account, AccountChange, Challenge, ExistingAdmin, FormerAccount, HostedSignIn, Identity,
    IdentityError, InvitationDelivery, NewAccount, NewAuthenticator, Principal, ProvisionedAccount,
    Recovered, SignIn, SignInRefusal, Subject,
};
use async_trait::async_trait;
use partners_app::domain::{Email, PasswordPolicy, PersonName, ProviderKind, ServiceState};
use secrecy::SecretString;
use std::net::IpAddr;
use std::sync::Arc;

/// What the system is called in metrics and traces: the embedded accounts are
/// no outside system and are not observed.
const SYSTEM: &str = "cognito";

/// An identity provider outside, observed.
pub struct ObservedIdentity(Arc<dyn Identity>);

impl ObservedIdentity {
    /// Observes this one.
    #[must_use]
    pub fn new(inner: Arc<dyn Identity>) -> Self {
        Self(inner)
    }
}

#[async_trait]
impl Identity for ObservedIdentity {
    fn kind(&self) -> ProviderKind {
        self.0.kind()
    }

    async fn state(&self) -> ServiceState {
        self.0.state().await
    }

    fn invitation_delivery(&self) -> InvitationDelivery {
        self.0.invitation_delivery()
    }

    async fn password_policy(&self) -> Result<PasswordPolicy, IdentityError> {
        call(SYSTEM, "password_policy", self.0.password_policy()).await
    }

    async fn provision(&self, account: &NewAccount) -> Result<ProvisionedAccount, IdentityError> {
        call(SYSTEM, "provision", self.0.provision(account)).await
    }

    async fn invite_again(
        &self,
        subject: &Subject,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        call(SYSTEM, "invite_again", self.0.invite_again(subject, handed_over)).await
    }

    async fn set_enabled(&self, subject: &Subject, enabled: bool) -> Result<(), IdentityError> {
        call(SYSTEM, "set_enabled", self.0.set_enabled(subject, enabled)).await
    }

    async fn reset(
        &self,
        subject: &Subject,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        call(SYSTEM, "reset", self.0.reset(subject, handed_over)).await
    }

    async fn rename(&self, subject: &Subject, name: &PersonName) -> Result<(), IdentityError> {
        call(SYSTEM, "rename", self.0.rename(subject, name)).await
    }

    async fn remove(&self, account: &FormerAccount) -> Result<(), IdentityError> {
        call(SYSTEM, "remove", self.0.remove(account)).await
    }

    async fn find(&self, email: &Email) -> Result<Option<Account>, IdentityError> {
        call(SYSTEM, "find", self.0.find(email)).await
    }

    async fn has_admin(&self) -> Result<bool, IdentityError> {
        call(SYSTEM, "has_admin", self.0.has_admin()).await
    }

    async fn create_admin(
        &self,
        email: &Email,
        name: &PersonName,
        password: &SecretString,
        existing: ExistingAdmin,
        change: &AccountChange,
    ) -> Result<ProvisionedAccount, IdentityError> {
        let created = self.0.create_admin(email, name, password, existing, change);
        call(SYSTEM, "create_admin", created).await
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        address: IpAddr,
    ) -> Result<SignIn, SignInRefusal> {
        call(SYSTEM, "sign_in", self.0.sign_in(email, password, address)).await
    }

    async fn set_first_password(
        &self,
        challenge: &Challenge,
        password: &SecretString,
        change: &AccountChange,
    ) -> Result<SignIn, SignInRefusal> {
        let set = self.0.set_first_password(challenge, password, change);
        call(SYSTEM, "set_first_password", set).await
    }

    async fn give_code(
        &self,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        call(SYSTEM, "give_code", self.0.give_code(challenge, code)).await
    }

    async fn recover(
        &self,
        challenge: &Challenge,
        change: &AccountChange,
    ) -> Result<Recovered, SignInRefusal> {
        call(SYSTEM, "recover", self.0.recover(challenge, change)).await
    }

    async fn new_authenticator(
        &self,
        may_set_up: &Challenge,
    ) -> Result<NewAuthenticator, SignInRefusal> {
        call(SYSTEM, "new_authenticator", self.0.new_authenticator(may_set_up)).await
    }

    async fn confirm_authenticator(
        &self,
        challenge: &Challenge,
        code: &str,
        change: &AccountChange,
    ) -> Result<Principal, SignInRefusal> {
        let confirmed = self.0.confirm_authenticator(challenge, code, change);
        call(SYSTEM, "confirm_authenticator", confirmed).await
    }

    async fn has_authenticator(&self, subject: &Subject) -> Result<bool, IdentityError> {
        call(SYSTEM, "has_authenticator", self.0.has_authenticator(subject)).await
    }

    async fn remove_authenticator(
        &self,
        subject: &Subject,
        change: &AccountChange,
    ) -> Result<(), IdentityError> {
        call(SYSTEM, "remove_authenticator", self.0.remove_authenticator(subject, change)).await
    }

    fn has_hosted_page(&self) -> bool {
        self.0.has_hosted_page()
    }

    fn begin_hosted(&self) -> Result<HostedSignIn, IdentityError> {
        self.0.begin_hosted()
    }

    async fn finish_hosted(
        &self,
        challenge: &Challenge,
        state: &str,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        call(SYSTEM, "finish_hosted", self.0.finish_hosted(challenge, state, code)).await
    }

    async fn request_reset(&self, email: &Email) -> Result<(), IdentityError> {
        call(SYSTEM, "request_reset", self.0.request_reset(email)).await
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &str,
        password: &SecretString,
        change: &AccountChange,
    ) -> Result<(), SignInRefusal> {
        call(SYSTEM, "reset_password", self.0.reset_password(email, code, password, change)).await
    }
}
