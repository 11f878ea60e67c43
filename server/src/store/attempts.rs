//! Counting attempts in the database, so that a limit holds across instances.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::Timestamp;

const COUNT: &str = "INSERT INTO attempt (key, count, window_ends_at) VALUES ($1, 1, $2) \
     ON CONFLICT (key) DO UPDATE SET \
       count = CASE WHEN attempt.window_ends_at <= $3 THEN 1 ELSE attempt.count + 1 END, \
       window_ends_at = CASE WHEN attempt.window_ends_at <= $3 THEN $2 ELSE attempt.window_ends_at END \
     RETURNING count, window_ends_at";
const DELETE_OLD: &str = "DELETE FROM attempt WHERE window_ends_at <= $1";

/// Counts one more attempt under `key`; returns how many there were in the
/// running window, and when that ends.
///
/// # Errors
/// Where the database fails.
pub async fn count(
    connection: Connection<'_>,
    key: &str,
    now: Timestamp,
    window: std::time::Duration,
) -> StoreResult<(i64, Timestamp)> {
    let (count, ends): (i64, i64) = on_engine!(connection, engine => {
        sqlx::query_as(COUNT)
            .bind(key)
            .bind(now.plus(window).millis())
            .bind(now.millis())
            .fetch_one(engine)
            .await?
    });
    Ok((count, Timestamp::from_millis(ends)))
}

/// Forgets windows that are over.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(connection: Connection<'_>, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(now.millis()).execute(engine).await?;
    });
    Ok(())
}
