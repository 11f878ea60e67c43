//! Signing in: passwords, the first own password, resets.

use super::super::{Challenge, IdentityError, Principal, SignIn, SignInRefusal, Subject};
use super::Cognito;
use super::accounts::unreadable;
use super::errors::Failure;
use aws_sdk_cognitoidentityprovider as cognito;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito::config::retry::RetryConfig;
use cognito::operation::admin_respond_to_auth_challenge::builders::AdminRespondToAuthChallengeFluentBuilder;
use cognito::types::{AuthFlowType, AuthenticationResultType, ChallengeNameType};
use hmac::{Hmac, KeyInit, Mac};
use partners_app::domain::{Email, password};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::time::Duration;

/// Cognito locks for one second after five wrong passwords and doubles that up
/// to about 15 minutes, but does not say how long (developer guide, "Lockout
/// behavior for failed sign-in attempts"). An attempt while locked makes it no
/// longer, so that a short wait is the honest advice.
pub(super) const LOCKED: Duration = Duration::from_mins(1);

/// What is needed to answer NEW_PASSWORD_REQUIRED.
#[derive(Serialize, Deserialize)]
struct Waiting {
    session: String,
    /// The pool's own name of the account, which the answer's SECRET_HASH is
    /// made from.
    username: String,
    email: Email,
}

impl Cognito {
    pub(super) async fn check_password(
        &self,
        email: &Email,
        secret: &SecretString,
    ) -> Result<SignIn, SignInRefusal> {
        let secret = secret.expose_secret();
        // Cognito answers these with a validation error, not with a refusal.
        if secret.is_empty() || secret.len() > password::MAXIMUM_BYTES {
            return Err(SignInRefusal::WrongCredentials);
        }
        let mut call = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.settings.pool_id)
            .client_id(&self.settings.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .auth_parameters("USERNAME", email.as_str())
            .auth_parameters("PASSWORD", secret);
        if let Some(hash) = self.secret_hash(email.as_str())? {
            call = call.auth_parameters("SECRET_HASH", hash);
        }
        let answer = call
            .send()
            .await
            .map_err(|error| wrong_password(Failure::of("AdminInitiateAuth", &error)))?;
        if let Some(result) = answer.authentication_result() {
            return self.complete(result, email).await;
        }
        let parameters = answer.challenge_parameters();
        let username = parameters.and_then(|parameters| {
            parameters.get("USER_ID_FOR_SRP").or_else(|| parameters.get("USERNAME"))
        });
        let username = username.map_or(email.as_str(), String::as_str);
        match answer.challenge_name() {
            Some(ChallengeNameType::NewPasswordRequired) => {
                let session = answer.session().ok_or_else(|| unreadable("AdminInitiateAuth"))?;
                let waiting = Waiting {
                    session: session.to_owned(),
                    username: username.to_owned(),
                    email: email.clone(),
                };
                let note =
                    serde_json::to_string(&waiting).map_err(|_| unreadable("AdminInitiateAuth"))?;
                Ok(SignIn::NewPasswordRequired(Challenge(note.into())))
            }
            challenge => {
                self.second_step(challenge, parameters, answer.session(), username, email).await
            }
        }
    }

    pub(super) async fn answer_challenge(
        &self,
        challenge: &Challenge,
        secret: &SecretString,
    ) -> Result<SignIn, SignInRefusal> {
        let waiting: Waiting = serde_json::from_str(challenge.0.expose_secret())
            .map_err(|_| SignInRefusal::ChallengeExpired)?;
        let secret = secret.expose_secret();
        acceptable(secret)?;
        let answer = self
            .response_to(
                ChallengeNameType::NewPasswordRequired,
                &waiting.session,
                &waiting.username,
            )?
            .challenge_responses("NEW_PASSWORD", secret)
            .customize()
            .config_override(once())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let failure = Failure::of("AdminRespondToAuthChallenge", &error);
                return Err(self.challenge_refused(failure, secret, &waiting.email).await);
            }
        };
        if let Some(result) = answer.authentication_result() {
            return self.complete(result, &waiting.email).await;
        }
        let (name, session) = (answer.challenge_name(), answer.session());
        let parameters = answer.challenge_parameters();
        self.second_step(name, parameters, session, &waiting.username, &waiting.email).await
    }

    /// The response to a challenge, without what it asks for.
    pub(super) fn response_to(
        &self,
        challenge: ChallengeNameType,
        session: &str,
        username: &str,
    ) -> Result<AdminRespondToAuthChallengeFluentBuilder, IdentityError> {
        let call = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.settings.pool_id)
            .client_id(&self.settings.client_id)
            .challenge_name(challenge)
            .session(session)
            .challenge_responses("USERNAME", username);
        Ok(match self.secret_hash(username)? {
            Some(hash) => call.challenge_responses("SECRET_HASH", hash),
            None => call,
        })
    }

    async fn challenge_refused(
        &self,
        failure: Failure,
        secret: &str,
        email: &Email,
    ) -> SignInRefusal {
        if let Some(error) = failure.misconfiguration() {
            return error.into();
        }
        match failure.refusal() {
            "InvalidPasswordException" | "PasswordHistoryPolicyViolationException" => {
                self.password_refused(&failure, secret, email).await
            }
            "NotAuthorizedException" if failure.says("disabled") => SignInRefusal::WrongCredentials,
            // "Invalid session for the user", "session is expired", "… can only
            // be used once". Where the pool is gone, starting again says so.
            "NotAuthorizedException"
            | "ResourceNotFoundException"
            | "CodeMismatchException"
            | "ExpiredCodeException"
            | "UserNotFoundException" => SignInRefusal::ChallengeExpired,
            "PasswordResetRequiredException" => SignInRefusal::ResetRequired,
            _ => failure.into_error().into(),
        }
    }

    pub(super) async fn send_code(&self, email: &Email) -> Result<(), IdentityError> {
        let answer = self
            .client
            .forgot_password()
            .client_id(&self.settings.client_id)
            .username(email.as_str())
            .set_secret_hash(self.secret_hash(email.as_str())?)
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        let failure = Failure::of("ForgotPassword", &error);
        if let Some(error) = failure.misconfiguration() {
            return Err(error);
        }
        match failure.refusal() {
            // Who has no account, or one that cannot use a code (not yet a
            // password of its own, disabled, no verified email), is told the same.
            "UserNotFoundException"
            | "NotAuthorizedException"
            | "InvalidParameterException"
            | "UserNotConfirmedException" => Ok(()),
            // The codes sent before are still on their way.
            _ if failure.is_limit_exceeded() => Ok(()),
            "CodeDeliveryFailureException" => {
                tracing::warn!("Cognito could not mail a reset code");
                Ok(())
            }
            _ => Err(failure.into_error()),
        }
    }

    pub(super) async fn use_code(
        &self,
        email: &Email,
        code: &str,
        secret: &SecretString,
    ) -> Result<(), SignInRefusal> {
        let code = code.trim();
        if code.is_empty() || code.contains(char::is_whitespace) {
            return Err(SignInRefusal::WrongCode);
        }
        let secret = secret.expose_secret();
        acceptable(secret)?;
        let answer = self
            .client
            .confirm_forgot_password()
            .client_id(&self.settings.client_id)
            .username(email.as_str())
            .confirmation_code(code)
            .password(secret)
            .set_secret_hash(self.secret_hash(email.as_str())?)
            .customize()
            .config_override(once())
            .send()
            .await;
        let Err(error) = answer else {
            // What the password of before has opened ends, as after a reset. The
            // code is used up and the new password holds: no reason to refuse it.
            if let Err(error) = self.sign_out_everywhere(email.as_str()).await {
                tracing::error!(%error, "tokens of a password that was replaced could not be revoked");
            }
            return Ok(());
        };
        let failure = Failure::of("ConfirmForgotPassword", &error);
        if failure.code() == "TooManyFailedAttemptsException" {
            return Err(SignInRefusal::Locked(LOCKED));
        }
        if let Some(error) = failure.misconfiguration() {
            return Err(error.into());
        }
        Err(match failure.refusal() {
            "InvalidPasswordException" | "PasswordHistoryPolicyViolationException" => {
                self.password_refused(&failure, secret, email).await
            }
            "CodeMismatchException"
            | "ExpiredCodeException"
            | "UserNotFoundException"
            | "UserNotConfirmedException"
            | "NotAuthorizedException"
            // A code of a form that Cognito never sends.
            | "InvalidParameterException" => SignInRefusal::WrongCode,
            _ => failure.into_error().into(),
        })
    }

    /// Says which of the pool's rules the password breaks. Cognito's own
    /// message is not passed on: it may quote what was sent.
    async fn password_refused(
        &self,
        failure: &Failure,
        secret: &str,
        email: &Email,
    ) -> SignInRefusal {
        let history = failure.refusal() == "PasswordHistoryPolicyViolationException"
            || failure.says("previously used")
            || failure.says("history");
        if history {
            return SignInRefusal::PasswordRefused(
                "Choose a password you have not used before.".to_owned(),
            );
        }
        let broken = match self.policy().await {
            Ok(policy) => policy.check(secret, email.as_str()).err(),
            Err(_) => None,
        };
        SignInRefusal::PasswordRefused(broken.unwrap_or_else(|| {
            "The user pool’s rules refuse this password. Choose a longer one with letters of both \
             cases, digits and symbols."
                .to_owned()
        }))
    }

    /// Who signed in, from the verified ID token. What the token leaves out is
    /// read from the account.
    pub(super) async fn principal(
        &self,
        result: &AuthenticationResultType,
        typed: &Email,
    ) -> Result<Principal, IdentityError> {
        let token = result.id_token().ok_or_else(|| unreadable("AdminInitiateAuth"))?;
        self.principal_of(token, Some(typed)).await
    }

    /// Likewise; `typed` is the address they typed, if they did so here.
    pub(super) async fn principal_of(
        &self,
        token: &str,
        typed: Option<&Email>,
    ) -> Result<Principal, IdentityError> {
        let claims = self.tokens.verify(token).await?;
        let lacks_organisation = claims.is_partner() && claims.partner_org.is_none();
        let account = if claims.email.is_none() || claims.name.is_none() || lacks_organisation {
            let user = self.user(&claims.sub).await?.ok_or(IdentityError::NoSuchAccount)?;
            if user.subject.0 != claims.sub {
                return Err(IdentityError::NoSuchAccount);
            }
            Some(user)
        } else {
            None
        };
        let account = account.as_ref();
        let partner_org = claims.partner_org.as_deref();
        let partner_org =
            partner_org.or_else(|| account.and_then(|user| user.partner_org.as_deref()));
        let role = claims.role(partner_org).inspect_err(|error| {
            tracing::warn!(subject = claims.sub, %error, "somebody without a role signed in");
        })?;
        let email = claims.email.as_deref();
        let email = email.or_else(|| account.and_then(|user| user.email.as_deref()));
        let email = email.and_then(|email| Email::parse(email).ok());
        let email = email.or_else(|| typed.cloned()).ok_or(IdentityError::NoSuchAccount)?;
        let name = claims.name.clone().or_else(|| account.and_then(|user| user.name.clone()));
        let name = name.unwrap_or_else(|| email.to_string());
        Ok(Principal { subject: Subject(claims.sub), email, name, role })
    }

    /// Base64(HMAC-SHA256(client secret, user name + client ID)), where the
    /// client has a secret (developer guide, "Computing secret hash values").
    pub(super) fn secret_hash(&self, username: &str) -> Result<Option<String>, IdentityError> {
        let Some(secret) = &self.settings.client_secret else { return Ok(None) };
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .map_err(|_| IdentityError::Refused("COGNITO_CLIENT_SECRET is unusable.".to_owned()))?;
        mac.update(username.as_bytes());
        mac.update(self.settings.client_id.as_bytes());
        Ok(Some(STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// Why a password did not open the account.
fn wrong_password(failure: Failure) -> SignInRefusal {
    if let Some(error) = failure.misconfiguration() {
        return error.into();
    }
    match failure.refusal() {
        "NotAuthorizedException"
            if failure.says("temporary password") && failure.says("expired") =>
        {
            SignInRefusal::TemporaryPasswordExpired
        }
        "NotAuthorizedException" if failure.says("attempts exceeded") => {
            SignInRefusal::Locked(LOCKED)
        }
        "NotAuthorizedException" | "UserNotFoundException" | "UserNotConfirmedException" => {
            SignInRefusal::WrongCredentials
        }
        "PasswordResetRequiredException" => SignInRefusal::ResetRequired,
        _ => failure.into_error().into(),
    }
}

/// What Cognito refuses to read as a password at all (API reference: pattern
/// `[\S]+.*[\S]+`, at most 256 characters).
fn acceptable(secret: &str) -> Result<(), SignInRefusal> {
    let words = if secret.len() > password::MAXIMUM_BYTES {
        "Choose a password of at most 256 characters."
    } else if secret.trim() != secret {
        "Remove the space at the password’s beginning or end."
    } else if secret.chars().count() < 6 {
        "Choose a longer password."
    } else {
        return Ok(());
    };
    Err(SignInRefusal::PasswordRefused(words.to_owned()))
}

pub(super) fn unsupported(challenge: Option<&ChallengeNameType>) -> SignInRefusal {
    let Some(challenge) = challenge else { return unreadable("AdminInitiateAuth").into() };
    SignInRefusal::Provider(IdentityError::Refused(format!(
        "The user pool asks for {challenge}, which this installation does not offer. Leave only \
         authenticator apps on in the user pool’s multi-factor authentication."
    )))
}

/// These calls use up what they are sent: a second attempt after a lost answer
/// would be refused, which is not what happened.
pub(super) fn once() -> cognito::config::Builder {
    cognito::Config::builder().retry_config(RetryConfig::disabled())
}
