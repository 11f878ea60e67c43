//! What several test programs need: fresh databases.

use partners_server::store::Store;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
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

/// A fresh, empty database with the schema: a copy of one that was made so once.
pub async fn database(engine: Engine) -> Database {
    static SQLITE: OnceCell<Vec<u8>> = OnceCell::const_new();
    static POSTGRES: OnceCell<String> = OnceCell::const_new();
    let folder = tempfile::tempdir().expect("a folder");
    let url = match engine {
        Engine::Sqlite => {
            let template = SQLITE.get_or_init(sqlite_template).await;
            std::fs::write(folder.path().join(FILE), template).expect("a copy");
            sqlite_url(&folder)
        }
        Engine::Postgres => {
            let template = POSTGRES.get_or_init(postgres_template).await;
            create(&format!("test_{}", Uuid::now_v7().simple()), &format!("TEMPLATE {template}"))
                .await
        }
    };
    let store = Store::open(&url).await.expect("the database opens");
    Database { store, url, _folder: folder }
}

/// The URL of a database without anything in it, and the folder it may be in.
#[allow(dead_code, reason = "not every test program makes the schema itself")]
pub async fn without_schema(engine: Engine) -> (String, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = match engine {
        Engine::Sqlite => sqlite_url(&folder),
        Engine::Postgres => create(&format!("test_{}", Uuid::now_v7().simple()), "").await,
    };
    (url, folder)
}

const FILE: &str = "partners.db";

fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join(FILE).display())
}

/// A file with the schema. All of it is in there once the store is closed.
async fn sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    Store::open(&sqlite_url(&folder)).await.expect("the schema").close().await;
    let file = folder.path().join(FILE);
    assert!(!file.with_extension("db-wal").exists(), "nothing is left beside it");
    std::fs::read(file).expect("a template")
}

/// The name of a database with the schema, to which nobody connects any more.
async fn postgres_template() -> String {
    let name = format!("template_{}", Uuid::now_v7().simple());
    Store::open(&create(&name, "").await).await.expect("the schema").close().await;
    on_postgres(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    name
}

/// Makes a database on PostgreSQL; returns its URL.
async fn create(name: &str, how: &str) -> String {
    on_postgres(format!("CREATE DATABASE {name} {how}")).await;
    let mut url = url::Url::parse(&from_xtask("TEST_POSTGRES_URL")).expect("an address");
    url.set_path(name);
    url.to_string()
}

async fn on_postgres(statement: String) {
    let admin = from_xtask("TEST_POSTGRES_URL");
    let mut connection = PgConnection::connect(&admin).await.expect("PostgreSQL");
    let done = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await;
    done.expect("a database");
    connection.close().await.expect("the end");
}
