//! The names of organisations that something else refers to.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{OrganisationId, OrganisationName};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// How many are asked for in one statement.
const PORTION: usize = 500;

/// The names of these organisations, as far as they exist; by name.
///
/// # Errors
/// Where the database fails.
pub async fn of(
    connection: Connection<'_>,
    ids: &[OrganisationId],
) -> StoreResult<Vec<(OrganisationId, OrganisationName)>> {
    read(connection, ids, "").await
}

async fn read(
    mut connection: Connection<'_>,
    ids: &[OrganisationId],
    condition: &'static str,
) -> StoreResult<Vec<(OrganisationId, OrganisationName)>> {
    let mut names = Vec::new();
    for ids in ids.chunks(PORTION) {
        let places: Vec<_> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let sql = format!("SELECT id, name FROM organisation WHERE id IN ({places}) {condition}");
        let rows: Vec<(Uuid, String)> = on_engine!(&mut connection, engine => {
            // Only placeholders and the constant are put into the statement.
            let mut select = sqlx::query_as(AssertSqlSafe(sql));
            for id in ids {
                select = select.bind(id.0);
            }
            select.fetch_all(&mut **engine).await?
        });
        for (id, name) in rows {
            names.push((OrganisationId(id), name.try_into().map_err(StoreError::Unreadable)?));
        }
    }
    names.sort_by_cached_key(|(id, name): &(_, OrganisationName)| (name.key(), *id));
    Ok(names)
}

/// Whether all of these organisations exist, and none was deleted.
///
/// # Errors
/// Where the database fails.
pub async fn all_exist(connection: Connection<'_>, ids: &[OrganisationId]) -> StoreResult<bool> {
    Ok(read(connection, ids, "AND deleted_at IS NULL").await?.len() == ids.len())
}
