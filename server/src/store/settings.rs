//! Settings of the installation that an admin may change.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::SalesforceUse;

const USES_SALESFORCE: &str = "uses_salesforce";
const SEALING_CHECK: &str = "sealing_check";

const GET: &str = "SELECT value FROM setting WHERE key = $1";
const SET: &str = "INSERT INTO setting (key, value) VALUES ($1, $2) \
     ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const SET_ONCE: &str = "INSERT INTO setting (key, value) VALUES ($1, $2) \
     ON CONFLICT (key) DO UPDATE SET value = setting.value RETURNING value";

/// Whether organisations need a Salesforce account ID; at first they do not.
///
/// # Errors
/// Where the database fails.
pub async fn uses_salesforce(connection: Connection<'_>) -> StoreResult<SalesforceUse> {
    let value = get(connection, USES_SALESFORCE).await?;
    Ok(SalesforceUse(value.as_deref() == Some("true")))
}

/// Turns the switch.
///
/// # Errors
/// Where the database fails.
pub async fn set_uses_salesforce(connection: Connection<'_>, on: SalesforceUse) -> StoreResult<()> {
    set(connection, USES_SALESFORCE, if on.0 { "true" } else { "false" }).await
}

/// Keeps the value that shows which key seals this database's secrets, unless
/// there is one; returns the one that is kept.
///
/// # Errors
/// Where the database fails.
pub async fn sealing_check(connection: Connection<'_>, fresh: &str) -> StoreResult<String> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(SET_ONCE).bind(SEALING_CHECK).bind(fresh).fetch_one(engine).await?
    }))
}

/// The value of a setting, if it was ever set.
pub(super) async fn get(connection: Connection<'_>, key: &str) -> StoreResult<Option<String>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(GET).bind(key).fetch_optional(engine).await?
    }))
}

/// Sets a setting.
pub(super) async fn set(connection: Connection<'_>, key: &str, value: &str) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(SET).bind(key).bind(value).execute(engine).await?;
    });
    Ok(())
}
