//! Endpoints of webhooks in the database.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::{
    Timestamp, Webhook, WebhookContent, WebhookDisabled, WebhookEvents, WebhookId, WebhookName,
    WebhookUrl,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO webhook_endpoint \
     (id, creation_key, name, url, event_types, secret, created_at, created_by, since_seq) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT seq FROM audit_head WHERE one = 1))";

const SELECT: &str = "SELECT w.id, w.name, w.url, w.event_types, w.created_at, w.created_by, \
     w.disabled_at, w.disabled_because, w.old_secret_until, \
     (SELECT count(*) FROM webhook_delivery d WHERE d.endpoint_id = w.id AND d.state = 'waiting') \
       AS waiting, \
     (SELECT min(s.failing_since) FROM webhook_stream s WHERE s.endpoint_id = w.id) \
       AS failing_since \
     FROM webhook_endpoint w";

const UPDATE: &str =
    "UPDATE webhook_endpoint SET name = $1, url = $2, event_types = $3 WHERE id = $4";

const STOPPED: &str =
    "SELECT count(*) FROM webhook_endpoint WHERE disabled_because IN ('failing', 'gone')";

/// A secret that has had its day is none, whether it is removed yet or not.
const ROTATE: &str = "UPDATE webhook_endpoint \
     SET old_secret = secret, old_secret_until = $1, secret = $2 \
     WHERE id = $3 AND CASE WHEN old_secret_until > $5 THEN old_secret_until ELSE 0 END = $4";

const FORGET_OLD_SECRETS: &str = "UPDATE webhook_endpoint \
     SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until <= $1";

const DISABLE: &str = "UPDATE webhook_endpoint SET disabled_at = $1, disabled_because = $2 \
     WHERE id = $3 AND disabled_at IS NULL";

const ENABLE: &str = "UPDATE webhook_endpoint SET disabled_at = NULL, disabled_because = NULL \
     WHERE id = $1 AND disabled_at IS NOT NULL";

const BEGIN_ANEW: &str = "UPDATE webhook_stream \
     SET next_attempt_at = $1, attempts = 0, failing_since = NULL \
     WHERE endpoint_id = $2 AND next_attempt_at IS NOT NULL";

/// In the order in which a delivery that is just settled takes the rows: each
/// would wait for the other for ever otherwise.
const FORGET: [&str; 2] = [
    "DELETE FROM webhook_delivery WHERE endpoint_id = $1",
    "DELETE FROM webhook_stream WHERE endpoint_id = $1",
];
const DELETE: &str = "DELETE FROM webhook_endpoint WHERE id = $1";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    name: String,
    url: String,
    event_types: String,
    created_at: i64,
    created_by: String,
    disabled_at: Option<i64>,
    disabled_because: Option<String>,
    old_secret_until: Option<i64>,
    waiting: i64,
    failing_since: Option<i64>,
}

impl TryFrom<Record> for Webhook {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let unreadable =
            |why: String| StoreError::Unreadable(format!("webhook {}: {why}", record.id));
        let because = record.disabled_because.as_deref().and_then(WebhookDisabled::parse);
        Ok(Self {
            id: WebhookId(record.id),
            name: WebhookName::parse(&record.name).map_err(unreadable)?,
            url: WebhookUrl::parse(&record.url).map_err(unreadable)?,
            events: WebhookEvents::parse(&record.event_types).map_err(unreadable)?,
            created_at: Timestamp::from_millis(record.created_at),
            created_by: record.created_by,
            disabled: record.disabled_at.map(Timestamp::from_millis).zip(because),
            old_secret_until: record.old_secret_until.map(Timestamp::from_millis),
            waiting: record.waiting,
            failing_since: record.failing_since.map(Timestamp::from_millis),
        })
    }
}

/// Writes a new endpoint; its secret is sealed.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where one was created with this key before.
pub async fn insert(
    connection: Connection<'_>,
    id: WebhookId,
    key: CreationKey,
    new: &WebhookContent,
    secret: &[u8],
    by: &str,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(id.0)
            .bind(key)
            .bind(new.name.as_str())
            .bind(new.url.as_str())
            .bind(new.events.words())
            .bind(secret)
            .bind(now.millis())
            .bind(by)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Changes what an admin decides about an endpoint.
///
/// # Errors
/// Where the database fails.
pub async fn update(
    connection: Connection<'_>,
    id: WebhookId,
    content: &WebhookContent,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(UPDATE)
            .bind(content.name.as_str())
            .bind(content.url.as_str())
            .bind(content.events.words())
            .bind(id.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// All endpoints, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn all(connection: Connection<'_>) -> StoreResult<Vec<Webhook>> {
    let sql = format!("{SELECT} ORDER BY w.id DESC");
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(engine).await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// How many endpoints are told nothing though no admin has said so.
///
/// # Errors
/// Where the database fails.
pub async fn count_stopped(connection: Connection<'_>) -> StoreResult<usize> {
    let count: i64 = on_engine!(connection, engine => {
        sqlx::query_scalar(STOPPED).fetch_one(engine).await?
    });
    Ok(usize::try_from(count).unwrap_or_default())
}

/// The endpoint with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(connection: Connection<'_>, id: WebhookId) -> StoreResult<Option<Webhook>> {
    one(connection, "w.id = $1", id.0).await
}

/// The endpoint that was created with this key.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
) -> StoreResult<Option<Webhook>> {
    one(connection, "w.creation_key = $1", key).await
}

async fn one(
    connection: Connection<'_>,
    condition: &'static str,
    id: Uuid,
) -> StoreResult<Option<Webhook>> {
    let sql = format!("{SELECT} WHERE {condition}");
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(id).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// Puts a new secret, sealed, in the place of the present one, with which
/// deliveries are signed as well until `until`; false where there is no such
/// endpoint, or the one before the present one does not end when it was `seen` to:
/// then it was rotated meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn rotate(
    connection: Connection<'_>,
    id: WebhookId,
    secret: &[u8],
    until: Timestamp,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> StoreResult<bool> {
    let seen = seen.filter(|seen| *seen > now);
    let changed = on_engine!(connection, engine => {
        sqlx::query(ROTATE)
            .bind(until.millis())
            .bind(secret)
            .bind(id.0)
            .bind(seen.map_or(0, Timestamp::millis))
            .bind(now.millis())
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Removes secrets with which nothing is signed any more.
///
/// # Errors
/// Where the database fails.
pub async fn forget_old_secrets(connection: Connection<'_>, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(FORGET_OLD_SECRETS).bind(now.millis()).execute(engine).await?;
    });
    Ok(())
}

/// Sends an endpoint nothing from now on; false where that is so already.
///
/// # Errors
/// Where the database fails.
pub async fn disable(
    connection: Connection<'_>,
    id: WebhookId,
    because: WebhookDisabled,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(DISABLE)
            .bind(now.millis())
            .bind(because.as_str())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Sends a disabled endpoint what waits, and what comes; false where it is not
/// disabled.
///
/// # Errors
/// Where the database fails.
pub async fn enable(
    mut connection: Connection<'_>,
    id: WebhookId,
    now: Timestamp,
) -> StoreResult<bool> {
    let webhook = by_id(connection.lend(), id).await?;
    if webhook.is_none_or(|webhook| webhook.disabled.is_none()) {
        return Ok(false);
    }
    // In the order in which a delivery that ends with a 410 takes the rows: each
    // would wait for the other for ever otherwise.
    begin_anew(connection.lend(), id, now).await?;
    on_engine!(connection, engine => {
        sqlx::query(ENABLE).bind(id.0).execute(engine).await?;
    });
    Ok(true)
}

/// Has what waits for an endpoint sent at once, with three days before it.
///
/// # Errors
/// Where the database fails.
pub async fn begin_anew(
    connection: Connection<'_>,
    id: WebhookId,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(BEGIN_ANEW).bind(now.millis()).bind(id.0).execute(engine).await?;
    });
    Ok(())
}

/// Removes an endpoint with all its deliveries; false where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn delete(mut connection: Connection<'_>, id: WebhookId) -> StoreResult<bool> {
    let deleted = on_engine!(&mut connection, engine => {
        for forget in FORGET {
            sqlx::query(forget).bind(id.0).execute(&mut **engine).await?;
        }
        sqlx::query(DELETE).bind(id.0).execute(&mut **engine).await?.rows_affected()
    });
    Ok(deleted == 1)
}
