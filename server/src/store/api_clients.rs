//! API clients in the database.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::{
    ApiAccess, ApiClient, ApiClientId, ApiClientName, NewApiClient, OrganisationId,
    OrganisationStanding, OwnOrganisation, Timestamp,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO api_client \
     (id, creation_key, name, secret_hash, scope, organisation_id, created_at, created_by, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const SELECT: &str = "SELECT c.id, c.name, c.secret_hash, c.scope, c.organisation_id, \
     o.name AS organisation_name, o.suspended_at, o.deleted_at, c.created_at, c.created_by, c.last_used_at, c.expires_at, \
     c.revoked_at FROM api_client c LEFT JOIN organisation o ON o.id = c.organisation_id";

const BY_ID: &str = "c.id = $1";

const REVOKE: &str = "UPDATE api_client SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
const REVOKE_ALL: &str = "UPDATE api_client SET revoked_at = $1 \
     WHERE organisation_id = $2 AND revoked_at IS NULL RETURNING id, name";
const USED: &str = "UPDATE api_client SET last_used_at = $1 WHERE id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    name: String,
    secret_hash: Vec<u8>,
    scope: String,
    organisation_id: Option<Uuid>,
    organisation_name: Option<String>,
    suspended_at: Option<i64>,
    deleted_at: Option<i64>,
    created_at: i64,
    created_by: String,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<Record> for ApiClient {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let unreadable =
            |why: String| StoreError::Unreadable(format!("API client {}: {why}", record.id));
        let standing = match (record.deleted_at, record.suspended_at) {
            (Some(_), _) => OrganisationStanding::Deleted,
            (None, Some(_)) => OrganisationStanding::Suspended,
            (None, None) => OrganisationStanding::Active,
        };
        Ok(Self {
            id: ApiClientId(record.id),
            name: ApiClientName::parse(&record.name).map_err(unreadable)?,
            access: ApiAccess::parse(&record.scope, record.organisation_id.map(OrganisationId))
                .map_err(unreadable)?,
            organisation: record.organisation_name.map(|name| OwnOrganisation { name, standing }),
            created_at: Timestamp::from_millis(record.created_at),
            created_by: record.created_by,
            last_used_at: record.last_used_at.map(Timestamp::from_millis),
            expires_at: record.expires_at.map(Timestamp::from_millis),
            revoked_at: record.revoked_at.map(Timestamp::from_millis),
        })
    }
}

/// Writes a new API client.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where one was created with this key before.
pub async fn insert(
    connection: Connection<'_>,
    id: ApiClientId,
    key: CreationKey,
    new: &NewApiClient,
    secret_hash: &[u8],
    by: &str,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(id.0)
            .bind(key)
            .bind(new.name.as_str())
            .bind(secret_hash)
            .bind(new.access.scope())
            .bind(new.access.organisation().map(|id| id.0))
            .bind(now.millis())
            .bind(by)
            .bind(new.expires_at.map(Timestamp::millis))
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// All API clients, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn all(connection: Connection<'_>) -> StoreResult<Vec<ApiClient>> {
    let sql = format!("{SELECT} ORDER BY c.id DESC");
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(engine).await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// The API client with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(connection: Connection<'_>, id: ApiClientId) -> StoreResult<Option<ApiClient>> {
    one(connection, BY_ID, id.0).await?.map(TryInto::try_into).transpose()
}

/// The API client that was created with this key.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
) -> StoreResult<Option<ApiClient>> {
    one(connection, "c.creation_key = $1", key).await?.map(TryInto::try_into).transpose()
}

/// The API client with this ID, and the SHA-256 of its secret.
///
/// # Errors
/// Where the database fails.
pub async fn with_secret_hash(
    connection: Connection<'_>,
    id: ApiClientId,
) -> StoreResult<Option<(ApiClient, Vec<u8>)>> {
    let record = one(connection, BY_ID, id.0).await?;
    record
        .map(|mut record| {
            let hash = std::mem::take(&mut record.secret_hash);
            Ok((record.try_into()?, hash))
        })
        .transpose()
}

async fn one(
    connection: Connection<'_>,
    condition: &'static str,
    id: Uuid,
) -> StoreResult<Option<Record>> {
    let sql = format!("{SELECT} WHERE {condition}");
    Ok(on_engine!(connection, engine => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_optional(engine).await?
    }))
}

/// Takes an API client's access away; false where that was done before.
///
/// # Errors
/// Where the database fails.
pub async fn revoke(
    connection: Connection<'_>,
    id: ApiClientId,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(REVOKE).bind(now.millis()).bind(id.0).execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// Ends what all of an organisation's API clients may do; says which these are.
///
/// # Errors
/// Where the database fails.
pub async fn revoke_all(
    connection: Connection<'_>,
    organisation: OrganisationId,
    now: Timestamp,
) -> StoreResult<Vec<(ApiClientId, String)>> {
    let revoked: Vec<(Uuid, String)> = on_engine!(connection, engine => {
        sqlx::query_as(REVOKE_ALL).bind(now.millis()).bind(organisation.0).fetch_all(engine).await?
    });
    Ok(revoked.into_iter().map(|(id, name)| (ApiClientId(id), name)).collect())
}

/// Notes that an API client is in use.
///
/// # Errors
/// Where the database fails.
pub async fn used(connection: Connection<'_>, id: ApiClientId, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(USED).bind(now.millis()).bind(id.0).execute(engine).await?;
    });
    Ok(())
}
