//! The embedded provider: accounts in the installation's own database.

use super::authenticator::Authenticator;
use super::change::AccountChange;
use super::passwords::{HashingFailed, Passwords};
use super::port::{
    Account, Challenge, ExistingAdmin, FormerAccount, HostedSignIn, Identity, IdentityError,
    InvitationDelivery, NewAccount, NewAuthenticator, Principal, ProvisionedAccount, Recovered,
    Role, SignIn, SignInRefusal, Subject,
};
use crate::clock::Clock;
use crate::mail::{MailError, Mailer, Occasion};
use crate::random;
use crate::store::accounts::{self, AccountRecord, NewPassword};
use crate::store::{Store, StoreError, authenticators};
use crate::vault::Vault;
use async_trait::async_trait;
use partners_app::domain::two_step::app_code;
use partners_app::domain::{
    Email, INVITATION_DAYS, OrganisationId, PasswordPolicy, PersonName, ProviderKind, ServiceState,
    Timestamp,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const DAY: u64 = 24 * 60 * 60;
const TEMPORARY_PASSWORD_DAYS: u64 = INVITATION_DAYS as u64;
const TEMPORARY_PASSWORD_LIFE: Duration = Duration::from_secs(TEMPORARY_PASSWORD_DAYS * DAY);
const CODE_MINUTES: u64 = 15;
const CODE_LIFE: Duration = Duration::from_secs(CODE_MINUTES * 60);
const CODE_ATTEMPTS: i64 = 5;
/// So many wrong passwords in a row are free; then each doubles the wait.
const FREE_ATTEMPTS: i64 = 5;
const FIRST_LOCK: Duration = Duration::from_secs(30);
const LONGEST_LOCK: Duration = Duration::from_secs(15 * 60);

/// Accounts in the installation's own database.
#[derive(Clone)]
pub struct Embedded {
    store: Store,
    clock: Clock,
    passwords: Passwords,
    mailer: Option<Mailer>,
    vault: Vault,
}

/// What a sign-in that waits for its next step remembers: the account, and the
/// password it was right for.
#[derive(Serialize, Deserialize)]
struct Waiting {
    account: Uuid,
    password_hash: String,
    /// The secret of an authenticator app that is being set up.
    #[serde(default)]
    secret: Option<String>,
}

impl Waiting {
    fn of(
        account: &AccountRecord,
        secret: Option<&SecretString>,
    ) -> Result<Challenge, IdentityError> {
        let waiting = Self {
            account: account.id,
            password_hash: account.password_hash.clone(),
            secret: secret.map(|secret| secret.expose_secret().to_owned()),
        };
        let note = serde_json::to_string(&waiting)
            .map_err(|error| IdentityError::Unavailable(error.to_string()))?;
        Ok(Challenge(note.into()))
    }

    fn read(challenge: &Challenge) -> Result<Self, SignInRefusal> {
        serde_json::from_str(challenge.0.expose_secret())
            .map_err(|_| SignInRefusal::ChallengeExpired)
    }
}

impl From<StoreError> for IdentityError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists => Self::EmailTaken,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<StoreError> for SignInRefusal {
    fn from(error: StoreError) -> Self {
        Self::Provider(error.into())
    }
}

impl From<HashingFailed> for IdentityError {
    fn from(error: HashingFailed) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<HashingFailed> for SignInRefusal {
    fn from(error: HashingFailed) -> Self {
        Self::Provider(error.into())
    }
}

impl Embedded {
    /// Accounts in `store`; invitations and codes go through `mailer` where
    /// there is one, else admins hand temporary passwords over. `vault` seals the
    /// secrets of authenticator apps.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Clock,
        passwords: Passwords,
        mailer: Option<Mailer>,
        vault: Vault,
    ) -> Self {
        Self { store, clock, passwords, mailer, vault }
    }

    async fn by_email(&self, email: &Email) -> Result<Option<AccountRecord>, StoreError> {
        accounts::by_email(self.store.read().await?.connection(), email).await
    }

    async fn by_subject(&self, subject: &Subject) -> Result<AccountRecord, IdentityError> {
        let id = Uuid::try_parse(&subject.0).map_err(|_| IdentityError::NoSuchAccount)?;
        accounts::by_id(self.store.read().await?.connection(), id)
            .await?
            .ok_or(IdentityError::NoSuchAccount)
    }

    /// Sets a password of an account that is still as it was read, and writes
    /// `change`, where that is not written elsewhere; false where it is another by
    /// now.
    async fn set_password(
        &self,
        account: &AccountRecord,
        new: NewPassword<'_>,
        change: Option<&AccountChange>,
    ) -> Result<bool, StoreError> {
        let mut writer = self.store.write().await?;
        if !accounts::set_password(writer.connection(), account, new).await? {
            return Ok(false);
        }
        if let Some(change) = change {
            change.write(&mut writer, &self.clock).await?;
        }
        writer.commit().await?;
        Ok(true)
    }

    /// The same for whoever can only try again then.
    async fn replace_password(
        &self,
        account: &AccountRecord,
        new: NewPassword<'_>,
        change: Option<&AccountChange>,
    ) -> Result<(), IdentityError> {
        if self.set_password(account, new, change).await? {
            Ok(())
        } else {
            Err(IdentityError::Unavailable("the account changed meanwhile".to_owned()))
        }
    }

    fn new_record(
        &self,
        email: &Email,
        name: &PersonName,
        organisation: Option<OrganisationId>,
        password_hash: String,
    ) -> AccountRecord {
        AccountRecord {
            id: Uuid::now_v7(),
            email: email.clone(),
            name: name.clone(),
            organisation,
            password_hash,
            password_is_temporary: false,
            password_expires_at: None,
            invitation_mailed: true,
            enabled: true,
            failed_attempts: 0,
            locked_until: Timestamp::from_millis(0),
            reset_code_hash: None,
            reset_expires_at: None,
            reset_attempts: 0,
        }
    }

    async fn insert(
        &self,
        account: &AccountRecord,
        change: Option<&AccountChange>,
    ) -> Result<(), StoreError> {
        let mut writer = self.store.write().await?;
        accounts::insert(writer.connection(), account, self.clock.now()).await?;
        if let Some(change) = change {
            change.write(&mut writer, &self.clock).await?;
        }
        writer.commit().await
    }

    /// Sets a new temporary password and tells it: by mail, or, where the
    /// admin was shown it, not at all. Stopped halfway, it begins again with
    /// another password, and the last one mailed is the one that works.
    async fn invite(
        &self,
        account: &AccountRecord,
        occasion: Occasion,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        let until = self.clock.now().plus(TEMPORARY_PASSWORD_LIFE);
        let Some(mailer) = &self.mailer else {
            let hash = handed_over.ok_or_else(|| {
                IdentityError::Refused(
                    "This installation sends no mail any more. Use Resend invitation to get a temporary password to hand over.".to_owned(),
                )
            })?;
            let new = NewPassword { hash, temporary_until: Some(until), known: true };
            return self.replace_password(account, new, None).await;
        };
        let password = self.passwords.temporary().await?;
        let new = NewPassword { hash: &password.hash, temporary_until: Some(until), known: false };
        self.replace_password(account, new, None).await?;
        mailer
            .temporary_password(
                &account.name,
                &account.email,
                occasion,
                password.plain.expose_secret(),
                TEMPORARY_PASSWORD_DAYS,
            )
            .await
            .map_err(|error| match error {
                MailError::Never(why) => IdentityError::Refused(format!(
                    "The mail server takes no mail for this address ({why}). Delete the user and create it with another address, or retry once the address takes mail."
                )),
                MailError::NotNow(_) => IdentityError::Unavailable(error.to_string()),
            })?;
        let mut writer = self.store.write().await?;
        accounts::mailed(writer.connection(), account.id).await?;
        writer.commit().await?;
        Ok(())
    }

    /// The account of a sign-in that waits, as long as nothing about it has
    /// changed and it may sign in.
    async fn waiting(&self, waiting: &Waiting) -> Result<AccountRecord, SignInRefusal> {
        accounts::by_id(self.store.read().await?.connection(), waiting.account)
            .await?
            .filter(|account| account.enabled)
            .filter(|account| account.password_hash == waiting.password_hash)
            .ok_or(SignInRefusal::ChallengeExpired)
    }

    fn refuse_while_locked(&self, account: &AccountRecord) -> Result<(), SignInRefusal> {
        let wait = account.locked_until.millis() - self.clock.now().millis();
        if wait > 0 {
            return Err(SignInRefusal::Locked(Duration::from_millis(wait.unsigned_abs())));
        }
        Ok(())
    }

    async fn authenticator(&self, account: Uuid) -> Result<Option<Authenticator>, IdentityError> {
        let sealed =
            authenticators::secret_of(self.store.read().await?.connection(), account).await?;
        sealed.map(|sealed| Authenticator::open(&self.vault, account, &sealed)).transpose()
    }

    /// Whoever has given the right password goes on to the second step, where
    /// the account has one.
    async fn go_on(&self, account: &AccountRecord) -> Result<SignIn, SignInRefusal> {
        let challenge = Waiting::of(account, None)?;
        if self.authenticator(account.id).await?.is_some() {
            let subject = Subject(account.id.to_string());
            return Ok(SignIn::SecondStepRequired { challenge, subject });
        }
        self.forget_failures(account).await?;
        Ok(SignIn::Complete { principal: Self::principal(account), may_set_up: challenge })
    }

    async fn forget_failures(&self, account: &AccountRecord) -> Result<(), StoreError> {
        if account.failed_attempts == 0 {
            return Ok(());
        }
        let mut writer = self.store.write().await?;
        accounts::forget_failures(writer.connection(), account.id).await?;
        writer.commit().await
    }

    async fn note_failure(&self, account: &AccountRecord) -> Result<(), StoreError> {
        let mut writer = self.store.write().await?;
        let failures = accounts::count_failure(writer.connection(), account.id).await?;
        if failures >= FREE_ATTEMPTS {
            let doublings = u32::try_from(failures - FREE_ATTEMPTS).unwrap_or(u32::MAX).min(10);
            let wait = FIRST_LOCK.saturating_mul(1 << doublings).min(LONGEST_LOCK);
            accounts::lock(writer.connection(), account.id, self.clock.now().plus(wait)).await?;
        }
        writer.commit().await
    }

    fn principal(account: &AccountRecord) -> Principal {
        Principal {
            subject: Subject(account.id.to_string()),
            email: account.email.clone(),
            name: account.name.as_str().to_owned(),
            role: account.organisation.map_or(Role::Admin, Role::Partner),
        }
    }
}

#[async_trait]
impl Identity for Embedded {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Embedded
    }

    async fn state(&self) -> ServiceState {
        let (detail, problem) = match &self.mailer {
            None => {
                ("Accounts in this database; temporary passwords are handed over".to_owned(), None)
            }
            Some(mailer) => {
                let problem = mailer.ping().await.err().map(|error| {
                    tracing::warn!(%error, "the SMTP server does not answer");
                    "The mail server does not answer. Invitations wait until it does; check SMTP_URL.".to_owned()
                });
                ("Accounts in this database; invitations are mailed".to_owned(), problem)
            }
        };
        ServiceState { name: "Embedded".to_owned(), detail, problem }
    }

    fn invitation_delivery(&self) -> InvitationDelivery {
        if self.mailer.is_some() { InvitationDelivery::Mail } else { InvitationDelivery::HandOver }
    }

    async fn password_policy(&self) -> Result<PasswordPolicy, IdentityError> {
        Ok(PasswordPolicy::embedded())
    }

    async fn provision(&self, new: &NewAccount) -> Result<ProvisionedAccount, IdentityError> {
        let organisation = new.role.organisation();
        let account = match self.by_email(&new.email).await? {
            Some(account) if account.organisation == organisation => account,
            Some(_) => return Err(IdentityError::EmailTaken),
            None => {
                let hash = match &new.handed_over {
                    Some(hash) => hash.clone(),
                    None => self.passwords.temporary().await?.hash,
                };
                let mut account = self.new_record(&new.email, &new.name, organisation, hash);
                account.password_is_temporary = true;
                account.password_expires_at = Some(self.clock.now().plus(TEMPORARY_PASSWORD_LIFE));
                account.invitation_mailed = new.handed_over.is_some();
                self.insert(&account, None).await?;
                account
            }
        };
        if !account.invitation_mailed {
            self.invite(&account, Occasion::Invitation, None).await?;
        }
        if !account.enabled {
            self.set_enabled(&Subject(account.id.to_string()), true).await?;
        }
        Ok(ProvisionedAccount { subject: Subject(account.id.to_string()) })
    }

    async fn invite_again(
        &self,
        subject: &Subject,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        let account = self.by_subject(subject).await?;
        if self.mailer.is_some() && !account.password_is_temporary {
            return Err(IdentityError::HasPassword);
        }
        self.invite(&account, Occasion::Invitation, handed_over).await
    }

    async fn reset(
        &self,
        subject: &Subject,
        handed_over: Option<&str>,
    ) -> Result<(), IdentityError> {
        let account = self.by_subject(subject).await?;
        self.invite(&account, Occasion::Reset, handed_over).await
    }

    async fn rename(&self, subject: &Subject, name: &PersonName) -> Result<(), IdentityError> {
        let id = Uuid::try_parse(&subject.0).map_err(|_| IdentityError::NoSuchAccount)?;
        let mut writer = self.store.write().await?;
        if !accounts::rename(writer.connection(), id, name).await? {
            return Err(IdentityError::NoSuchAccount);
        }
        writer.commit().await?;
        Ok(())
    }

    async fn remove(&self, account: &FormerAccount) -> Result<(), IdentityError> {
        let id = match &account.subject {
            Some(subject) => Uuid::try_parse(&subject.0).ok(),
            None => self
                .by_email(&account.email)
                .await?
                .filter(|found| found.organisation == Some(account.organisation))
                .map(|found| found.id),
        };
        let Some(id) = id else { return Ok(()) };
        let mut writer = self.store.write().await?;
        accounts::delete(writer.connection(), id).await?;
        writer.commit().await?;
        Ok(())
    }

    async fn set_enabled(&self, subject: &Subject, enabled: bool) -> Result<(), IdentityError> {
        let id = Uuid::try_parse(&subject.0).map_err(|_| IdentityError::NoSuchAccount)?;
        let mut writer = self.store.write().await?;
        if !accounts::set_enabled(writer.connection(), id, enabled).await? {
            return Err(IdentityError::NoSuchAccount);
        }
        writer.commit().await?;
        Ok(())
    }

    async fn find(&self, email: &Email) -> Result<Option<Account>, IdentityError> {
        Ok(self.by_email(email).await?.map(|account| Account {
            subject: Subject(account.id.to_string()),
            enabled: account.enabled,
            must_change_password: account.password_is_temporary,
        }))
    }

    async fn has_admin(&self) -> Result<bool, IdentityError> {
        Ok(accounts::has_admin(self.store.read().await?.connection()).await?)
    }

    async fn create_admin(
        &self,
        email: &Email,
        name: &PersonName,
        password: &SecretString,
        existing: ExistingAdmin,
        change: &AccountChange,
    ) -> Result<ProvisionedAccount, IdentityError> {
        PasswordPolicy::embedded()
            .check(password.expose_secret(), email.as_str())
            .map_err(IdentityError::Refused)?;
        let hash = self.passwords.hash(password).await?;
        let id = match self.by_email(email).await? {
            Some(account)
                if account.organisation.is_none() && existing == ExistingAdmin::GetsPassword =>
            {
                let new = NewPassword { hash: &hash, temporary_until: None, known: true };
                self.replace_password(&account, new, Some(change)).await?;
                account.id
            }
            Some(_) => return Err(IdentityError::EmailTaken),
            None => {
                let account = self.new_record(email, name, None, hash);
                self.insert(&account, Some(change)).await?;
                account.id
            }
        };
        Ok(ProvisionedAccount { subject: Subject(id.to_string()) })
    }

    async fn sign_in(
        &self,
        email: &Email,
        password: &SecretString,
        _address: IpAddr,
    ) -> Result<SignIn, SignInRefusal> {
        let now = self.clock.now();
        let account = self.by_email(email).await?;
        if let Some(account) = &account {
            self.refuse_while_locked(account)?;
        }
        let hash = account.as_ref().map(|account| account.password_hash.as_str());
        let is_right = self.passwords.verify(password, hash).await?;
        let Some(account) = account else { return Err(SignInRefusal::WrongCredentials) };
        if !is_right {
            self.note_failure(&account).await?;
            return Err(SignInRefusal::WrongCredentials);
        }
        if !account.enabled {
            return Err(SignInRefusal::WrongCredentials);
        }
        if account.password_expires_at.is_some_and(|end| end <= now) {
            return Err(SignInRefusal::TemporaryPasswordExpired);
        }
        if account.password_is_temporary {
            return Ok(SignIn::NewPasswordRequired(Waiting::of(&account, None)?));
        }
        self.go_on(&account).await
    }

    async fn set_first_password(
        &self,
        challenge: &Challenge,
        password: &SecretString,
        change: &AccountChange,
    ) -> Result<SignIn, SignInRefusal> {
        let mut account = self.waiting(&Waiting::read(challenge)?).await?;
        if !account.password_is_temporary {
            return Err(SignInRefusal::ChallengeExpired);
        }
        PasswordPolicy::embedded()
            .check(password.expose_secret(), account.email.as_str())
            .map_err(SignInRefusal::PasswordRefused)?;
        if self.passwords.verify(password, Some(&account.password_hash)).await? {
            return Err(SignInRefusal::PasswordRefused(
                "Choose a password of your own, not the temporary one.".to_owned(),
            ));
        }
        let hash = self.passwords.hash(password).await?;
        let new = NewPassword { hash: &hash, temporary_until: None, known: true };
        if !self.set_password(&account, new, Some(change)).await? {
            return Err(SignInRefusal::ChallengeExpired);
        }
        account.password_hash = hash;
        account.failed_attempts = 0;
        self.go_on(&account).await
    }

    async fn give_code(
        &self,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        let account = self.waiting(&Waiting::read(challenge)?).await?;
        self.refuse_while_locked(&account)?;
        let app = self.authenticator(account.id).await?.ok_or(SignInRefusal::ChallengeExpired)?;
        // What is no code at all is a slip, not a guess.
        let code = app_code(code).ok_or(SignInRefusal::WrongCode)?;
        if let Some(step) = app.step_of(&code, self.clock.now()) {
            let mut writer = self.store.write().await?;
            let is_first = authenticators::use_step(writer.connection(), account.id, step).await?;
            writer.commit().await?;
            if is_first {
                self.forget_failures(&account).await?;
                return Ok(Self::principal(&account));
            }
        }
        self.note_failure(&account).await?;
        Err(SignInRefusal::WrongCode)
    }

    async fn recover(
        &self,
        challenge: &Challenge,
        _change: &AccountChange,
    ) -> Result<Recovered, SignInRefusal> {
        let account = self.waiting(&Waiting::read(challenge)?).await?;
        self.forget_failures(&account).await?;
        Ok(Recovered::SignedIn(Self::principal(&account)))
    }

    async fn new_authenticator(
        &self,
        may_set_up: &Challenge,
    ) -> Result<NewAuthenticator, SignInRefusal> {
        let account = self.waiting(&Waiting::read(may_set_up)?).await?;
        let secret = Authenticator::new()?.base32();
        let challenge = Waiting::of(&account, Some(&secret))?;
        Ok(NewAuthenticator { secret, challenge })
    }

    async fn confirm_authenticator(
        &self,
        challenge: &Challenge,
        code: &str,
        change: &AccountChange,
    ) -> Result<Principal, SignInRefusal> {
        let waiting = Waiting::read(challenge)?;
        let account = self.waiting(&waiting).await?;
        let secret = waiting.secret.ok_or(SignInRefusal::ChallengeExpired)?;
        let app = Authenticator::of_base32(&secret)?;
        let now = self.clock.now();
        let step = app.step_of(code, now).ok_or(SignInRefusal::WrongCode)?;
        let sealed = app.seal(&self.vault, account.id)?;
        let mut writer = self.store.write().await?;
        let inserted =
            authenticators::insert(writer.connection(), account.id, &sealed, step, now).await;
        match inserted {
            // Another one was set up meanwhile, and holds.
            Err(StoreError::AlreadyExists) => return Err(SignInRefusal::ChallengeExpired),
            inserted => inserted?,
        }
        change.write(&mut writer, &self.clock).await?;
        writer.commit().await?;
        Ok(Self::principal(&account))
    }

    async fn has_authenticator(&self, subject: &Subject) -> Result<bool, IdentityError> {
        let account = self.by_subject(subject).await?;
        let mut reader = self.store.read().await?;
        Ok(authenticators::secret_of(reader.connection(), account.id).await?.is_some())
    }

    async fn remove_authenticator(
        &self,
        subject: &Subject,
        change: &AccountChange,
    ) -> Result<(), IdentityError> {
        let account = self.by_subject(subject).await?;
        let mut writer = self.store.write().await?;
        authenticators::delete(writer.connection(), account.id).await?;
        change.write(&mut writer, &self.clock).await?;
        writer.commit().await?;
        Ok(())
    }

    fn has_hosted_page(&self) -> bool {
        false
    }

    fn begin_hosted(&self) -> Result<HostedSignIn, IdentityError> {
        Err(IdentityError::Refused("There is no other page to sign in on.".to_owned()))
    }

    async fn finish_hosted(
        &self,
        _challenge: &Challenge,
        _state: &str,
        _code: &str,
    ) -> Result<Principal, SignInRefusal> {
        Err(SignInRefusal::ChallengeExpired)
    }

    async fn request_reset(&self, email: &Email) -> Result<(), IdentityError> {
        let Some(mailer) = self.mailer.clone() else {
            return Err(IdentityError::Refused(
                "This installation sends no mail. Ask your administrator for a new temporary password.".to_owned(),
            ));
        };
        let code = random::code();
        let account = self.by_email(email).await?;
        let Some(account) =
            account.filter(|account| account.enabled && !account.password_is_temporary)
        else {
            return Ok(());
        };
        let mut writer = self.store.write().await?;
        let until = self.clock.now().plus(CODE_LIFE);
        let hash = reset_digest(account.id, &code);
        accounts::set_reset_code(writer.connection(), account.id, &hash, until).await?;
        writer.commit().await?;
        // Not awaited: how long the mail takes would tell that there is an account.
        tokio::spawn(async move {
            if let Err(error) =
                mailer.send_code(&account.name, &account.email, &code, CODE_MINUTES).await
            {
                tracing::warn!(%error, account.id = %account.id, "a code was not mailed");
            }
        });
        Ok(())
    }

    async fn reset_password(
        &self,
        email: &Email,
        code: &str,
        password: &SecretString,
        change: &AccountChange,
    ) -> Result<(), SignInRefusal> {
        let now = self.clock.now();
        PasswordPolicy::embedded()
            .check(password.expose_secret(), email.as_str())
            .map_err(SignInRefusal::PasswordRefused)?;
        let account = self
            .by_email(email)
            .await?
            .filter(|account| {
                account.enabled && account.reset_expires_at.is_some_and(|end| end > now)
            })
            .ok_or(SignInRefusal::WrongCode)?;
        let mut writer = self.store.write().await?;
        let attempts = accounts::count_reset_attempt(writer.connection(), account.id).await?;
        writer.commit().await?;
        let wanted = account.reset_code_hash.clone().unwrap_or_default();
        let given = reset_digest(account.id, code.trim());
        if attempts > CODE_ATTEMPTS || !bool::from(wanted.ct_eq(&given)) {
            return Err(SignInRefusal::WrongCode);
        }
        let hash = self.passwords.hash(password).await?;
        let new = NewPassword { hash: &hash, temporary_until: None, known: true };
        if !self.set_password(&account, new, Some(change)).await? {
            return Err(SignInRefusal::WrongCode);
        }
        Ok(())
    }
}

/// Codes are short; bound to the account, a hash of one fits no other's.
fn reset_digest(account: Uuid, code: &str) -> Vec<u8> {
    random::digest(&format!("{account} {code}"))
}
