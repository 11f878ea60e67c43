//! Backups of SQLite's database: made while the server runs, and put back while
//! it does not. PostgreSQL brings its own tools.

use super::Store;
use anyhow::{Context, ensure};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// What was given does not fit.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The file that was named; says why.
    #[error("{0}")]
    File(String),
    /// A database is there, and is not to be replaced; says how it is.
    #[error("{0}")]
    Kept(String),
}

/// Refuses a file that does not hold.
macro_rules! ensure_fit {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(Unfit::File(format!($($why)+)).into());
        }
    };
}

/// Writes a whole and consistent copy of the database to a file that does not
/// exist yet, and that only its owner may read. The server may go on meanwhile.
///
/// # Errors
/// [`Unfit`] where the file exists; others where one of them cannot be used.
pub async fn back_up(database: &Path, file: &Path) -> anyhow::Result<()> {
    let target = file.to_str().context("the file’s name is no text")?;
    let mut connection = open(database).await?;
    // SQLite takes a file that is empty, and leaves its mode as it is.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let exists = made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists);
    ensure_fit!(!exists, "{} exists already; choose another name", file.display());
    made.with_context(|| format!("writing {}", file.display()))?;
    let written = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut connection).await;
    if written.is_err() {
        fs::remove_file(file)?;
    }
    written.with_context(|| format!("writing {}", file.display()))?;
    connection.close().await?;
    // What was written is on the disk before anybody relies on it.
    File::open(file)?.sync_all()?;
    Ok(())
}

/// Puts a backup in the place of the database, brought to this version's schema.
/// The server must not run. Where a database is replaced, the new one has its
/// owner and mode; until the last moment it is untouched.
///
/// # Errors
/// [`Unfit`] where the file is no backup of this program's, or the database is
/// there and is not to be `replaced`; others where somebody uses it, or the
/// backup is of a newer version.
pub async fn restore(database: &Path, file: &Path, replaced: bool) -> anyhow::Result<()> {
    examine(file).await?;
    if database.exists() {
        if !replaced {
            return Err(Unfit::Kept(format!(
                "{} exists already; say --replace to put the backup in its place",
                database.display()
            ))
            .into());
        }
        take_alone(database).await?;
    }
    if let Some(folder) = database.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = with_suffix(database, ".restored");
    remove(&beside)?;
    let restored = prepare(&beside, file, database).await.and_then(|()| {
        for rest in ["-wal", "-shm"] {
            remove_file(&with_suffix(database, rest))?;
        }
        // Renaming is all or nothing, whatever happens to the machine.
        Ok(fs::rename(&beside, database)?)
    });
    remove(&beside)?;
    restored
}

/// Makes a copy of a backup that this version can use in the place of
/// `database`, and proves it.
async fn prepare(copy: &Path, file: &Path, database: &Path) -> anyhow::Result<()> {
    // What may be read by whom is the database's affair, not the backup's.
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(copy)?;
    io::copy(&mut File::open(file)?, &mut target)
        .with_context(|| format!("copying {}", file.display()))?;
    let url = format!("sqlite://{}", copy.display());
    let store = Store::open(&url)
        .await
        .with_context(|| format!("{} cannot be used; the database is as it was", file.display()))?;
    store.close().await;
    // All of it is in the one file now.
    take_alone(copy).await?;
    if let Ok(replaced) = fs::metadata(database) {
        let made = fs::metadata(copy)?;
        if (made.uid(), made.gid()) != (replaced.uid(), replaced.gid()) {
            chown(copy, Some(replaced.uid()), Some(replaced.gid()))
                .with_context(|| format!("giving {} its owner", database.display()))?;
        }
        fs::set_permissions(copy, fs::Permissions::from_mode(replaced.mode() & 0o777))?;
    }
    target.sync_all()?;
    Ok(())
}

/// Removes such a copy and what was made beside it, where they are.
fn remove(copy: &Path) -> io::Result<()> {
    for rest in ["", "-wal", "-shm", "-journal"] {
        remove_file(&with_suffix(copy, rest))?;
    }
    remove_file(&copy.with_extension("migration-lock"))
}

fn remove_file(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn open(database: &Path) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(database);
    SqliteConnection::connect_with(&options)
        .await
        .with_context(|| format!("opening {}", database.display()))
}

/// Whether a file is a whole database of this program's.
async fn examine(file: &Path) -> anyhow::Result<()> {
    ensure_fit!(file.is_file(), "{} is not there", file.display());
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let answer = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await;
    ensure_fit!(answer.is_ok(), "{} is no SQLite database", file.display());
    let verdict: String = answer?.try_get(0)?;
    ensure_fit!(verdict == "ok", "{} is damaged: {verdict}", file.display());
    let ours = sqlx::query("SELECT count(*) FROM organisation").fetch_one(&mut connection).await;
    ensure_fit!(ours.is_ok(), "{} is no database of Partners", file.display());
    connection.close().await?;
    Ok(())
}

/// Leaving WAL mode needs the database alone: it is refused while a server has
/// it open.
async fn take_alone(database: &Path) -> anyhow::Result<()> {
    let mut connection = open(database).await?;
    let alone = sqlx::query(AssertSqlSafe("PRAGMA journal_mode = DELETE".to_owned()))
        .fetch_one(&mut connection)
        .await;
    let mode = alone.and_then(|row| row.try_get::<String, _>(0)).unwrap_or_default();
    connection.close().await?;
    ensure!(mode == "delete", "the database is in use; stop the server first");
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
