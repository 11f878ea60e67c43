//! The database: SQLite or PostgreSQL behind one body of SQL.
//!
//! Each statement stands once, with `$1` placeholders, which both engines
//! take; the macro [`on_engine!`] instantiates the call for whichever engine a
//! connection belongs to. Statements that differ are those of searches, in
//! [`organisations`] and [`users`], and say so.

pub mod account_changes;
pub mod account_checks;
pub mod accounts;
pub mod activity;
pub mod api_clients;
pub mod api_keys;
pub mod api_requests;
pub mod attempts;
pub mod audit;
pub mod audit_list;
pub mod authenticators;
pub mod backup;
pub mod catalog;
pub mod customer_list;
pub mod customers;
pub mod drafts;
pub mod existing;
pub mod former_users;
pub mod imports;
pub mod invoices;
pub mod listing;
pub mod offers;
pub mod order_work;
pub mod orders;
pub mod organisation_names;
pub mod organisations;
pub mod partner_pages;
pub mod plan_names;
pub mod provisioning;
pub mod readings;
pub mod sealed_notes;
mod search;
pub mod sessions;
pub mod settings;
pub mod standing;
pub mod subscriptions;
pub mod two_step;
pub mod users;
pub mod webhook_log;
pub mod webhook_work;
pub mod webhooks;

use partners_app::domain::ServiceState;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs the same expression on the connection of either engine.
macro_rules! on_engine {
    ($connection:expr, $engine:ident => $body:expr) => {
        match $connection {
            $crate::store::Connection::Sqlite($engine) => $body,
            $crate::store::Connection::Postgres($engine) => $body,
        }
    };
}
pub(crate) use on_engine;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule of the schema was broken by somebody who was faster.
    #[error("the row exists already")]
    AlreadyExists,
    /// Anything else.
    #[error(transparent)]
    Database(sqlx::Error),
    /// What was read cannot be understood.
    #[error("unreadable row: {0}")]
    Unreadable(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::AlreadyExists
            }
            _ => Self::Database(error),
        }
    }
}

/// Shorthand for what store functions return.
pub type StoreResult<T> = Result<T, StoreError>;

/// Looks and writes, once more where what it wanted to write was taken: faster
/// than us, the same form or request sent twice may come between our look and our
/// write, and the second look then finds what it made.
///
/// # Errors
/// Those of `look_and_write`; [`StoreError::AlreadyExists`] only where it was
/// taken both times.
pub async fn twice_if_taken<T, Work>(look_and_write: impl Fn() -> Work) -> StoreResult<T>
where
    Work: Future<Output = StoreResult<T>>,
{
    match look_and_write().await {
        Err(StoreError::AlreadyExists) => look_and_write().await,
        done => done,
    }
}

/// A connection of either engine, borrowed from a [`Reader`] or [`Writer`].
pub enum Connection<'a> {
    /// SQLite's.
    Sqlite(&'a mut SqliteConnection),
    /// PostgreSQL's.
    Postgres(&'a mut PgConnection),
}

impl Connection<'_> {
    /// The same one, lent to one of several statements.
    pub const fn lend(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

/// A connection to read with.
pub enum Reader {
    /// SQLite's.
    Sqlite(PoolConnection<Sqlite>),
    /// PostgreSQL's.
    Postgres(PoolConnection<Postgres>),
}

impl Reader {
    /// The connection.
    pub fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

/// A transaction to write in. Dropped without [`Writer::commit`], it never was.
pub enum Writer {
    /// SQLite's.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// PostgreSQL's.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Writer {
    /// The connection.
    pub fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    /// Makes everything written in it true at once.
    ///
    /// # Errors
    /// Where the database could not; then nothing was written.
    pub async fn commit(self) -> StoreResult<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
enum Engine {
    /// One writer, many readers: SQLite lets only one connection write, and
    /// waiting in the pool's queue is fairer than waiting for its lock.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        path: PathBuf,
    },
    Postgres {
        pool: PgPool,
        shown_as: String,
    },
}

/// The file of the database at `url`, where it is SQLite's.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).map(Path::new)
}

/// How many connections a pool has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// What the pool is for: `read`, `write`, or `all`.
    pub pool: &'static str,
    /// Open connections, …
    pub open: u32,
    /// … those of them that nobody uses, …
    pub idle: u32,
    /// … and how many there may be.
    pub most: u32,
}

impl PoolUse {
    fn of<D: sqlx::Database>(pool: &'static str, connections: &sqlx::Pool<D>) -> Self {
        Self {
            pool,
            open: connections.size(),
            idle: u32::try_from(connections.num_idle()).unwrap_or(u32::MAX),
            most: connections.options().get_max_connections(),
        }
    }
}

/// The database of this installation.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
}

impl Store {
    /// Opens the database at `url` (`sqlite://PATH` or `postgres://…`), makes
    /// it where it is a file that does not exist, and brings its schema up to
    /// date. Of several instances that start at once, one does that and the
    /// others wait.
    ///
    /// # Errors
    /// Where the URL is neither, or the database cannot be opened or migrated.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        if let Some(path) = sqlite_file(url) {
            Self::open_sqlite(path).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url).await
        } else {
            anyhow::bail!("DATABASE_URL must begin with sqlite:// or postgres://")
        }
    }

    async fn open_sqlite(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .optimize_on_close(true, None);
        // sqlx guards PostgreSQL's migrations itself, but not SQLite's. Held from
        // before the first connection: who sets a new file to WAL while another
        // does gets "database is locked" at once, whatever the busy timeout
        // (<https://www.sqlite.org/c3ref/busy_handler.html> names such cases).
        let file = std::fs::File::create(path.with_extension("migration-lock"))?;
        let _held = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await??;
        let write =
            SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("../migrations/sqlite").run(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(options.read_only(false).create_if_missing(false))
            .await?;
        Ok(Self { engine: Engine::Sqlite { read, write, path: path.to_owned() } })
    }

    async fn open_postgres(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect(url)
            .await?;
        sqlx::migrate!("../migrations/postgres").run(&pool).await?;
        let shown_as = url::Url::parse(url)
            .map(|url| {
                let host = url.host_str().unwrap_or("localhost");
                format!("{} on {host}", url.path().trim_start_matches('/'))
            })
            .unwrap_or_default();
        Ok(Self { engine: Engine::Postgres { pool, shown_as } })
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn read(&self) -> StoreResult<Reader> {
        Ok(match &self.engine {
            Engine::Sqlite { read, .. } => Reader::Sqlite(read.acquire().await?),
            Engine::Postgres { pool, .. } => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// A transaction to write in.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn write(&self) -> StoreResult<Writer> {
        Ok(match &self.engine {
            // A transaction that reads first and then writes would fail where
            // another wrote in between; this one waits for its turn at once.
            Engine::Sqlite { write, .. } => {
                Writer::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Engine::Postgres { pool, .. } => Writer::Postgres(pool.begin().await?),
        })
    }

    /// Which database it is and whether it answers, for people.
    pub async fn state(&self) -> ServiceState {
        let problem = self.ping().await.err().map(|error| {
            tracing::error!(%error, "the database does not answer");
            "The database does not answer. Check that it runs and that its address is right."
                .to_owned()
        });
        match &self.engine {
            Engine::Sqlite { path, .. } => ServiceState {
                name: "SQLite".to_owned(),
                detail: path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
                problem,
            },
            Engine::Postgres { shown_as, .. } => {
                ServiceState { name: "PostgreSQL".to_owned(), detail: shown_as.clone(), problem }
            }
        }
    }

    /// How many connections there are, pool by pool.
    #[must_use]
    pub fn connections(&self) -> Vec<PoolUse> {
        match &self.engine {
            Engine::Sqlite { read, write, .. } => {
                vec![PoolUse::of("read", read), PoolUse::of("write", write)]
            }
            Engine::Postgres { pool, .. } => vec![PoolUse::of("all", pool)],
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> StoreResult<()> {
        let mut reader = self.read().await?;
        on_engine!(reader.connection(), engine => {
            sqlx::query("SELECT 1").execute(engine).await?;
        });
        Ok(())
    }

    /// Closes all connections, after what is under way.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Engine::Postgres { pool, .. } => pool.close().await,
        }
    }
}
