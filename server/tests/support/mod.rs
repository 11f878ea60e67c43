//! What several test programs need: fresh databases, and the mails that were sent.

use partners_server::store::Store;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

/// A database engine the tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database of its own for one test.
pub struct Database {
    pub store: Store,
    #[allow(dead_code, reason = "not every test program looks behind the store")]
    pub url: String,
    _folder: TempDir,
}

/// Reads a variable that `cargo xtask test` sets.
pub fn from_xtask(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run the tests with `cargo xtask test`, which starts what they need"))
}

/// A fresh, empty database with the schema.
pub async fn database(engine: Engine) -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let url = match engine {
        Engine::Sqlite => format!("sqlite://{}", folder.path().join("partners.db").display()),
        Engine::Postgres => {
            let admin = from_xtask("TEST_POSTGRES_URL");
            let name = format!("test_{}", Uuid::now_v7().simple());
            let pool = sqlx::PgPool::connect(&admin).await.expect("PostgreSQL");
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
                .execute(&pool)
                .await
                .expect("a database");
            pool.close().await;
            let mut url = url::Url::parse(&admin).expect("an address");
            url.set_path(&name);
            url.to_string()
        }
    };
    let store = Store::open(&url).await.expect("the database opens");
    Database { store, url, _folder: folder }
}

/// How many mails the sink has received.
pub fn mails() -> usize {
    mail_files().len()
}

/// The latest mail to `address` that says `phrase`, of those that came after
/// the first `skip`; waits for it.
pub async fn mail_to(address: &str, phrase: &str, skip: usize) -> String {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let found = mail_files()
            .into_iter()
            .skip(skip)
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .map(|mail| mail.replace("=\r\n", "").replace("=\n", "").replace("\r\n", "\n"))
            .filter(|mail| mail.contains(phrase))
            .rfind(|mail| {
                mail.lines().any(|line| line.starts_with("To:") && line.contains(address))
            });
        if let Some(mail) = found {
            return mail;
        }
        assert!(Instant::now() < deadline, "no mail came for {address}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn mail_files() -> Vec<PathBuf> {
    let folder = PathBuf::from(from_xtask("TEST_SMTP_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.retain(|path: &PathBuf| path.extension().is_some_and(|ending| ending == "eml"));
    paths.sort();
    paths
}

/// The rest of the line that begins with `label`, in a mail.
pub fn line_after(mail: &str, label: &str) -> String {
    let line = mail.lines().find_map(|line| line.split_once(label)).map(|(_, rest)| rest);
    line.unwrap_or_else(|| panic!("no line with {label} in {mail}")).trim().to_owned()
}
