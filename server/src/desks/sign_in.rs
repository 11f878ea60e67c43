//! Signing in and out.

use super::{OrPublic, two_step};
use crate::identity::{
    AccountChange, AccountChanges, Challenge, Deed, Identity, IdentityError, Principal, Role,
    SignIn, SignInRefusal,
};
use crate::observe;
use crate::random;
use crate::store::audit::{self, Actor, Event};
use crate::store::users::{Account, Holder};
use crate::store::{
    Store, StoreError, attempts, former_users, organisations, partner_pages, sealed_notes,
    sessions, users,
};
use crate::web::cookies::Cookies;
use crate::web::session::{ABSOLUTE_LIFE, CHALLENGE_LIFE};
use crate::{clock::Clock, sealing};
use async_trait::async_trait;
use partners_app::desks::{NextStep, Origin, SignInDesk, SignInStep, Visitor};
use partners_app::domain::{
    ActorKind, Email, FieldErrors, OrganisationId, PartnerUserId, PasswordPolicy,
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
/// A right password opens the second step for so long.
const CODE_LIFE: Duration = Duration::from_secs(5 * 60);

/// Names of the forms' fields.
pub(super) mod field {
    pub const EMAIL: &str = "email";
    pub const NEW_PASSWORD: &str = "new_password";
    pub use partners_app::domain::two_step::field::{CODE, PASSWORD};
}

pub(super) const WRONG_CREDENTIALS: &str =
    "The email address or the password is wrong. Check both, or use Forgot password.";

const SET_UP_HERE: &str =
    "You have to sign in in two steps. Sign in here with your password once, and set up an app.";

/// The desk for signing in.
#[derive(Clone)]
pub struct SignInOffice {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) identity: Arc<dyn Identity>,
    pub(super) cookies: Cookies,
    pub(super) changes: AccountChanges,
}

/// A sign-in that waits for its next step, as it is sealed in the database.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) email: String,
    /// The address that was asked for.
    pub(super) wanted: String,
    pub(super) waits_for: WaitsFor,
}

/// The next step, with the provider's own note.
#[derive(Serialize, Deserialize)]
pub(super) enum WaitsFor {
    NewPassword {
        challenge: String,
    },
    /// A code of the authenticator app, or one of the account's recovery codes.
    Code {
        challenge: String,
        subject: String,
    },
    /// The way back from the provider's own page.
    Hosted {
        challenge: String,
    },
    /// The first code of an authenticator app with this secret, of somebody who
    /// is known already unless the provider itself demands the app.
    SetUp {
        challenge: String,
        secret: String,
        is_required: bool,
        person: Option<Principal>,
    },
}

impl WaitsFor {
    /// How long it waits.
    const fn life(&self) -> Duration {
        match self {
            Self::Code { .. } => CODE_LIFE,
            Self::NewPassword { .. } | Self::Hosted { .. } | Self::SetUp { .. } => CHALLENGE_LIFE,
        }
    }
}

impl SignInOffice {
    /// A desk over these.
    #[must_use]
    pub fn new(store: Store, clock: Clock, identity: Arc<dyn Identity>, cookies: Cookies) -> Self {
        let changes = AccountChanges::new(store.clone(), clock.clone(), identity.kind());
        Self { store, clock, identity, cookies, changes }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// [`PublicError::TooManyAttempts`] above `limit` in the window.
    pub(super) async fn limit(
        &self,
        origin: &Origin,
        key: &str,
        limit: i64,
    ) -> Result<(), PublicError> {
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

    pub(super) async fn limit_address(&self, origin: &Origin) -> Result<(), PublicError> {
        let key = format!("sign-in from {}", origin.address);
        let limited = self.limit(origin, &key, ADDRESS_ATTEMPTS).await;
        if matches!(limited, Err(PublicError::TooManyAttempts(_))) {
            observe::sign_in("too_many_attempts");
        }
        limited
    }

    /// Goes on with what the identity provider says of a step.
    async fn proceed(
        &self,
        visitor: &Visitor,
        email: &Email,
        wanted: &str,
        answer: SignIn,
    ) -> Result<SignInStep, PublicError> {
        let origin = &visitor.origin;
        let (waits_for, next) = match answer {
            SignIn::Complete { principal, may_set_up } => {
                // Before anything is set up: whoever is not let in is told so.
                self.admit(origin, &principal).await?;
                if two_step::is_required(&self.store, principal.role).await.or_public(origin)? {
                    let person = Some(principal);
                    return self.set_up(origin, email, person, wanted, &may_set_up, true).await;
                }
                return self.open_session(visitor, &principal, wanted).await;
            }
            SignIn::SetUpRequired(may_set_up) => {
                return self.set_up(origin, email, None, wanted, &may_set_up, true).await;
            }
            SignIn::NewPasswordRequired(challenge) => {
                // The temporary password is not used up by whoever is not let in.
                self.may_enter(origin, Account::Email(email), email).await?;
                let challenge = challenge.0.expose_secret().to_owned();
                (WaitsFor::NewPassword { challenge }, NextStep::NewPassword)
            }
            SignIn::SecondStepRequired { challenge, subject } => {
                self.may_enter(origin, Account::Subject(&subject.0), email).await?;
                let challenge = challenge.0.expose_secret().to_owned();
                (WaitsFor::Code { challenge, subject: subject.0 }, NextStep::Code)
            }
        };
        observe::sign_in(match next {
            NextStep::Code => "code_required",
            _ => "new_password_required",
        });
        let (email, wanted) = (email.as_str().to_owned(), wanted.to_owned());
        self.keep_waiting(origin, &Waiting { email, wanted, waits_for }, next).await
    }

    /// Whether the identity provider's word is enough: a partner user must be
    /// one here too, and neither disabled nor of a suspended organisation.
    /// Returns which one it is; none for an admin.
    pub(super) async fn admit(
        &self,
        origin: &Origin,
        principal: &Principal,
    ) -> Result<Option<PartnerUserId>, PublicError> {
        let Role::Partner(organisation) = principal.role else { return Ok(None) };
        let account = Account::Subject(&principal.subject.0);
        let holder = self.may_enter(origin, account, &principal.email).await?;
        match holder.filter(|holder| holder.organisation == organisation) {
            Some(holder) => Ok(Some(holder.id)),
            None => Err(PublicError::Refused(
                "Your access is still being set up. Try again in a minute.".to_owned(),
            )),
        }
    }

    /// Lets pass whose account this is, unless they are disabled, deleted, or of
    /// a suspended organisation. Returns which partner user it is; none for an
    /// admin, or for one who is not known yet.
    pub(super) async fn may_enter(
        &self,
        origin: &Origin,
        account: Account<'_>,
        email: &Email,
    ) -> Result<Option<Holder>, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            let holder = users::holder(reader.connection(), account).await?;
            let is_gone =
                holder.is_none() && former_users::is_leaving(reader.connection(), email).await?;
            Ok::<_, StoreError>((holder, is_gone))
        };
        let (holder, is_gone) = read.await.or_public(origin)?;
        if let Some(holder) = &holder {
            self.admit_organisation(origin, holder.organisation).await?;
        }
        if is_gone || holder.as_ref().is_some_and(|holder| !holder.enabled) {
            return Err(refused(field::PASSWORD, WRONG_CREDENTIALS));
        }
        Ok(holder)
    }

    pub(super) async fn open_session(
        &self,
        visitor: &Visitor,
        principal: &Principal,
        wanted: &str,
    ) -> Result<SignInStep, PublicError> {
        let origin = &visitor.origin;
        let partner_user = self.admit(origin, principal).await?;
        let token = random::token();
        let write = self.write_session(visitor, principal, partner_user, &token);
        if !write.await.or_public(origin)? {
            return Err(refused(field::PASSWORD, WRONG_CREDENTIALS));
        }
        observe::sign_in("complete");
        let mut cookies = vec![self.cookies.session(&token)];
        if visitor.challenge_token.is_some() {
            cookies.push(self.cookies.no_challenge());
        }
        let next = if partner_user.is_some() { NextStep::PartnerPages } else { NextStep::Settings };
        Ok(SignInStep { cookies, next, wanted: wanted.to_owned() })
    }

    /// The address of the provider's own sign-in page, and the cookie for the way
    /// back from it to `wanted`.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where it has none.
    pub async fn begin_hosted(
        &self,
        visitor: &Visitor,
        wanted: &str,
    ) -> Result<(String, String), PublicError> {
        let origin = &visitor.origin;
        self.limit_address(origin).await?;
        let way = self.identity.begin_hosted().or_public(origin)?;
        let challenge = way.challenge.0.expose_secret().to_owned();
        let waits_for = WaitsFor::Hosted { challenge };
        let waiting = Waiting { email: String::new(), wanted: wanted.to_owned(), waits_for };
        let step = self.keep_waiting(origin, &waiting, NextStep::SignIn).await?;
        Ok((way.address, step.cookies.concat()))
    }

    /// Signs in whoever comes back from it.
    ///
    /// # Errors
    /// As signing in with a password.
    pub async fn finish_hosted(
        &self,
        visitor: &Visitor,
        state: &str,
        code: &str,
    ) -> Result<SignInStep, PublicError> {
        let origin = &visitor.origin;
        let over = || PublicError::Refused(two_step::TOO_LONG.to_owned());
        let token = visitor.challenge_token.as_ref().ok_or_else(over)?;
        let take = async {
            let mut writer = self.store.write().await?;
            let sealed =
                sealed_notes::take(writer.connection(), &random::digest(token), self.clock.now())
                    .await?;
            writer.commit().await?;
            Ok::<_, StoreError>(sealed)
        };
        let waiting = take
            .await
            .or_public(origin)?
            .and_then(|sealed| sealing::open(token, sealed))
            .and_then(|plain| serde_json::from_slice(&plain).ok());
        let Some(Waiting { wanted, waits_for: WaitsFor::Hosted { challenge }, .. }) = waiting
        else {
            return Err(over());
        };
        let principal =
            self.identity.finish_hosted(&Challenge(challenge.into()), state, code).await;
        match principal {
            Ok(principal) => {
                self.admit(origin, &principal).await?;
                // The page asks whoever has an app for its code, and nobody else.
                if two_step::is_required(&self.store, principal.role).await.or_public(origin)?
                    && !self
                        .identity
                        .has_authenticator(&principal.subject)
                        .await
                        .or_public(origin)?
                {
                    observe::sign_in("set_up_required");
                    return Err(PublicError::Refused(SET_UP_HERE.to_owned()));
                }
                self.open_session(visitor, &principal, &wanted).await
            }
            Err(SignInRefusal::ChallengeExpired) => Err(over()),
            Err(refusal) => Err(Self::refuse(refusal, origin, field::PASSWORD)),
        }
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

    /// Opens a session; false where the partner user may not sign in any more.
    async fn write_session(
        &self,
        visitor: &Visitor,
        principal: &Principal,
        partner_user: Option<PartnerUserId>,
        token: &str,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        if let Some(user) = partner_user
            && !users::signed_in(writer.connection(), user, now).await?
        {
            return Ok(false);
        }
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
        let event = Event {
            action: "session.opened",
            organisation: principal.role.organisation(),
            subject: partner_user.map(|user| user.0),
            changes: json!({}),
        };
        let actor = two_step::actor(&visitor.origin, principal, partner_user);
        audit::record(writer.connection(), now, &actor, &event).await?;
        writer.commit().await?;
        Ok(true)
    }

    pub(super) async fn keep_waiting(
        &self,
        origin: &Origin,
        waiting: &Waiting,
        next: NextStep,
    ) -> Result<SignInStep, PublicError> {
        let token = random::token();
        let sealed =
            serde_json::to_vec(waiting).ok().and_then(|plain| sealing::seal(&token, &plain));
        let Some(sealed) = sealed else {
            return Err(PublicError::Unexpected { reference: origin.reference.clone() });
        };
        let until = self.clock.now().plus(waiting.waits_for.life());
        let write = async {
            let mut writer = self.store.write().await?;
            sealed_notes::insert(writer.connection(), &random::digest(&token), &sealed, until)
                .await?;
            writer.commit().await
        };
        write.await.or_public(origin)?;
        Ok(SignInStep {
            cookies: vec![self.cookies.challenge(&token)],
            next,
            wanted: String::new(),
        })
    }

    pub(super) async fn waiting(&self, visitor: &Visitor) -> Result<Option<Waiting>, PublicError> {
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
    pub(super) fn refuse(refusal: SignInRefusal, origin: &Origin, field: &str) -> PublicError {
        tracing::info!(reason = %refusal, address = %origin.address, request.reference = %origin.reference, "a sign-in was refused");
        observe::sign_in(refusal.outcome());
        match refusal {
            SignInRefusal::WrongCredentials => refused(field, WRONG_CREDENTIALS),
            SignInRefusal::TemporaryPasswordExpired => refused(
                field,
                "This temporary password has expired. Ask your administrator for a new one.",
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

/// Whoever knows a password or a code of an account.
pub(super) fn of_account(origin: &Origin, email: &Email) -> Actor {
    Actor {
        kind: ActorKind::Account,
        id: email.to_string(),
        name: email.to_string(),
        origin: Some(origin.clone()),
    }
}

/// What they do with it. `holder` is the partner user whose account it is.
pub(super) fn by_account(
    origin: &Origin,
    email: &Email,
    holder: Option<Holder>,
    deed: Deed,
) -> AccountChange {
    AccountChange {
        actor: of_account(origin, email),
        deed,
        email: email.clone(),
        holder: holder.map(|holder| (holder.id, holder.organisation)),
    }
}

pub(super) fn refused(field: &str, message: &str) -> PublicError {
    PublicError::field(field, message)
}

#[async_trait]
impl SignInDesk for SignInOffice {
    async fn sign_in(
        &self,
        visitor: &Visitor,
        email: &str,
        password: &str,
        wanted: &str,
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
            Ok(answer) => self.proceed(visitor, &email, wanted, answer).await,
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
        let expired = || {
            let refusal = SignInRefusal::ChallengeExpired;
            Self::refuse(refusal, &visitor.origin, field::NEW_PASSWORD)
        };
        let Waiting { email, wanted, waits_for } =
            self.waiting(visitor).await?.ok_or_else(expired)?;
        let WaitsFor::NewPassword { challenge } = waits_for else { return Err(expired()) };
        let email = Email::parse(&email).map_err(|_| expired())?;
        let entry = self.may_enter(&visitor.origin, Account::Email(&email), &email).await;
        let holder = entry.map_err(two_step::begin_again)?;
        let challenge = Challenge(challenge.into());
        let password = SecretString::from(password);
        let change = by_account(&visitor.origin, &email, holder, Deed::PasswordSet);
        let set = self.identity.set_first_password(&challenge, &password, &change);
        match self.changes.make(&change, set).await {
            Ok(answer) => {
                let next = self.proceed(visitor, &email, &wanted, answer).await;
                next.map_err(two_step::begin_again)
            }
            Err(refusal) => Err(Self::refuse(refusal, &visitor.origin, field::NEW_PASSWORD)),
        }
    }

    async fn waiting_email(&self, visitor: &Visitor) -> Result<Option<String>, PublicError> {
        let waiting = self.waiting(visitor).await?;
        let waiting =
            waiting.filter(|waiting| matches!(waiting.waits_for, WaitsFor::NewPassword { .. }));
        Ok(waiting.map(|waiting| waiting.email))
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
        let holder = async {
            users::holder(self.store.read().await?.connection(), Account::Email(&email)).await
        };
        let holder = holder.await.or_public(&visitor.origin)?;
        let password = SecretString::from(password);
        let change = by_account(&visitor.origin, &email, holder, Deed::PasswordReset);
        let reset = self.identity.reset_password(&email, code.trim(), &password, &change);
        self.changes
            .make(&change, reset)
            .await
            .map_err(|refusal| Self::refuse(refusal, &visitor.origin, field::NEW_PASSWORD))?;
        Ok(SignInStep { cookies: Vec::new(), next: NextStep::SignIn, wanted: String::new() })
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
            wanted: String::new(),
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
