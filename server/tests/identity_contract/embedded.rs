//! The embedded provider, on each engine, with a real SMTP sink beside it.

use crate::harness::Harness;
use crate::mail::{line_after, mail_to, mails};
use crate::support::{Database, Engine, database, from_xtask};
use argon2::Params;
use async_trait::async_trait;
use partners_app::domain::{Email, OrganisationId};
use partners_server::clock::Clock;
use partners_server::identity::{Deed, Embedded, Identity, Passwords, SignInRefusal, Subject};
use partners_server::mail::Mailer;
use partners_server::store::audit;
use partners_server::vault::Vault;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use uuid::Uuid;

pub struct WithMail {
    provider: Embedded,
    clock: Clock,
    /// Whom its mails are from: the cases use the same addresses, and the sink is
    /// one for all.
    sender: String,
    mails_before: usize,
    _database: Database,
}

async fn start(engine: Engine) -> WithMail {
    let database = database(engine).await;
    let clock = Clock::default();
    let sender = format!("{}@example.com", Uuid::now_v7().simple());
    let mailer = Mailer::new(
        &from_xtask("TEST_SMTP_URL"),
        &format!("Partners <{sender}>"),
        "http://localhost:3000",
    );
    let cheap = Params::new(8, 1, 1, None).expect("parameters");
    let provider = Embedded::new(
        database.store.clone(),
        clock.clone(),
        Passwords::with(cheap).expect("passwords"),
        Some(mailer.expect("a mailer")),
        Vault::of_this_process().expect("a vault"),
    );
    WithMail { provider, clock, sender, mails_before: mails(), _database: database }
}

impl WithMail {
    /// What stands behind this label in the latest mail with it to this address.
    async fn mailed(&self, email: &Email, label: &str) -> String {
        let mail = mail_to(email.as_str(), &self.sender, label, self.mails_before).await;
        line_after(&mail, label)
    }
}

pub async fn on_sqlite() -> WithMail {
    start(Engine::Sqlite).await
}

pub async fn on_postgres() -> WithMail {
    start(Engine::Postgres).await
}

#[async_trait]
impl Harness for WithMail {
    fn provider(&self) -> &dyn Identity {
        &self.provider
    }

    async fn organisation(&self) -> OrganisationId {
        OrganisationId(Uuid::now_v7())
    }

    async fn hand_over(&self, _email: &Email) -> Option<String> {
        None
    }

    async fn temporary_password(&self, email: &Email, _subject: &Subject) -> SecretString {
        const LABEL: &str = "Temporary password:";
        self.mailed(email, LABEL).await.into()
    }

    async fn reset_code(&self, email: &Email) -> String {
        const LABEL: &str = "your code to set a new password is";
        self.mailed(email, LABEL).await
    }

    fn wrong_code(&self) -> &'static str {
        "00000000"
    }

    fn clock(&self) -> Clock {
        self.clock.clone()
    }
}

#[tokio::test]
async fn a_reset_is_in_the_audit_trail_once_it_is_done() {
    let harness = on_sqlite().await;
    let (account, _) = crate::cases::settled(&harness, "reset@trail.example").await;
    let account = account.email;
    harness.provider.request_reset(&account).await.expect("asked for");
    let code = harness.reset_code(&account).await;
    let change = crate::change::change("reset@trail.example", Deed::PasswordReset);
    let better = SecretString::from(crate::cases::BETTER);
    let events = async || {
        let mut reader = harness._database.store.read().await.expect("a reader");
        audit::end(reader.connection()).await.expect("an end")
    };
    let before = events().await;
    let wrong = harness.provider.reset_password(&account, harness.wrong_code(), &better, &change);
    assert!(matches!(wrong.await, Err(SignInRefusal::WrongCode)));
    assert_eq!(events().await, before, "nothing was reset");
    harness.provider.reset_password(&account, &code, &better, &change).await.expect("reset");
    assert_eq!(events().await, before + 1);
}

#[tokio::test]
async fn a_temporary_password_ends_after_seven_days() {
    let harness = on_sqlite().await;
    let (email, password) = crate::cases::invited(&harness, "late@week.example").await;
    harness.clock.advance(Duration::from_secs(7 * 24 * 60 * 60 + 1));
    let refusal = crate::cases::sign_in(&harness, &email, &password).await.err();
    assert!(matches!(refusal, Some(SignInRefusal::TemporaryPasswordExpired)), "{refusal:?}");
}

#[tokio::test]
async fn wrong_passwords_lock_an_account_for_longer_and_longer() {
    let harness = on_sqlite().await;
    let (email, password) = crate::cases::invited(&harness, "locked@lock.example").await;
    let wrong = SecretString::from("wrong-donkey-17");
    for _ in 0..5 {
        let refusal = crate::cases::sign_in(&harness, &email, &wrong).await.err();
        assert!(matches!(refusal, Some(SignInRefusal::WrongCredentials)), "{refusal:?}");
    }
    let locked_for = |refusal| match refusal {
        Some(SignInRefusal::Locked(wait)) => wait,
        other => panic!("not locked: {other:?}"),
    };
    let first = locked_for(crate::cases::sign_in(&harness, &email, &password).await.err());
    harness.clock.advance(first + Duration::from_secs(1));
    crate::cases::sign_in(&harness, &email, &wrong).await.err().expect("wrong");
    let second = locked_for(crate::cases::sign_in(&harness, &email, &password).await.err());
    assert!(second > first, "{second:?} after {first:?}");
    harness.clock.advance(second + Duration::from_secs(1));
    crate::cases::sign_in(&harness, &email, &password)
        .await
        .expect("the right password, after the wait");
}

#[tokio::test]
async fn wrong_codes_lock_an_account_like_wrong_passwords() {
    let harness = on_sqlite().await;
    let (email, app) = crate::cases::with_app_and_password(&harness, "codes@lock.example").await;
    let wrong = crate::cases::wrong(&harness, &app);
    for _ in 0..5 {
        // A right password between them makes them count no less.
        let challenge = crate::cases::waits_for_code(&harness, &email).await;
        let refusal = harness.provider.give_code(&challenge, &wrong).await.err();
        assert!(matches!(refusal, Some(SignInRefusal::WrongCode)), "{refusal:?}");
    }
    let good = SecretString::from(crate::cases::GOOD);
    let refusal = crate::cases::sign_in(&harness, &email, &good).await.err();
    let Some(SignInRefusal::Locked(wait)) = refusal else { panic!("not locked: {refusal:?}") };
    harness.clock.advance(wait + Duration::from_secs(1));
    let challenge = crate::cases::waits_for_code(&harness, &email).await;
    let code = harness.code(&app, 0);
    harness.provider.give_code(&challenge, &code).await.expect("the right code, after the wait");
}

#[tokio::test]
async fn secrets_of_apps_are_sealed_in_the_database() {
    let harness = on_sqlite().await;
    let (_, app) = crate::cases::with_app_and_password(&harness, "sealed@acme.example").await;
    let secret = totp_rs::Secret::try_from_base32(app.expose_secret()).expect("base32");
    let url = harness._database.url.strip_prefix("sqlite://").expect("a file");
    let wal = std::fs::read(format!("{url}-wal")).unwrap_or_default();
    let bytes = [std::fs::read(url).expect("the database"), wal].concat();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(b"sealed@acme.example"), "this is where it would be");
    assert!(!holds(secret.as_bytes()) && !holds(app.expose_secret().as_bytes()));
}
