//! Passwords, apps and admins: no change without its event, wherever the accounts
//! are, and no event without its change.

use crate::app::code;
use crate::browser::{eventually, server};
use crate::change::{change, some_change};
use crate::support::{Database, Engine, database};
use argon2::Params;
use partners_app::domain::{Email, OrganisationId, PageSize, PersonName, ProviderKind, Timestamp};
use partners_server::clock::Clock;
use partners_server::identity::{
    AccountChange, AccountChanges, Deed, Embedded, ExistingAdmin, Identity, IdentityError,
    NewAccount, Passwords, Role, SignIn, SignInRefusal, Subject,
};
use partners_server::store::audit_list::{self, AuditQuery};
use partners_server::store::sessions::{self, NewSession};
use partners_server::store::{Connection, two_step};
use partners_server::vault::Vault;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::future::{pending, ready};
use std::net::Ipv4Addr;
use std::time::Duration;
use uuid::Uuid;

on_each_engine!(
    a_change_that_leaves_no_event_is_not_made,
    a_change_elsewhere_is_recorded_once_it_is_made,
    a_change_elsewhere_that_is_refused_leaves_nothing,
    a_change_elsewhere_that_nobody_learned_of_is_recorded_so,
    what_takes_several_calls_may_be_done_though_one_is_refused,
    the_reconciler_gives_up_what_nobody_came_back_to,
);

const ANN: &str = "ann@acme.example";
const FIRST: &str = "correct horse battery staple";
const SECOND: &str = "another fine password 7";

/// Action and changes of each event, the first one first.
async fn events(database: &Database) -> Vec<(String, Value)> {
    let mut reader = database.store.read().await.unwrap();
    let query = AuditQuery { organisation: None, before: None, size: PageSize::default() };
    let (mut rows, _) = audit_list::page(reader.connection(), &query).await.unwrap();
    rows.sort_by_key(|row| row.seq);
    rows.into_iter().map(|row| (row.action, row.changes)).collect()
}

async fn execute(database: &Database, sql: &'static str) {
    let mut writer = database.store.write().await.unwrap();
    match writer.connection() {
        Connection::Sqlite(connection) => {
            sqlx::query(sql).execute(connection).await.unwrap();
        }
        Connection::Postgres(connection) => {
            sqlx::query(sql).execute(connection).await.unwrap();
        }
    }
    writer.commit().await.unwrap();
}

/// The embedded provider, whose trail cannot be written to at will.
struct Here {
    database: Database,
    clock: Clock,
    provider: Embedded,
    passwords: Passwords,
    email: Email,
}

impl Here {
    async fn new(engine: Engine) -> Self {
        let (database, clock) = (database(engine).await, Clock::default());
        let cheap = Params::new(8, 1, 1, None).unwrap();
        let (store, passwords) = (database.store.clone(), Passwords::with(cheap).unwrap());
        let vault = Vault::of_this_process().unwrap();
        let provider = Embedded::new(store, clock.clone(), passwords.clone(), None, vault);
        Self { database, clock, provider, passwords, email: Email::parse(ANN).unwrap() }
    }

    /// Tries something without the trail, and then with it.
    async fn twice<T>(&self, what: &str, attempt: impl AsyncFn() -> Option<T>) -> T {
        execute(&self.database, "ALTER TABLE audit_head RENAME TO kept").await;
        assert!(attempt().await.is_none(), "{what} was done without its event");
        execute(&self.database, "ALTER TABLE kept RENAME TO audit_head").await;
        attempt().await.unwrap_or_else(|| panic!("{what} was done neither time, or both"))
    }

    async fn create(&self, password: &str, existing: ExistingAdmin, deed: Deed) -> Option<Subject> {
        let name = PersonName::parse("Ann Admin").unwrap();
        let (password, change) = (SecretString::from(password), change(ANN, deed));
        let made = self.provider.create_admin(&self.email, &name, &password, existing, &change);
        made.await.ok().map(|account| account.subject)
    }

    async fn choose_a_first_password(&self) {
        let temporary = self.passwords.temporary().await.unwrap();
        let new = NewAccount {
            email: Email::parse("bob@acme.example").unwrap(),
            name: PersonName::parse("Bob").unwrap(),
            role: Role::Partner(OrganisationId(Uuid::now_v7())),
            handed_over: Some(temporary.hash),
        };
        self.provider.provision(&new).await.unwrap();
        let address = Ipv4Addr::LOCALHOST.into();
        let signed_in = self.provider.sign_in(&new.email, &temporary.plain, address).await;
        let Ok(SignIn::NewPasswordRequired(challenge)) = signed_in else {
            panic!("the temporary password counts");
        };
        let (own, change) =
            (SecretString::from(FIRST), change("bob@acme.example", Deed::PasswordSet));
        self.twice("choosing a password", async || {
            self.provider.set_first_password(&challenge, &own, &change).await.ok()
        })
        .await;
    }

    async fn sign_in(&self, password: &str) -> Result<SignIn, SignInRefusal> {
        let address = Ipv4Addr::LOCALHOST.into();
        self.provider.sign_in(&self.email, &SecretString::from(password), address).await
    }
}

async fn a_change_that_leaves_no_event_is_not_made(engine: Engine) {
    let here = Here::new(engine).await;
    let name = PersonName::parse("Ann Admin").unwrap();
    let subject = here
        .twice("making an admin", async || {
            here.create(FIRST, ExistingAdmin::Keeps, Deed::AdminCreated(name.clone())).await
        })
        .await;
    here.twice("setting a password", async || {
        let deed = Deed::AdminPasswordSet(subject.clone());
        here.create(SECOND, ExistingAdmin::GetsPassword, deed).await?;
        assert!(here.sign_in(FIRST).await.is_err());
        Some(())
    })
    .await;
    let Ok(SignIn::Complete { may_set_up, .. }) = here.sign_in(SECOND).await else {
        panic!("the new password counts");
    };
    let app = here.provider.new_authenticator(&may_set_up).await.unwrap();
    let first = code(&app.secret, here.clock.now(), 0);
    let codes = vec![vec![7; 32]];
    let set_up = change(ANN, Deed::TwoStepSetUp { subject: subject.clone(), codes });
    here.twice("setting an app up", async || {
        here.provider.confirm_authenticator(&app.challenge, &first, &set_up).await.ok()
    })
    .await;
    let left = async || {
        let mut reader = here.database.store.read().await.unwrap();
        two_step::codes_left(reader.connection(), &subject.0).await.unwrap()
    };
    assert_eq!(left().await, 1, "its recovery codes came with it");
    let removed = change(ANN, Deed::TwoStepRemoved(subject.clone()));
    here.twice("taking an app off", async || {
        let answer = here.provider.remove_authenticator(&subject, &removed).await;
        let has_one = here.provider.has_authenticator(&subject).await.unwrap();
        assert_eq!(answer.is_err(), has_one);
        answer.ok()
    })
    .await;
    assert_eq!(left().await, 0, "and went with it");
    here.choose_a_first_password().await;
    let actions: Vec<_> =
        events(&here.database).await.into_iter().map(|(action, _)| action).collect();
    let expected = [
        "admin.created",
        "admin.password_set",
        "two_step.set_up",
        "two_step.removed",
        "password.set",
    ];
    assert_eq!(actions, expected);
}

/// Accounts elsewhere, and somebody who is signed in to one of them.
struct Elsewhere {
    database: Database,
    clock: Clock,
    changes: AccountChanges,
}

const TOKEN: [u8; 32] = [1; 32];

impl Elsewhere {
    async fn new(engine: Engine) -> Self {
        let (database, clock) = (database(engine).await, Clock::default());
        let store = database.store.clone();
        let changes = AccountChanges::new(store, clock.clone(), ProviderKind::Cognito);
        let here = Self { database, clock, changes };
        let session = NewSession {
            token_hash: &TOKEN,
            subject: "ann",
            name: "Ann",
            email: ANN,
            partner_user: None,
            expires_at: here.clock.now().plus(Duration::from_secs(60 * 60)),
            address: "",
            user_agent: "",
        };
        let mut writer = here.database.store.write().await.unwrap();
        sessions::insert(writer.connection(), &session, here.clock.now()).await.unwrap();
        writer.commit().await.unwrap();
        here
    }

    async fn is_signed_in(&self) -> bool {
        let mut reader = self.database.store.read().await.unwrap();
        let long_ago = Timestamp::from_millis(0);
        let now = self.clock.now();
        sessions::live(reader.connection(), &TOKEN, now, long_ago).await.unwrap().is_some()
    }
}

fn reset() -> AccountChange {
    change(ANN, Deed::PasswordReset)
}

async fn a_change_elsewhere_is_recorded_once_it_is_made(engine: Engine) {
    let elsewhere = Elsewhere::new(engine).await;
    let made = async {
        assert_eq!(events(&elsewhere.database).await, [], "it is not made yet");
        Ok::<_, SignInRefusal>(())
    };
    elsewhere.changes.make(&reset(), made).await.unwrap();
    assert_eq!(events(&elsewhere.database).await, [("password.reset".to_owned(), json!({}))]);
    assert!(!elsewhere.is_signed_in().await, "what the old password opened has ended");
    elsewhere.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(elsewhere.changes.give_up().await.unwrap(), 0, "its outcome is known");
}

async fn a_change_elsewhere_that_is_refused_leaves_nothing(engine: Engine) {
    let elsewhere = Elsewhere::new(engine).await;
    let refused = ready(Err::<(), _>(SignInRefusal::WrongCode));
    assert!(elsewhere.changes.make(&reset(), refused).await.is_err());
    elsewhere.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(elsewhere.changes.give_up().await.unwrap(), 0);
    assert_eq!(events(&elsewhere.database).await, []);
    assert!(elsewhere.is_signed_in().await);
}

async fn a_change_elsewhere_that_nobody_learned_of_is_recorded_so(engine: Engine) {
    let elsewhere = Elsewhere::new(engine).await;
    let asked_at = elsewhere.clock.now();
    let silent = IdentityError::Unavailable("it did not answer in time".to_owned());
    let lost = ready(Err::<(), _>(silent));
    assert!(elsewhere.changes.make(&some_change(), lost).await.is_err());
    // As where the program is killed in between.
    let (cut_short, change) = (pending::<Result<(), IdentityError>>(), reset());
    let killed = elsewhere.changes.make(&change, cut_short);
    assert!(tokio::time::timeout(Duration::from_millis(300), killed).await.is_err());
    assert_eq!(elsewhere.changes.give_up().await.unwrap(), 0, "they may still be under way");
    assert!(elsewhere.is_signed_in().await);

    elsewhere.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(elsewhere.changes.give_up().await.unwrap(), 2);
    let events = events(&elsewhere.database).await;
    let actions: Vec<_> = events.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["password.set", "password.reset"]);
    for (_, changes) in &events {
        assert_eq!(changes["outcome"], "unknown");
        assert!(changes["asked_at"].as_str().unwrap() >= asked_at.iso().as_str());
    }
    assert!(!elsewhere.is_signed_in().await, "the password may be another");
    assert_eq!(elsewhere.changes.give_up().await.unwrap(), 0, "once");
}

async fn what_takes_several_calls_may_be_done_though_one_is_refused(engine: Engine) {
    let elsewhere = Elsewhere::new(engine).await;
    for deed in [Deed::PasswordReset, Deed::PasswordSet] {
        let throttled = ready(Err::<(), _>(IdentityError::Throttled));
        assert!(elsewhere.changes.make(&change(ANN, deed), throttled).await.is_err());
    }
    elsewhere.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(elsewhere.changes.give_up().await.unwrap(), 1);
    let events = events(&elsewhere.database).await;
    assert_eq!(events[0].0, "password.set", "a reset is one call");
    assert_eq!(events.len(), 1);
}

async fn the_reconciler_gives_up_what_nobody_came_back_to(engine: Engine) {
    let server = server(engine).await;
    let (store, clock) = (server.installation.store.clone(), server.clock.clone());
    let changes = AccountChanges::new(store, clock, ProviderKind::Cognito);
    let silent = IdentityError::Unavailable("it did not answer in time".to_owned());
    assert!(changes.make(&reset(), ready(Err::<(), _>(silent))).await.is_err());
    server.clock.advance(Duration::from_secs(30 * 60));
    let mut admin = server.admin().await;
    eventually("it is in the trail", async || {
        let told = admin.get("/settings/activity/export/jsonl").await.body;
        told.contains("password.reset").then_some(())
    })
    .await;
}
