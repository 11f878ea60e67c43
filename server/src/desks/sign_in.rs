//! Signing in and out.

use super::OrPublic;
use crate::identity::{Challenge, Identity, IdentityError, Principal, Role, SignIn, SignInRefusal};
use crate::random;
use crate::store::audit::{self, Actor, Event};
use crate::store::{
    Store, StoreError, attempts, organisations, partner_pages, sealed_notes, sessions, users,
};
use crate::web::cookies::Cookies;
use crate::web::session::{ABSOLUTE_LIFE, CHALLENGE_LIFE};
use crate::{clock::Clock, sealing};
use async_trait::async_trait;
use partners_app::desks::{NextStep, Origin, SignInDesk, SignInStep, Visitor};
use partners_app::domain::{
    Email, FieldErrors, OrganisationId, PartnerUserId, PasswordPolicy, UserStatus,
};
use partners_app::error::PublicError;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// So many attempts may come from one address …
const ADDRESS_ATTEMPTS: i64 = 40;
/// … and so many codes be asked for with one email …
const CODE_REQUESTS: i64 = 5;
/// … in this time.
const WINDOW: Duration = Duration::from_secs(10 * 60);

/// Names of the forms' fields.
mod field {
    pub const EMAIL: &str = "email";
    pub const PASSWORD: &str = "password";
    pub const NEW_PASSWORD: &str = "new_password";
    pub const CODE: &str = "code";
}

const WRONG_CREDENTIALS: &str =
    "The email address or the password is wrong. Check both, or use Forgot password.";

/// The desk for signing in.
#[derive(Clone)]
pub struct SignInOffice {
    store: Store,
    clock: Clock,
    identity: Arc<dyn Identity>,
    cookies: Cookies,
}

/// A sign-in that waits for a new password, as it is sealed in the database.
#[derive(Serialize, Deserialize)]
struct Waiting {
    email: String,
    challenge: String,
}

impl SignInOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Clock,
        identity: Arc<dyn Identity>,
        cookies: Cookies,
    ) -> Self {
        Self { store, clock, identity, cookies }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// [`PublicError::TooManyAttempts`] above `limit` in the window.
    async fn limit(&self, origin: &Origin, key: &str, limit: i64) -> Result<(), PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let counted = attempts::count(writer.connection(), key, now, WINDOW).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(counted)
        };
        let (count, ends) = write.await.or_public(origin)?;
        if count <= limit {
            return Ok(());
        }
        let seconds = (ends.millis() - now.millis()) / 1_000;
        Err(PublicError::TooManyAttempts(u32::try_from(seconds).unwrap_or(1)))
    }

    async fn limit_address(&self, origin: &Origin) -> Result<(), PublicError> {
        self.limit(origin, &format!("sign-in from {}", origin.address), ADDRESS_ATTEMPTS).await
    }

    async fn open_session(
        &self,
        visitor: &Visitor,
        principal: &Principal,
    ) -> Result<SignInStep, PublicError> {
        let origin = &visitor.origin;
        let partner_user = match principal.role {
            Role::Admin => None,
            Role::Partner(organisation) => {
                let read = async {
                    let mut reader = self.store.read().await?;
                    users::by_subject(reader.connection(), &principal.subject.0, self.clock.now())
                        .await
                };
                let user =
                    read.await.or_public(origin)?.filter(|user| user.organisation == organisation);
                if let Some(user) = &user {
                    self.admit_organisation(origin, user.organisation).await?;
                }
                match user {
                    Some(user) if !matches!(user.status, UserStatus::Disabled) => Some(user.id),
                    Some(_) => return Err(refused(field::PASSWORD, WRONG_CREDENTIALS)),
                    None => {
                        return Err(PublicError::Refused(
                            "Your access is still being set up. Try again in a minute.".to_owned(),
                        ));
                    }
                }
            }
        };
        let token = random::token();
        self.write_session(visitor, principal, partner_user, &token).await.or_public(origin)?;
        let mut cookies = vec![self.cookies.session(&token)];
        if visitor.challenge_token.is_some() {
            cookies.push(self.cookies.no_challenge());
        }
        let next = if partner_user.is_some() { NextStep::PartnerPages } else { NextStep::Settings };
        Ok(SignInStep { cookies, next })
    }

    /// Lets the users of an organisation pass that is not suspended; the others
    /// are told whom to ask.
    async fn admit_organisation(
        &self,
        origin: &Origin,
        id: OrganisationId,
    ) -> Result<(), PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            let organisation = organisations::by_id(reader.connection(), id).await?;
            let contact = partner_pages::contact(reader.connection()).await?;
            Ok::<_, StoreError>((organisation, contact))
        };
        let (organisation, contact) = read.await.or_public(origin)?;
        let Some(organisation) = organisation.filter(|found| found.suspended_at.is_some()) else {
            return Ok(());
        };
        let whom = if contact.is_empty() { "an administrator" } else { contact.as_str() };
        Err(PublicError::Refused(format!(
            "{} is suspended, so nobody of it can sign in at the moment. Ask {whom}.",
            organisation.name
        )))
    }

    async fn write_session(
        &self,
        visitor: &Visitor,
        principal: &Principal,
        partner_user: Option<PartnerUserId>,
        token: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        // The session of before, if any, ends: a token never changes owner.
        if let Some(old) = &visitor.session_token {
            sessions::delete(writer.connection(), &random::digest(old)).await?;
        }
        let session = sessions::NewSession {
            token_hash: &random::digest(token),
            subject: &principal.subject.0,
            name: &principal.name,
            email: principal.email.as_str(),
            partner_user,
            expires_at: now.plus(ABSOLUTE_LIFE),
            address: &visitor.origin.address.to_string(),
            user_agent: &visitor.user_agent,
        };
        sessions::insert(writer.connection(), &session, now).await?;
        if let Some(user) = partner_user {
            users::signed_in(writer.connection(), user, now).await?;
        }
        let event = Event {
            action: "session.opened",
            organisation: match principal.role {
                Role::Admin => None,
                Role::Partner(organisation) => Some(organisation),
            },
            subject: partner_user.map(|user| user.0),
            changes: json!({}),
        };
        let actor = Actor {
            kind: if partner_user.is_some() { "partner_user" } else { "admin" },
            id: principal.subject.0.clone(),
            name: principal.name.clone(),
            origin: Some(visitor.origin.clone()),
        };
        audit::record(writer.connection(), now, &actor, &event).await?;
        writer.commit().await
    }

    async fn keep_challenge(
        &self,
        origin: &Origin,
        email: &Email,
        challenge: &Challenge,
    ) -> Result<SignInStep, PublicError> {
        let token = random::token();
        let waiting = Waiting {
            email: email.as_str().to_owned(),
            challenge: challenge.0.expose_secret().to_owned(),
        };
        let sealed =
            serde_json::to_vec(&waiting).ok().and_then(|plain| sealing::seal(&token, &plain));
        let Some(sealed) = sealed else {
            return Err(PublicError::Unexpected { reference: origin.reference.clone() });
        };
        let until = self.clock.now().plus(CHALLENGE_LIFE);
        let write = async {
            let mut writer = self.store.write().await?;
            sealed_notes::insert(writer.connection(), &random::digest(&token), &sealed, until)
                .await?;
            writer.commit().await
        };
        write.await.or_public(origin)?;
        Ok(SignInStep {
            cookies: vec![self.cookies.challenge(&token)],
            next: NextStep::NewPassword,
        })
    }

    async fn waiting(&self, visitor: &Visitor) -> Result<Option<Waiting>, PublicError> {
        let Some(token) = &visitor.challenge_token else { return Ok(None) };
        let read = async {
            let mut reader = self.store.read().await?;
            sealed_notes::get(reader.connection(), &random::digest(token), self.clock.now()).await
        };
        let sealed = read.await.or_public(&visitor.origin)?;
        Ok(sealed
            .and_then(|sealed| sealing::open(token, sealed))
            .and_then(|plain| serde_json::from_slice(&plain).ok()))
    }

    /// Notes a refused attempt in the log and puts it into words. `field` is
    /// the form's password field.
    fn refuse(refusal: SignInRefusal, origin: &Origin, field: &str) -> PublicError {
        tracing::info!(reason = %refusal, address = %origin.address, request.reference = %origin.reference, "a sign-in was refused");
        match refusal {
            SignInRefusal::WrongCredentials => refused(field, WRONG_CREDENTIALS),
            SignInRefusal::TemporaryPasswordExpired => refused(
                field,
                "This temporary password has expired. Ask your administrator to send the invitation again.",
            ),
            SignInRefusal::ResetRequired => {
                refused(field, "A new password must be set. Use Forgot password to get a code.")
            }
            SignInRefusal::PasswordRefused(reason) => refused(field::NEW_PASSWORD, &reason),
            SignInRefusal::WrongCode => refused(
                field::CODE,
                "This code is wrong or has expired. Check it, or ask for a new one.",
            ),
            SignInRefusal::ChallengeExpired => PublicError::Refused(
                "This took too long. Sign in once more with your temporary password.".to_owned(),
            ),
            SignInRefusal::Locked(wait) => PublicError::TooManyAttempts(
                u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1),
            ),
            SignInRefusal::Provider(error) => {
                match Err::<(), IdentityError>(error).or_public(origin) {
                    Err(error) => error,
                    Ok(()) => PublicError::Unexpected { reference: origin.reference.clone() },
                }
            }
        }
    }
}

fn refused(field: &str, message: &str) -> PublicError {
    PublicError::field(field, message)
}

#[async_trait]
impl SignInDesk for SignInOffice {
    async fn sign_in(
        &self,
        visitor: &Visitor,
        email: &str,
        password: &str,
    ) -> Result<SignInStep, PublicError> {
        let mut errors = FieldErrors::new();
        let email = errors.take(field::EMAIL, Email::parse(email));
        if password.is_empty() {
            errors.push(field::PASSWORD, "Enter your password.");
        }
        let Some(email) = email.filter(|_| errors.is_empty()) else {
            return Err(PublicError::Invalid(errors));
        };
        self.limit_address(&visitor.origin).await?;
        let password = SecretString::from(password);
        match self.identity.sign_in(&email, &password, visitor.origin.address).await {
            Ok(SignIn::Complete(principal)) => self.open_session(visitor, &principal).await,
            Ok(SignIn::NewPasswordRequired(challenge)) => {
                self.keep_challenge(&visitor.origin, &email, &challenge).await
            }
            Err(refusal) => Err(Self::refuse(refusal, &visitor.origin, field::PASSWORD)),
        }
    }

    async fn set_first_password(
        &self,
        visitor: &Visitor,
        password: &str,
    ) -> Result<SignInStep, PublicError> {
        if password.is_empty() {
            return Err(refused(field::NEW_PASSWORD, "Choose a new password."));
        }
        self.limit_address(&visitor.origin).await?;
        let Some(waiting) = self.waiting(visitor).await? else {
            return Err(Self::refuse(
                SignInRefusal::ChallengeExpired,
                &visitor.origin,
                field::NEW_PASSWORD,
            ));
        };
        let challenge = Challenge(waiting.challenge.into());
        match self.identity.set_first_password(&challenge, &SecretString::from(password)).await {
            Ok(principal) => self.open_session(visitor, &principal).await,
            Err(refusal) => Err(Self::refuse(refusal, &visitor.origin, field::NEW_PASSWORD)),
        }
    }

    async fn waiting_email(&self, visitor: &Visitor) -> Result<Option<String>, PublicError> {
        Ok(self.waiting(visitor).await?.map(|waiting| waiting.email))
    }

    async fn request_reset(&self, visitor: &Visitor, email: &str) -> Result<(), PublicError> {
        let email =
            Email::parse(email).map_err(|message| PublicError::field(field::EMAIL, message))?;
        self.limit_address(&visitor.origin).await?;
        self.limit(&visitor.origin, &format!("code for {email}"), CODE_REQUESTS).await?;
        self.identity.request_reset(&email).await.or_public(&visitor.origin)
    }

    async fn reset_password(
        &self,
        visitor: &Visitor,
        email: &str,
        code: &str,
        password: &str,
    ) -> Result<SignInStep, PublicError> {
        let mut errors = FieldErrors::new();
        let email = errors.take(field::EMAIL, Email::parse(email));
        if code.trim().is_empty() {
            errors.push(field::CODE, "Enter the code from the mail.");
        }
        if password.is_empty() {
            errors.push(field::NEW_PASSWORD, "Choose a new password.");
        }
        let Some(email) = email.filter(|_| errors.is_empty()) else {
            return Err(PublicError::Invalid(errors));
        };
        self.limit_address(&visitor.origin).await?;
        self.identity
            .reset_password(&email, code.trim(), &SecretString::from(password))
            .await
            .map_err(|refusal| Self::refuse(refusal, &visitor.origin, field::NEW_PASSWORD))?;
        let write = async {
            let mut writer = self.store.write().await?;
            sessions::delete_of_email(writer.connection(), email.as_str()).await?;
            let actor = Actor {
                kind: "account",
                id: email.as_str().to_owned(),
                name: email.as_str().to_owned(),
                origin: Some(visitor.origin.clone()),
            };
            let event = Event {
                action: "password.reset",
                organisation: None,
                subject: None,
                changes: json!({}),
            };
            audit::record(writer.connection(), self.clock.now(), &actor, &event).await?;
            writer.commit().await
        };
        write.await.or_public(&visitor.origin)?;
        Ok(SignInStep { cookies: Vec::new(), next: NextStep::SignIn })
    }

    async fn sign_out(&self, visitor: &Visitor) -> Result<SignInStep, PublicError> {
        if let Some(token) = &visitor.session_token {
            let write = async {
                let mut writer = self.store.write().await?;
                sessions::delete(writer.connection(), &random::digest(token)).await?;
                writer.commit().await
            };
            write.await.or_public(&visitor.origin)?;
        }
        Ok(SignInStep {
            cookies: vec![self.cookies.no_session(), self.cookies.no_challenge()],
            next: NextStep::SignIn,
        })
    }

    async fn password_policy(&self) -> Result<PasswordPolicy, PublicError> {
        Ok(self.identity.password_policy().await.unwrap_or_else(|error| {
            // The provider checks the password in any case; the page should still open.
            tracing::warn!(%error, "the password rules could not be read");
            PasswordPolicy(Vec::new())
        }))
    }
}
