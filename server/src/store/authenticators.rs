//! Authenticator apps of the embedded identity provider's accounts.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::Timestamp;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO embedded_authenticator \
     (account_id, secret, last_step, created_at) VALUES ($1, $2, $3, $4)";
const OF_ACCOUNT: &str = "SELECT secret FROM embedded_authenticator WHERE account_id = $1";
const USE_STEP: &str = "UPDATE embedded_authenticator SET last_step = $1 \
     WHERE account_id = $2 AND last_step < $1";
const DELETE: &str = "DELETE FROM embedded_authenticator WHERE account_id = $1";

/// Writes an account's app. `step` is that of the code it was confirmed with.
///
/// # Errors
/// [`super::StoreError::AlreadyExists`] where the account has one.
pub async fn insert(
    connection: Connection<'_>,
    account: Uuid,
    secret: &[u8],
    step: i64,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(account)
            .bind(secret)
            .bind(step)
            .bind(now.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// The sealed secret of an account's app, if it has one.
///
/// # Errors
/// Where the database fails.
pub async fn secret_of(connection: Connection<'_>, account: Uuid) -> StoreResult<Option<Vec<u8>>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(OF_ACCOUNT).bind(account).fetch_optional(engine).await?
    }))
}

/// Takes the time step of a code, if neither it nor a later one was taken
/// before: of two that give the same code, one gets in.
///
/// # Errors
/// Where the database fails.
pub async fn use_step(connection: Connection<'_>, account: Uuid, step: i64) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(USE_STEP).bind(step).bind(account).execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// Forgets an account's app.
///
/// # Errors
/// Where the database fails.
pub async fn delete(connection: Connection<'_>, account: Uuid) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE).bind(account).execute(engine).await?;
    });
    Ok(())
}
