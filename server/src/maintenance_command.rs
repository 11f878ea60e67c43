//! `partners migrate`, `backup` and `restore`.

use crate::command_line::answer;
use anyhow::bail;
use clap::Args;
use partners_server::config::Config;
use partners_server::store::{Store, backup, sqlite_file};
use secrecy::ExposeSecret;
use serde_json::json;
use std::path::PathBuf;

/// Why there is nothing to do for PostgreSQL, and what does it.
const POSTGRES_BACKUP: &str = "PostgreSQL is backed up by its own tools, while the server runs: pg_dump --format=custom --file=FILE DATABASE_URL";
const POSTGRES_RESTORE: &str = "PostgreSQL is restored by its own tools, while the server is stopped: pg_restore --clean --if-exists --single-transaction --dbname=DATABASE_URL FILE";

#[derive(Args)]
pub struct BackUp {
    /// A file that does not exist yet
    file: PathBuf,
}

#[derive(Args)]
pub struct Restore {
    /// A file that `partners backup` wrote
    file: PathBuf,
    /// Put it in the place of the database that is there
    #[arg(long)]
    replace: bool,
}

/// Brings the database's schema up to date, as the server does at its start.
pub async fn migrate(config: &Config, json: bool) -> anyhow::Result<()> {
    let store = Store::open(config.database_url.expose_secret()).await?;
    store.close().await;
    answer(json, "The database’s schema is up to date.", &json!({ "up_to_date": true }));
    Ok(())
}

/// Copies the database while the server runs.
pub async fn back_up(config: &Config, command: BackUp, json: bool) -> anyhow::Result<()> {
    let Some(database) = sqlite_file(config.database_url.expose_secret()) else {
        bail!(POSTGRES_BACKUP)
    };
    backup::back_up(database, &command.file).await?;
    let bytes = std::fs::metadata(&command.file)?.len();
    let words = format!("{} holds the whole database ({bytes} bytes).", command.file.display());
    answer(json, words, &json!({ "file": command.file, "bytes": bytes }));
    Ok(())
}

/// Puts a backup in the database's place.
pub async fn restore(config: &Config, command: Restore, json: bool) -> anyhow::Result<()> {
    let Some(database) = sqlite_file(config.database_url.expose_secret()) else {
        bail!(POSTGRES_RESTORE)
    };
    backup::restore(database, &command.file, command.replace).await?;
    // A backup may be of an older version.
    let store = Store::open(config.database_url.expose_secret()).await?;
    store.close().await;
    let words = format!("{} is the database now.", command.file.display());
    answer(json, words, &json!({ "restored": command.file }));
    Ok(())
}
