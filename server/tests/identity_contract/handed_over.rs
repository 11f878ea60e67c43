//! The embedded provider where no mail is sent: admins hand temporary
//! passwords over.

use crate::harness::Harness;
use crate::support::{Database, Engine, database};
use argon2::Params;
use async_trait::async_trait;
use partners_app::domain::{Email, OrganisationId};
use partners_server::clock::Clock;
use partners_server::identity::{Embedded, Identity, Passwords, Subject};
use partners_server::vault::Vault;
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::Mutex;
use uuid::Uuid;

pub struct WithoutMail {
    provider: Embedded,
    clock: Clock,
    passwords: Passwords,
    handed_over: Mutex<HashMap<Email, SecretString>>,
    _database: Database,
}

pub async fn start() -> WithoutMail {
    let database = database(Engine::Sqlite).await;
    let cheap = Params::new(8, 1, 1, None).expect("parameters");
    let passwords = Passwords::with(cheap).expect("passwords");
    let clock = Clock::default();
    let store = database.store.clone();
    WithoutMail {
        provider: Embedded::new(
            store,
            clock.clone(),
            passwords.clone(),
            None,
            Vault::of_this_process().expect("a vault"),
        ),
        clock,
        passwords,
        handed_over: Mutex::default(),
        _database: database,
    }
}

#[async_trait]
impl Harness for WithoutMail {
    fn provider(&self) -> &dyn Identity {
        &self.provider
    }

    async fn organisation(&self) -> OrganisationId {
        OrganisationId(Uuid::now_v7())
    }

    async fn hand_over(&self, email: &Email) -> Option<String> {
        let made = self.passwords.temporary().await.expect("a temporary password");
        self.handed_over.lock().expect("passwords").insert(email.clone(), made.plain);
        Some(made.hash)
    }

    async fn temporary_password(&self, email: &Email, _subject: &Subject) -> SecretString {
        self.handed_over.lock().expect("passwords").get(email).expect("handed over").clone()
    }

    async fn reset_code(&self, _email: &Email) -> String {
        unreachable!("no codes are mailed")
    }

    fn wrong_code(&self) -> &'static str {
        "00000000"
    }

    fn clock(&self) -> Clock {
        self.clock.clone()
    }
}
