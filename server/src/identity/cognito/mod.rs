//! Accounts in an AWS Cognito user pool.
//!
//! Written to AWS's documented behaviour. Cognito mails invitations and codes;
//! its tokens are read once, here, and reach nobody.

mod accounts;
mod config;
mod doctor;
mod errors;
mod hosted;
mod init;
mod keys;
mod sign_in;
mod tokens;
mod two_step;

pub use config::{CognitoSettings, aws_from_environment};
pub use doctor::Finding;
pub use init::{Initialised, PoolRequest, init_pool};

use super::{
    Account, AccountChange, Challenge, ExistingAdmin, FormerAccount, HostedSignIn, Identity,
    IdentityError, InvitationDelivery, NewAccount, NewAuthenticator, Principal, ProvisionedAccount,
    Recovered, Role, SignIn, SignInRefusal, Subject,
};
use crate::clock::Clock;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::types::{MessageActionType, UserPoolType};
use config::Place;
use errors::Failure;
use hosted::HostedPage;
use keys::Keys;
use partners_app::domain::{
    Email, PasswordPolicy, PasswordRule, PersonName, ProviderKind, ServiceState,
};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokens::Tokens;
use tokio::sync::RwLock;

/// The group of admins.
const ADMINS: &str = "admins";
/// The group of partner users.
const PARTNERS: &str = "partners";
/// The attribute that holds a partner user's organisation.
const PARTNER_ORG: &str = "custom:partner_org";
/// How long the pool's password rules are remembered.
const POLICY_AGE: Duration = Duration::from_mins(10);

/// An admin whom another instance makes has a password after so many
/// milliseconds, or that instance has died.
const MAKING_AN_ADMIN: i64 = 60_000;

/// A user pool as this installation's identity provider.
pub struct Cognito {
    client: cognito::Client,
    settings: CognitoSettings,
    place: Place,
    tokens: Tokens,
    policy: RwLock<Option<(Instant, PasswordPolicy)>>,
    hosted: Option<HostedPage>,
}

impl Cognito {
    /// Uses AWS's own settings from the environment. Asks nobody yet.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] where no region is known.
    pub async fn connect(settings: CognitoSettings) -> Result<Self, IdentityError> {
        let aws = aws_from_environment(Some(&settings.pool_id)).await;
        Self::new(settings, &aws)
    }

    /// Uses these AWS settings.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] where they name no region.
    pub fn new(settings: CognitoSettings, aws: &SdkConfig) -> Result<Self, IdentityError> {
        let place = Place::of(&settings.pool_id, aws)?;
        let tokens = Tokens::new(&place.issuer, &settings.client_id, Keys::at(&place.jwks)?);
        Ok(Self {
            client: config::client(aws, &place.region),
            settings,
            place,
            tokens,
            policy: RwLock::default(),
            hosted: None,
        })
    }

    /// The same with the pool's hosted page at `address`, from which people come
    /// back to `redirect`.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] where one of them is no address.
    pub fn with_hosted_page(self, address: &str, redirect: &str) -> Result<Self, IdentityError> {
        Ok(Self { hosted: Some(HostedPage::new(address, redirect)?), ..self })
    }

    async fn pool(&self) -> Result<UserPoolType, Failure> {
        let answer = self
            .client
            .describe_user_pool()
            .user_pool_id(&self.settings.pool_id)
            .send()
            .await
            .map_err(|error| Failure::of("DescribeUserPool", &error))?;
        Ok(answer.user_pool.unwrap_or_else(|| UserPoolType::builder().build()))
    }

    /// The pool's password rules. Where the pool is out of reach, what it last
    /// said.
    async fn policy(&self) -> Result<PasswordPolicy, IdentityError> {
        let known = self.policy.read().await.clone();
        if let Some((at, policy)) = &known
            && at.elapsed() < POLICY_AGE
        {
            return Ok(policy.clone());
        }
        match self.pool().await {
            Ok(pool) => {
                let policy = policy_of(&pool);
                *self.policy.write().await = Some((Instant::now(), policy.clone()));
                Ok(policy)
            }
            Err(failure) => known.map(|(_, policy)| policy).ok_or_else(|| failure.into_error()),
        }
    }
}

/// The pool's password rules; where it states none, Cognito's own (developer
/// guide, "Adding user pool password requirements").
fn policy_of(pool: &UserPoolType) -> PasswordPolicy {
    let Some(stated) = pool.policies().and_then(|policies| policies.password_policy()) else {
        return PasswordPolicy(vec![
            PasswordRule::MinimumLength(8),
            PasswordRule::LowerCase,
            PasswordRule::UpperCase,
            PasswordRule::Digit,
            PasswordRule::Symbol,
        ]);
    };
    let length = stated.minimum_length().and_then(|length| u32::try_from(length).ok());
    let mut rules = vec![PasswordRule::MinimumLength(length.unwrap_or(8))];
    for (required, rule) in [
        (stated.require_lowercase(), PasswordRule::LowerCase),
        (stated.require_uppercase(), PasswordRule::UpperCase),
        (stated.require_numbers(), PasswordRule::Digit),
        (stated.require_symbols(), PasswordRule::Symbol),
    ] {
        if required {
            rules.push(rule);
        }
    }
    PasswordPolicy(rules)
}

#[async_trait]
impl Identity for Cognito {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Cognito
    }

    async fn state(&self) -> ServiceState {
        let Place { region, endpoint, .. } = &self.place;
        let pool = &self.settings.pool_id;
        let problem = self.pool().await.err().map(|failure| failure.into_error().to_string());
        ServiceState {
            name: "AWS Cognito".to_owned(),
            detail: endpoint.as_ref().map_or_else(
                || format!("User pool {pool} in {region}"),
                |endpoint| format!("User pool {pool} at {}", without_credentials(endpoint)),
            ),
            problem,
        }
    }

    fn invitation_delivery(&self) -> InvitationDelivery {
        InvitationDelivery::Mail
    }

    async fn password_policy(&self) -> Result<PasswordPolicy, IdentityError> {
        self.policy().await
    }

    async fn provision(&self, account: &NewAccount) -> Result<ProvisionedAccount, IdentityError> {
        let user = self.make(&account.email, &account.name, account.role, None).await?;
        if !user.enabled {
            self.enable(&user.username).await?;
        }
        Ok(ProvisionedAccount { subject: user.subject })
    }

    async fn invite_again(
        &self,
        subject: &Subject,
        _handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        self.resend(subject).await
    }

    async fn reset(
        &self,
        subject: &Subject,
        _handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        self.reset_user(&subject.0).await
    }

    async fn rename(&self, subject: &Subject, name: &PersonName) -> Result<(), IdentityError> {
        self.set_name(&subject.0, name).await
    }

    async fn remove(&self, account: &FormerAccount) -> Result<(), IdentityError> {
        self.delete(account).await
    }

    async fn set_enabled(&self, subject: &Subject, enabled: bool) -> Result<(), IdentityError> {
        if enabled { self.enable(&subject.0).await } else { self.disable(&subject.0).await }
    }

    async fn find(&self, email: &Email) -> Result<Option<Account>, IdentityError> {
        Ok(self.user(email.as_str()).await?.map(accounts::PoolUser::into_account))
    }

    async fn has_admin(&self) -> Result<bool, IdentityError> {
        self.any_admin().await
    }

    async fn create_admin(
        &self,
        email: &Email,
        name: &PersonName,
        password: &SecretString,
        existing: ExistingAdmin,
        _change: &AccountChange,
    ) -> Result<ProvisionedAccount, IdentityError> {
        // Before anything is made: a half-made admin helps nobody.
        let policy = self.policy().await?;
        policy.check(password.expose_secret(), email.as_str()).map_err(IdentityError::Refused)?;
        let suppress = Some(MessageActionType::Suppress);
        let user = self.make(email, name, Role::Admin, suppress).await?;
        if existing == ExistingAdmin::Keeps
            && let Some(made_at) = user.made_at
        {
            if !user.must_change_password {
                return Err(IdentityError::EmailTaken);
            }
            // Another instance is just making it, or has died at that.
            if Clock::default().now().millis() - made_at < MAKING_AN_ADMIN {
                return Err(IdentityError::BeingMade);
            }
        }
        self.client
            .admin_set_user_password()
            .user_pool_id(&self.settings.pool_id)
            .username(&user.username)
            .password(password.expose_secret())
            .permanent(true)
            .send()
            .await
            .map_err(|error| Failure::of("AdminSetUserPassword", &error))?;
        Ok(ProvisionedAccount { subject: user.subject })
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        _address: IpAddr,
    ) -> Result<SignIn, SignInRefusal> {
        self.check_password(email, password).await
    }

    async fn set_first_password(
        &self,
        challenge: &Challenge,
        password: &SecretString,
        _change: &AccountChange,
    ) -> Result<SignIn, SignInRefusal> {
        self.answer_challenge(challenge, password).await
    }

    async fn give_code(
        &self,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        self.answer_with_code(challenge, code).await
    }

    async fn recover(
        &self,
        challenge: &Challenge,
        _change: &AccountChange,
    ) -> Result<Recovered, SignInRefusal> {
        self.let_past(challenge).await
    }

    async fn new_authenticator(
        &self,
        may_set_up: &Challenge,
    ) -> Result<NewAuthenticator, SignInRefusal> {
        self.associate(may_set_up).await
    }

    async fn confirm_authenticator(
        &self,
        challenge: &Challenge,
        code: &str,
        _change: &AccountChange,
    ) -> Result<Principal, SignInRefusal> {
        self.verify_app(challenge, code).await
    }

    fn has_hosted_page(&self) -> bool {
        self.hosted.is_some()
    }

    fn begin_hosted(&self) -> Result<HostedSignIn, IdentityError> {
        match &self.hosted {
            Some(page) => self.way_to(page),
            None => Err(IdentityError::Refused("COGNITO_HOSTED_URL is not set.".to_owned())),
        }
    }

    async fn finish_hosted(
        &self,
        challenge: &Challenge,
        state: &str,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        match &self.hosted {
            Some(page) => self.back_from(page, challenge, state, code).await,
            None => Err(SignInRefusal::ChallengeExpired),
        }
    }

    async fn has_authenticator(&self, subject: &Subject) -> Result<bool, IdentityError> {
        self.has_app(subject).await
    }

    async fn remove_authenticator(
        &self,
        subject: &Subject,
        _change: &AccountChange,
    ) -> Result<(), IdentityError> {
        self.prefer_app(&subject.0, false).await
    }

    async fn request_reset(&self, email: &Email) -> Result<(), IdentityError> {
        self.send_code(email).await
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &str,
        password: &SecretString,
        _change: &AccountChange,
    ) -> Result<(), SignInRefusal> {
        self.use_code(email, code, password).await
    }
}

/// An endpoint as it may be shown.
fn without_credentials(endpoint: &str) -> String {
    url::Url::parse(endpoint)
        .map_or_else(|_| "another endpoint".to_owned(), |url| url.origin().ascii_serialization())
}
