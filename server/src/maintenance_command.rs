//! `partners migrate`, `backup` and `restore`.

use crate::command_line::{WrongInput, answer};
use anyhow::bail;
use clap::Args;
use partners_server::config::Config;
use partners_server::store::backup::{self, Unfit};
use partners_server::store::{Store, sqlite_file};
use secrecy::ExposeSecret;
use serde_json::json;
use std::path::PathBuf;

/// Why there is nothing to do for PostgreSQL, and what does it.
const POSTGRES_BACKUP: &str = "PostgreSQL is backed up by its own tools, while the server runs: pg_dump --format=custom --file=FILE DATABASE_URL";
const POSTGRES_RESTORE: &str = "PostgreSQL is restored by its own tools, while the server is stopped: pg_restore --clean --if-exists --single-transaction --dbname=DATABASE_URL FILE";

/// Where a backup goes.
#[derive(Args)]
pub struct BackUp {
    /// A file that does not exist yet
    file: PathBuf,
}

/// What is put back.
#[derive(Args)]
pub struct Restore {
    /// A file that `partners backup` wrote
    file: PathBuf,
    /// Put it in the place of the database that is there
    #[arg(long)]
    replace: bool,
}

/// Brings the database's schema up to date, as the server does at its start.
///
/// # Errors
/// Where the database cannot be opened, or its schema is of a newer version.
pub async fn migrate(config: &Config, json: bool) -> anyhow::Result<()> {
    let store = Store::open(config.database_url.expose_secret()).await?;
    store.close().await;
    answer(json, "The database’s schema is up to date.", &json!({ "up_to_date": true }));
    Ok(())
}

/// Copies the database while the server runs.
///
/// # Errors
/// Where the file exists, or cannot be written, and with PostgreSQL.
pub async fn back_up(config: &Config, command: BackUp, json: bool) -> anyhow::Result<()> {
    let Some(database) = sqlite_file(config.database_url.expose_secret()) else {
        bail!(POSTGRES_BACKUP)
    };
    backup::back_up(database, &command.file).await.map_err(beside_its_argument)?;
    let bytes = std::fs::metadata(&command.file)?.len();
    let words = format!("{} holds the whole database ({bytes} bytes).", command.file.display());
    answer(json, words, &json!({ "file": command.file, "bytes": bytes }));
    Ok(())
}

/// Puts a backup in the database's place.
///
/// # Errors
/// Where the file is no backup or of a newer version, a database is there that is
/// not to be replaced or is in use, and with PostgreSQL.
pub async fn restore(config: &Config, command: Restore, json: bool) -> anyhow::Result<()> {
    let Some(database) = sqlite_file(config.database_url.expose_secret()) else {
        bail!(POSTGRES_RESTORE)
    };
    let restored = backup::restore(database, &command.file, command.replace).await;
    restored.map_err(beside_its_argument)?;
    let words = format!("{} is the database now.", command.file.display());
    answer(json, words, &json!({ "restored": command.file }));
    Ok(())
}

/// What does not fit, beside the argument that it came from.
fn beside_its_argument(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(unfit @ Unfit::File(_)) => WrongInput::argument("file", "FILE", unfit).into(),
        Some(unfit @ Unfit::Kept(_)) => WrongInput::argument("replace", "--replace", unfit).into(),
        None => error,
    }
}
