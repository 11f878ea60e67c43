//! The public halves of the keys that the API's tokens are signed with.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::Timestamp;

const INSERT: &str =
    "INSERT INTO api_key (id, jwk, created_at, expires_at) VALUES ($1, $2, $3, $4)";
const BY_ID: &str = "SELECT jwk FROM api_key WHERE id = $1 AND expires_at > $2";
const ALL: &str = "SELECT jwk FROM api_key WHERE expires_at > $1 ORDER BY created_at DESC, id";
const DELETE_OLD: &str = "DELETE FROM api_key WHERE expires_at <= $1";

/// Publishes a key: `jwk` is a JSON Web Key (RFC 7517) with the same ID.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    connection: Connection<'_>,
    id: &str,
    jwk: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(id)
            .bind(jwk)
            .bind(now.millis())
            .bind(expires_at.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// The key with this ID, as a JSON Web Key, while it counts.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    id: &str,
    now: Timestamp,
) -> StoreResult<Option<String>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(BY_ID).bind(id).bind(now.millis()).fetch_optional(engine).await?
    }))
}

/// All keys that count, as JSON Web Keys.
///
/// # Errors
/// Where the database fails.
pub async fn all(connection: Connection<'_>, now: Timestamp) -> StoreResult<Vec<String>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(ALL).bind(now.millis()).fetch_all(engine).await?
    }))
}

/// Forgets keys whose tokens have all ended.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(connection: Connection<'_>, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(now.millis()).execute(engine).await?;
    });
    Ok(())
}
