//! Changes that are asked of an identity provider elsewhere, until their outcome
//! is known.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::Timestamp;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO account_change (id, asked_at, note) VALUES ($1, $2, $3)";
const DELETE: &str = "DELETE FROM account_change WHERE id = $1";
const TAKE_OLD: &str =
    "DELETE FROM account_change WHERE asked_at < $1 RETURNING asked_at, id, note";

/// Notes a change that is about to be asked for.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    connection: Connection<'_>,
    id: Uuid,
    asked_at: Timestamp,
    note: &str,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT).bind(id).bind(asked_at.millis()).bind(note).execute(engine).await?;
    });
    Ok(())
}

/// Forgets one whose outcome is known.
///
/// # Errors
/// Where the database fails.
pub async fn delete(connection: Connection<'_>, id: Uuid) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE).bind(id).execute(engine).await?;
    });
    Ok(())
}

/// Takes those that were asked for before, with when they were, the first one
/// first.
///
/// # Errors
/// Where the database fails.
pub async fn take_old(
    connection: Connection<'_>,
    before: Timestamp,
) -> StoreResult<Vec<(Timestamp, String)>> {
    let mut rows: Vec<(i64, Uuid, String)> = on_engine!(connection, engine => {
        sqlx::query_as(TAKE_OLD).bind(before.millis()).fetch_all(engine).await?
    });
    rows.sort_unstable();
    Ok(rows.into_iter().map(|(at, _, note)| (Timestamp::from_millis(at), note)).collect())
}
