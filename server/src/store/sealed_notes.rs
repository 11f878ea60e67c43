//! Short notes to a browser's next page, kept sealed: the key is in the cookie.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::Timestamp;

const INSERT: &str = "INSERT INTO sealed_note (token_hash, sealed, expires_at) VALUES ($1, $2, $3)";
const GET: &str = "SELECT sealed FROM sealed_note WHERE token_hash = $1 AND expires_at > $2";
const TAKE: &str =
    "DELETE FROM sealed_note WHERE token_hash = $1 AND expires_at > $2 RETURNING sealed";
const DELETE_OLD: &str = "DELETE FROM sealed_note WHERE expires_at <= $1";

/// Keeps a note until `expires_at`.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    connection: Connection<'_>,
    token_hash: &[u8],
    sealed: &[u8],
    expires_at: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(token_hash)
            .bind(sealed)
            .bind(expires_at.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Reads a note that stays.
///
/// # Errors
/// Where the database fails.
pub async fn get(
    connection: Connection<'_>,
    token_hash: &[u8],
    now: Timestamp,
) -> StoreResult<Option<Vec<u8>>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(GET).bind(token_hash).bind(now.millis()).fetch_optional(engine).await?
    }))
}

/// Takes a note: of two that ask, one gets it.
///
/// # Errors
/// Where the database fails.
pub async fn take(
    connection: Connection<'_>,
    token_hash: &[u8],
    now: Timestamp,
) -> StoreResult<Option<Vec<u8>>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(TAKE).bind(token_hash).bind(now.millis()).fetch_optional(engine).await?
    }))
}

/// Forgets notes that are over.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(connection: Connection<'_>, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(now.millis()).execute(engine).await?;
    });
    Ok(())
}
