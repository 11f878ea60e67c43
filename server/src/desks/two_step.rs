//! Two-step sign-in: the second step of a sign-in, one's own authenticator app,
//! and who has to have one.

use super::OrPublic;
use super::sign_in::{
    SignInOffice, WRONG_CREDENTIALS, Waiting, WaitsFor, by_account, field, of_account, refused,
};
use crate::identity::{
    AccountChange, Challenge, Deed, IdentityError, Principal, Recovered, Role, SignIn,
    SignInRefusal, Subject,
};
use crate::observe;
use crate::random;
use crate::store::audit::{self, Actor, Event};
use crate::store::users::{Account, Holder};
use crate::store::{Store, StoreError, organisations, two_step, users};
use async_trait::async_trait;
use partners_app::desks::{Admin, NextStep, Origin, Person, SignInStep, TwoStepDesk, Visitor};
use partners_app::domain::two_step::{RECOVERY_CODES, app_code, recovery_code};
use partners_app::domain::{
    ActorKind, Email, OrganisationId, OwnTwoStep, PartnerUser, PartnerUserId, QrCode,
    RecoveryCodes, SecondStep, TwoStepChange, TwoStepChanged, TwoStepPolicy, TwoStepSetUp,
};
use partners_app::error::PublicError;
use qrcode::{Color, EcLevel};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// So many codes may be tried for one account in the window of all attempts.
const CODES: i64 = 10;
/// What authenticator apps show beside the account.
const ISSUER: &str = "Partners";
/// The empty edge that a QR code needs on each side, in modules.
const QUIET_ZONE: usize = 4;

const WRONG_CODE: &str = "This code is wrong, or has been used before. Enter the one that your app shows now, or a recovery code you have not used yet.";
const WRONG_FIRST_CODE: &str =
    "This code is wrong. Enter the six digits that the app shows now for Partners.";
pub(super) const TOO_LONG: &str = "This took too long. Sign in once more.";

/// Whether somebody of this role has to sign in in two steps.
///
/// # Errors
/// Where the database fails.
pub(super) async fn is_required(store: &Store, role: Role) -> Result<bool, StoreError> {
    let mut reader = store.read().await?;
    let policy = two_step::policy(reader.connection()).await?;
    match (policy, role) {
        (TwoStepPolicy::Everyone, _) | (TwoStepPolicy::Admins, Role::Admin) => Ok(true),
        (TwoStepPolicy::Optional, Role::Admin) => Ok(false),
        (_, Role::Partner(organisation)) => {
            let required = two_step::is_required(reader.connection(), organisation).await?;
            Ok(required.unwrap_or_default())
        }
    }
}

/// What is kept of a recovery code. 75 random bits need no slow hash.
fn digest(subject: &str, code: &str) -> Vec<u8> {
    random::digest(&format!("{subject} {}", recovery_code(code)))
}

/// New recovery codes of an account, with what is kept of each.
fn new_codes(subject: &Subject) -> (RecoveryCodes, Vec<Vec<u8>>) {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random::recovery_code()).collect();
    let hashes = codes.iter().map(|code| digest(&subject.0, code)).collect();
    (RecoveryCodes(codes), hashes)
}

/// What an authenticator app reads from a QR code (Google's key URI format,
/// which all of them read).
fn key_uri(email: &str, secret: &str) -> Option<String> {
    let mut uri = url::Url::parse("otpauth://totp/").ok()?;
    uri.path_segments_mut().ok()?.pop_if_empty().push(&format!("{ISSUER}:{email}"));
    uri.query_pairs_mut().append_pair("secret", secret).append_pair("issuer", ISSUER);
    Some(uri.into())
}

/// A text as a QR code: each row's dark runs as rectangles of one path.
fn qr_code(text: &str) -> Option<QrCode> {
    let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                let (left, top) = (x + QUIET_ZONE, y + QUIET_ZONE);
                path.push_str(&format!("M{left} {top}h{length}v1h-{length}z"));
            }
            x += length;
        }
    }
    Some(QrCode { size: width + 2 * QUIET_ZONE, path })
}

/// A secret in groups of four, to be typed.
fn grouped(secret: &str) -> String {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

fn refuse_password(refusal: SignInRefusal, origin: &Origin) -> PublicError {
    match refusal {
        SignInRefusal::WrongCredentials => refused(field::PASSWORD, "This password is wrong."),
        other => SignInOffice::refuse(other, origin, field::PASSWORD),
    }
}

fn refuse_code(refusal: SignInRefusal, origin: &Origin, wrong: &str) -> PublicError {
    match refusal {
        SignInRefusal::WrongCode => {
            observe::sign_in(refusal.outcome());
            tracing::info!(address = %origin.address, request.reference = %origin.reference, "a code was refused");
            refused(field::CODE, wrong)
        }
        SignInRefusal::ChallengeExpired => {
            observe::sign_in(refusal.outcome());
            PublicError::Refused(TOO_LONG.to_owned())
        }
        other => SignInOffice::refuse(other, origin, field::CODE),
    }
}

/// Whoever is not let in is told so on the sign-in page: at a later step there
/// is no password that could be wrong.
pub(super) fn begin_again(error: PublicError) -> PublicError {
    match error {
        PublicError::Invalid(_) => PublicError::Refused(WRONG_CREDENTIALS.to_owned()),
        other => other,
    }
}

/// Who has shown who they are, and which partner user that is.
pub(super) fn actor(origin: &Origin, principal: &Principal, user: Option<PartnerUserId>) -> Actor {
    Actor {
        kind: match principal.role {
            Role::Admin => ActorKind::Admin,
            Role::Partner(_) => ActorKind::PartnerUser,
        },
        id: user.map_or_else(|| principal.subject.0.clone(), |user| user.to_string()),
        name: principal.name.clone(),
        origin: Some(origin.clone()),
    }
}

/// One's own account, as the identity provider and the audit trail know it.
struct Own {
    subject: Subject,
    email: Email,
    role: Role,
    user: Option<PartnerUserId>,
    actor: Actor,
}

/// What the next sign-in takes of somebody without an authenticator app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextSignIn {
    /// The password.
    ByPassword,
    /// The password, and then an app has to be set up.
    SetsUpAnew,
}

impl SignInOffice {
    /// Begins to set an authenticator app up, on the page that comes next.
    pub(super) async fn set_up(
        &self,
        origin: &Origin,
        email: &Email,
        person: Option<Principal>,
        wanted: &str,
        may_set_up: &Challenge,
        is_required: bool,
    ) -> Result<SignInStep, PublicError> {
        let app = self
            .identity
            .new_authenticator(may_set_up)
            .await
            .map_err(|refusal| refuse_code(refusal, origin, WRONG_FIRST_CODE))?;
        let waits_for = WaitsFor::SetUp {
            challenge: app.challenge.0.expose_secret().to_owned(),
            secret: app.secret.expose_secret().to_owned(),
            is_required,
            person,
        };
        let waiting =
            Waiting { email: email.as_str().to_owned(), wanted: wanted.to_owned(), waits_for };
        self.keep_waiting(origin, &waiting, NextStep::SetUp).await
    }

    /// New recovery codes in place of those there are.
    async fn replace_codes(
        &self,
        origin: &Origin,
        own: &Own,
    ) -> Result<RecoveryCodes, PublicError> {
        let (codes, hashes) = new_codes(&own.subject);
        let event = Event {
            action: "two_step.codes_made",
            organisation: own.role.organisation(),
            subject: own.user.map(|user| user.0),
            changes: json!({}),
        };
        let write = async {
            let mut writer = self.store.write().await?;
            two_step::replace_codes(writer.connection(), &own.subject.0, &hashes).await?;
            audit::record(writer.connection(), self.clock.now(), &own.actor, &event).await?;
            writer.commit().await
        };
        write.await.or_public(origin)?;
        Ok(codes)
    }

    /// Goes past the second step with a recovery code, which is used up.
    async fn recover(
        &self,
        origin: &Origin,
        email: &Email,
        holder: Option<Holder>,
        subject: &str,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Recovered, PublicError> {
        let hash = digest(subject, code);
        let event = Event {
            action: "two_step.code_used",
            organisation: holder.map(|holder| holder.organisation),
            subject: holder.map(|holder| holder.id.0),
            changes: json!({}),
        };
        let write = async {
            let mut writer = self.store.write().await?;
            if !two_step::use_code(writer.connection(), subject, &hash).await? {
                return Ok(false);
            }
            let (now, actor) = (self.clock.now(), of_account(origin, email));
            audit::record(writer.connection(), now, &actor, &event).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(true)
        };
        if !write.await.or_public(origin)? {
            return Err(refuse_code(SignInRefusal::WrongCode, origin, WRONG_CODE));
        }
        let deed = Deed::TwoStepTurnedOff(Subject(subject.to_owned()));
        let change = by_account(origin, email, holder, deed);
        match self.changes.make(&change, self.identity.recover(challenge, &change)).await {
            Ok(recovered) => Ok(recovered),
            Err(refusal) => {
                // It opened nothing, so that it counts once more, where there are
                // no others by now.
                let back = async {
                    let mut writer = self.store.write().await?;
                    two_step::give_back(writer.connection(), subject, &hash).await?;
                    writer.commit().await
                };
                back.await.or_public(origin)?;
                Err(refuse_code(refusal, origin, WRONG_CODE))
            }
        }
    }

    async fn own(&self, person: &Person) -> Result<Own, PublicError> {
        let origin = person.origin();
        let unexpected = || PublicError::Unexpected { reference: origin.reference.clone() };
        let email = Email::parse(person.email()).map_err(|_| unexpected())?;
        match person {
            Person::Admin(admin) => Ok(Own {
                subject: Subject(admin.subject().to_owned()),
                email,
                role: Role::Admin,
                user: None,
                actor: Actor::from(admin),
            }),
            Person::Partner(partner) => {
                let read = async {
                    let mut reader = self.store.read().await?;
                    two_step::subject_of(reader.connection(), partner.user()).await
                };
                let subject = read.await.or_public(origin)?.ok_or_else(unexpected)?;
                Ok(Own {
                    subject: Subject(subject),
                    email,
                    role: Role::Partner(partner.organisation()),
                    user: Some(partner.user()),
                    actor: Actor::from(partner),
                })
            }
        }
    }

    /// Somebody gives their own password again; says whether they have an
    /// authenticator app, and with what they may set one up where they have none.
    async fn confirm_password(
        &self,
        origin: &Origin,
        own: &Own,
        password: &SecretString,
    ) -> Result<Option<Challenge>, PublicError> {
        let address = origin.address;
        let answer = self.identity.sign_in(&own.email, password, address).await;
        let (subject, may_set_up) = match answer {
            Ok(SignIn::Complete { principal, may_set_up }) => (principal.subject, Some(may_set_up)),
            Ok(SignIn::SecondStepRequired { subject, .. }) => (subject, None),
            Ok(SignIn::SetUpRequired(may_set_up)) => return Ok(Some(may_set_up)),
            Ok(SignIn::NewPasswordRequired(_)) => {
                return Err(refused(
                    field::PASSWORD,
                    "This is a temporary password. Sign out, and sign in with it once more.",
                ));
            }
            Err(refusal) => return Err(refuse_password(refusal, origin)),
        };
        if subject == own.subject {
            Ok(may_set_up)
        } else {
            Err(PublicError::Refused("This account has changed. Sign in once more.".to_owned()))
        }
    }

    /// Takes the app and the recovery codes off an account.
    async fn remove(&self, subject: &Subject, change: &AccountChange) -> Result<(), IdentityError> {
        self.changes.make(change, self.identity.remove_authenticator(subject, change)).await
    }

    /// Takes the app and the recovery codes off the account with this address,
    /// an admin's or a partner user's, as the operator asks at the command line;
    /// `None` where there is none.
    ///
    /// # Errors
    /// Where the identity provider or the database fails.
    pub async fn remove_two_step_at_the_command_line(
        &self,
        email: &Email,
    ) -> anyhow::Result<Option<NextSignIn>> {
        let Some(account) = self.identity.find(email).await? else { return Ok(None) };
        let known_by = Account::Subject(&account.subject.0);
        let holder = users::holder(self.store.read().await?.connection(), known_by).await?;
        let role = holder.map_or(Role::Admin, |holder| Role::Partner(holder.organisation));
        let is_required = is_required(&self.store, role).await?;
        let change = AccountChange {
            actor: Actor::command_line(),
            deed: Deed::TwoStepRemoved(account.subject.clone()),
            email: email.clone(),
            holder: holder.map(|holder| (holder.id, holder.organisation)),
        };
        self.remove(&account.subject, &change).await?;
        Ok(Some(if is_required { NextSignIn::SetsUpAnew } else { NextSignIn::ByPassword }))
    }
}

impl Own {
    fn turns_off(&self) -> AccountChange {
        AccountChange {
            actor: self.actor.clone(),
            deed: Deed::TwoStepTurnedOff(self.subject.clone()),
            email: self.email.clone(),
            holder: self.user.zip(self.role.organisation()),
        }
    }

    fn principal(&self) -> Principal {
        Principal {
            subject: self.subject.clone(),
            email: self.email.clone(),
            name: self.actor.name.clone(),
            role: self.role,
        }
    }
}

#[async_trait]
impl TwoStepDesk for SignInOffice {
    async fn second_step(&self, visitor: &Visitor) -> Result<Option<SecondStep>, PublicError> {
        let Some(waiting) = self.waiting(visitor).await? else { return Ok(None) };
        Ok(match waiting.waits_for {
            WaitsFor::NewPassword { .. } | WaitsFor::Hosted { .. } => None,
            WaitsFor::Code { .. } => Some(SecondStep::Code { email: waiting.email }),
            WaitsFor::SetUp { secret, is_required, .. } => {
                let qr = key_uri(&waiting.email, &secret).and_then(|uri| qr_code(&uri));
                let qr = qr.ok_or_else(|| PublicError::Unexpected {
                    reference: visitor.origin.reference.clone(),
                })?;
                Some(SecondStep::SetUp(TwoStepSetUp {
                    email: waiting.email,
                    secret: grouped(&secret),
                    qr,
                    is_required,
                }))
            }
        })
    }

    async fn give_code(&self, visitor: &Visitor, code: &str) -> Result<SignInStep, PublicError> {
        let origin = &visitor.origin;
        if code.trim().is_empty() {
            return Err(refused(field::CODE, "Enter the code that your app shows."));
        }
        let expired = || PublicError::Refused(TOO_LONG.to_owned());
        let waiting = self.waiting(visitor).await?.ok_or_else(expired)?;
        let WaitsFor::Code { challenge, subject } = waiting.waits_for else {
            return Err(expired());
        };
        self.limit(origin, &format!("second step of {subject}"), CODES).await?;
        // A code counts once: whoever is not let in keeps it.
        let email = Email::parse(&waiting.email).map_err(|_| expired())?;
        let entry = self.may_enter(origin, Account::Subject(&subject), &email).await;
        let holder = entry.map_err(begin_again)?;
        let challenge = Challenge(challenge.into());
        let principal = if app_code(code).is_some() {
            let given = self.identity.give_code(&challenge, code).await;
            given.map_err(|refusal| refuse_code(refusal, origin, WRONG_CODE))?
        } else {
            match self.recover(origin, &email, holder, &subject, &challenge, code).await? {
                Recovered::SignedIn(principal) => principal,
                Recovered::SignInAgain => {
                    return Ok(SignInStep {
                        cookies: vec![self.cookies.no_challenge()],
                        next: NextStep::SignIn,
                        wanted: String::new(),
                    });
                }
            }
        };
        self.open_session(visitor, &principal, &waiting.wanted).await.map_err(begin_again)
    }

    async fn confirm_set_up(
        &self,
        visitor: &Visitor,
        code: &str,
    ) -> Result<(SignInStep, RecoveryCodes), PublicError> {
        let origin = &visitor.origin;
        if code.trim().is_empty() {
            return Err(refused(field::CODE, "Enter the six digits that your app shows."));
        }
        let expired = || PublicError::Refused(TOO_LONG.to_owned());
        let waiting = self.waiting(visitor).await?.ok_or_else(expired)?;
        let WaitsFor::SetUp { challenge, person, .. } = waiting.waits_for else {
            return Err(expired());
        };
        // Codes are shown once, on the page of somebody who is signed in.
        let email = Email::parse(&waiting.email).map_err(|_| expired())?;
        let entry = self.may_enter(origin, Account::Email(&email), &email).await;
        let holder = entry.map_err(begin_again)?;
        let (actor, subject) = match person {
            Some(person) => {
                (actor(origin, &person, holder.map(|holder| holder.id)), person.subject)
            }
            None => {
                let account = self.identity.find(&email).await.or_public(origin)?;
                (of_account(origin, &email), account.ok_or_else(expired)?.subject)
            }
        };
        let (codes, hashes) = new_codes(&subject);
        let change = AccountChange {
            actor,
            deed: Deed::TwoStepSetUp { subject, codes: hashes },
            email,
            holder: holder.map(|holder| (holder.id, holder.organisation)),
        };
        let challenge = Challenge(challenge.into());
        let confirmed = self.identity.confirm_authenticator(&challenge, code, &change);
        let principal = self
            .changes
            .make(&change, confirmed)
            .await
            .map_err(|refusal| refuse_code(refusal, origin, WRONG_FIRST_CODE))?;
        let step = self.open_session(visitor, &principal, &waiting.wanted).await;
        Ok((step.map_err(begin_again)?, codes))
    }

    async fn own_two_step(&self, person: &Person) -> Result<OwnTwoStep, PublicError> {
        let origin = person.origin();
        let own = self.own(person).await?;
        let read = async {
            two_step::codes_left(self.store.read().await?.connection(), &own.subject.0).await
        };
        Ok(OwnTwoStep {
            is_on: self.identity.has_authenticator(&own.subject).await.or_public(origin)?,
            is_required: is_required(&self.store, own.role).await.or_public(origin)?,
            codes_left: read.await.or_public(origin)?,
        })
    }

    async fn change_two_step(
        &self,
        person: &Person,
        change: TwoStepChange,
        password: &str,
    ) -> Result<(Option<SignInStep>, TwoStepChanged), PublicError> {
        let origin = person.origin();
        if password.is_empty() {
            return Err(refused(field::PASSWORD, "Enter your password."));
        }
        self.limit_address(origin).await?;
        let own = self.own(person).await?;
        let is_required = is_required(&self.store, own.role).await.or_public(origin)?;
        if change == TwoStepChange::TurnOff && is_required {
            return Err(PublicError::Refused(
                "You have to sign in in two steps, so it cannot be turned off.".to_owned(),
            ));
        }
        let password = SecretString::from(password);
        let mut may_set_up = self.confirm_password(origin, &own, &password).await?;
        match (change, &may_set_up) {
            (TwoStepChange::SetUp, _) => {
                if may_set_up.is_none() {
                    self.remove(&own.subject, &own.turns_off()).await.or_public(origin)?;
                    may_set_up = self.confirm_password(origin, &own, &password).await?;
                }
                let may_set_up = may_set_up.ok_or_else(|| PublicError::Unexpected {
                    reference: origin.reference.clone(),
                })?;
                let person = Some(own.principal());
                let step = self.set_up(origin, &own.email, person, "", &may_set_up, is_required);
                Ok((Some(step.await?), TwoStepChanged::SetUp))
            }
            (_, Some(_)) => Err(PublicError::Refused("Two-step sign-in is not set up.".to_owned())),
            (TwoStepChange::NewCodes, None) => {
                let codes = self.replace_codes(origin, &own).await?;
                Ok((None, TwoStepChanged::NewCodes(codes)))
            }
            (TwoStepChange::TurnOff, None) => {
                self.remove(&own.subject, &own.turns_off()).await.or_public(origin)?;
                Ok((None, TwoStepChanged::Off))
            }
        }
    }

    async fn two_step_policy(&self, admin: &Admin) -> Result<TwoStepPolicy, PublicError> {
        let read = async { two_step::policy(self.store.read().await?.connection()).await };
        read.await.or_public(admin.origin())
    }

    async fn set_two_step_policy(
        &self,
        admin: &Admin,
        policy: TwoStepPolicy,
    ) -> Result<(), PublicError> {
        let write = async {
            let mut writer = self.store.write().await?;
            let before = two_step::policy(writer.connection()).await?;
            if before == policy {
                return Ok(());
            }
            two_step::set_policy(writer.connection(), policy).await?;
            let event = Event {
                action: "installation.changed",
                organisation: None,
                subject: None,
                changes: json!({ "two_step_required": [before, policy] }),
            };
            audit::record(writer.connection(), self.clock.now(), &Actor::from(admin), &event)
                .await?;
            writer.commit().await
        };
        write.await.or_public(admin.origin())
    }

    async fn requires_two_step(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<bool, PublicError> {
        let read = async {
            two_step::is_required(self.store.read().await?.connection(), organisation).await
        };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn set_requires_two_step(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
        required: bool,
    ) -> Result<(), PublicError> {
        let write = async {
            let mut writer = self.store.write().await?;
            if organisations::by_id(writer.connection(), organisation).await?.is_none() {
                return Ok::<_, StoreError>(Err(PublicError::NotFound));
            }
            if two_step::set_required(writer.connection(), organisation, required).await? {
                let event = Event {
                    action: "organisation.changed",
                    organisation: Some(organisation),
                    subject: Some(organisation.0),
                    changes: json!({ "two_step_required": [!required, required] }),
                };
                audit::record(writer.connection(), self.clock.now(), &Actor::from(admin), &event)
                    .await?;
            }
            writer.commit().await?;
            Ok(Ok(()))
        };
        write.await.or_public(admin.origin())?
    }

    async fn remove_two_step(
        &self,
        admin: &Admin,
        user: PartnerUserId,
    ) -> Result<PartnerUser, PublicError> {
        let origin = admin.origin();
        let read = async {
            let mut reader = self.store.read().await?;
            let found = users::by_id(reader.connection(), user, self.clock.now()).await?;
            let subject = two_step::subject_of(reader.connection(), user).await?;
            Ok::<_, StoreError>((found, subject))
        };
        let (found, subject) = read.await.or_public(origin)?;
        let found = found.ok_or(PublicError::NotFound)?;
        let subject = subject.map(Subject);
        let has_one = match &subject {
            Some(subject) => self.identity.has_authenticator(subject).await.or_public(origin)?,
            None => false,
        };
        let Some(subject) = subject.filter(|_| has_one) else {
            return Err(PublicError::Refused(format!(
                "{} has not set up two-step sign-in.",
                found.name
            )));
        };
        let change = AccountChange {
            actor: Actor::from(admin),
            deed: Deed::TwoStepRemoved(subject.clone()),
            email: found.email.clone(),
            holder: Some((user, found.organisation)),
        };
        self.remove(&subject, &change).await.or_public(origin)?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_uri_is_what_apps_read() {
        let uri = key_uri("ann+x@acme.example", "GEZDGNBVGY3TQOJQ").expect("a URI");
        assert_eq!(
            uri,
            "otpauth://totp/Partners:ann+x@acme.example?secret=GEZDGNBVGY3TQOJQ&issuer=Partners"
        );
    }

    #[test]
    fn a_qr_code_has_its_three_corners() {
        let code = qr_code("otpauth://totp/x").expect("a code");
        // The top row begins with the seven dark modules of a finder pattern.
        assert!(code.path.starts_with("M4 4h7v1h-7z"), "{}", code.path);
        let (right, bottom) = (code.size - 4 - 7, code.size - 4 - 1);
        assert!(code.path.contains(&format!("M{right} 4h7")), "{}", code.path);
        assert!(code.path.contains(&format!("M4 {bottom}h7")), "{}", code.path);
    }

    #[test]
    fn a_secret_is_typed_in_groups() {
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
