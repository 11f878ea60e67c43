//! What several test programs need: fresh databases.

use partners_server::store::Store;
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
