//! The worker's view of webhooks: which events are still to be told, to whom,
//! and how that went.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{DeliveryState, OrganisationId, Timestamp, WebhookEvents, WebhookId};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::time::Duration;
use uuid::Uuid;

/// Whoever has this row makes deliveries, or changes many; others wait.
const HOLD_CURSOR: &str = "UPDATE webhook_cursor SET seq = seq WHERE one = 1 RETURNING seq";

const MOVE_CURSOR: &str = "UPDATE webhook_cursor SET seq = $1 WHERE one = 1";

const IS_BEHIND: &str = "SELECT (SELECT seq FROM audit_head WHERE one = 1) \
     - (SELECT seq FROM webhook_cursor WHERE one = 1)";

/// With names as they are now, for events that do not tell them, and with what
/// is known of the order that an event is about.
const EVENTS: &str = "SELECT e.seq, e.id, e.at, e.action, e.organisation_id, e.subject_id, \
     e.changes, o.name AS organisation_name, u.name AS user_name, u.email AS user_email, \
     p.kind AS order_kind, p.reference AS order_reference, p.subscription AS order_subscription, \
     p.customer_id AS order_customer \
     FROM audit_event e \
     LEFT JOIN organisation o ON o.id = e.organisation_id \
     LEFT JOIN partner_user u ON u.id = e.subject_id \
     LEFT JOIN partner_order p ON p.id = e.subject_id \
     WHERE e.seq > $1 ORDER BY e.seq LIMIT $2";

const ENDPOINTS: &str = "SELECT id, event_types, since_seq FROM webhook_endpoint";

const INSERT: &str = "INSERT INTO webhook_delivery \
     (endpoint_id, seq, event_id, organisation_id, event_type, at, body, state) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting')";

const ENSURE_STREAM: &str = "INSERT INTO webhook_stream \
     (endpoint_id, organisation_id, next_attempt_at) VALUES ($1, $2, $3) \
     ON CONFLICT (endpoint_id, organisation_id) DO UPDATE SET \
     next_attempt_at = COALESCE(webhook_stream.next_attempt_at, excluded.next_attempt_at)";

/// The stream that has been due for longest. An endpoint that is slow has a few
/// at a time, so that it does not keep the others waiting; which those are is
/// counted once, and not for each of its streams.
const FIRST_FREE: &str = "SELECT s.endpoint_id, s.organisation_id FROM webhook_stream s \
     JOIN webhook_endpoint w ON w.id = s.endpoint_id \
     WHERE w.disabled_at IS NULL AND s.next_attempt_at <= $1 AND s.lease_until <= $1 \
       AND s.endpoint_id NOT IN (SELECT b.endpoint_id FROM webhook_stream b \
            WHERE b.lease_until > $1 GROUP BY b.endpoint_id HAVING count(*) >= $2) \
     ORDER BY s.next_attempt_at LIMIT 1";

/// What is around `FIRST_FREE`. As the lease of partner users: the outer condition is
/// checked again when the row's lock is had.
const LEASE: (&str, &str) = (
    "UPDATE webhook_stream SET lease_until = $3 WHERE (endpoint_id, organisation_id) IN (",
    ") AND next_attempt_at <= $1 AND lease_until <= $1 RETURNING endpoint_id, organisation_id",
);

const RENEW: &str = "UPDATE webhook_stream SET lease_until = $1 \
     WHERE endpoint_id = $2 AND organisation_id = $3 AND lease_until > $4";

const FIRST_WAITING: &str = "SELECT d.seq, d.event_id, d.event_type, d.body, w.url, w.secret, \
     w.old_secret, w.old_secret_until \
     FROM webhook_delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id \
     WHERE d.endpoint_id = $1 AND d.organisation_id = $2 AND d.state = 'waiting' \
       AND w.disabled_at IS NULL \
     ORDER BY d.seq LIMIT 1";

/// What an admin has passed over meanwhile may have been taken all the same.
const ATTEMPTED: &str = "UPDATE webhook_delivery \
     SET state = CASE WHEN state = 'waiting' OR $1 = 'delivered' THEN $1 ELSE state END, \
         attempts = attempts + 1, attempted_at = $2, status = $3, answer = $4 \
     WHERE endpoint_id = $5 AND seq = $6 \
       AND (state = 'waiting' OR state = 'failed' AND event_type <> 'webhook.test') \
     RETURNING state";

const NOT_FAILING: &str = "UPDATE webhook_stream SET attempts = 0, failing_since = NULL \
     WHERE endpoint_id = $1 AND organisation_id = $2 AND attempts > 0";

const POSTPONE: &str = "UPDATE webhook_stream \
     SET attempts = attempts + 1, failing_since = COALESCE(failing_since, $1), \
         next_attempt_at = $2, lease_until = 0 \
     WHERE endpoint_id = $3 AND organisation_id = $4";

/// Has the row's lock until the end of the transaction: whoever begins the stream
/// anew does that before or after.
const LET_GO: &str = "UPDATE webhook_stream SET lease_until = 0 \
     WHERE endpoint_id = $1 AND organisation_id = $2 RETURNING attempts, failing_since";

/// The row's lock first: what the next statement sees is then the last of it.
const HOLD_STREAM: &str = "UPDATE webhook_stream SET lease_until = 0 \
     WHERE endpoint_id = $1 AND organisation_id = $2";

/// Behind all that were due before now: others have their turn first.
const QUEUE_AGAIN: &str = "UPDATE webhook_stream SET next_attempt_at = $3 \
     WHERE endpoint_id = $1 AND organisation_id = $2 \
       AND EXISTS (SELECT 1 FROM webhook_delivery d \
         WHERE d.endpoint_id = $1 AND d.organisation_id = $2 AND d.state = 'waiting')";

const SETTLE: &str = "UPDATE webhook_stream \
     SET next_attempt_at = NULL, attempts = 0, failing_since = NULL \
     WHERE endpoint_id = $1 AND organisation_id = $2 \
       AND NOT EXISTS (SELECT 1 FROM webhook_delivery d \
         WHERE d.endpoint_id = $1 AND d.organisation_id = $2 AND d.state = 'waiting')";

const URL: &str = "SELECT url FROM webhook_endpoint WHERE id = $1";

const NEXT_DUE: &str = "SELECT min(CASE WHEN s.lease_until > s.next_attempt_at \
       THEN s.lease_until ELSE s.next_attempt_at END) \
     FROM webhook_stream s JOIN webhook_endpoint w ON w.id = s.endpoint_id \
     WHERE w.disabled_at IS NULL AND s.next_attempt_at IS NOT NULL";

/// What waits for an endpoint that is sent things is kept: it is not old.
const DELETE_OLD: &str = "DELETE FROM webhook_delivery WHERE at < $1 AND (state <> 'waiting' \
     OR endpoint_id IN (SELECT id FROM webhook_endpoint WHERE disabled_at IS NOT NULL))";

/// An event of the audit trail, with what is told of it beside what it says.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Its place in the trail.
    pub seq: i64,
    /// Its ID.
    pub id: Uuid,
    /// When it was.
    pub at: Timestamp,
    /// What was done, such as `organisation.created`.
    pub action: String,
    /// The organisation it concerns.
    pub organisation: Option<OrganisationId>,
    /// The user, order or other thing it concerns.
    pub subject: Option<Uuid>,
    /// Before and after, field by field.
    pub changes: Value,
    /// The organisation's present name, where it is there.
    pub organisation_name: Option<String>,
    /// The present name and email of the user it is about, if it is about one.
    pub user: Option<(String, String)>,
    /// The order it is about, if it is about one.
    pub order: Option<HappenedOrder>,
}

/// What is told of an order; all of it is fixed once it is settled.
#[derive(Clone, Debug)]
pub struct HappenedOrder {
    /// `purchase`, `change` or `undo`.
    pub kind: String,
    /// Our reference.
    pub reference: String,
    /// The subscription it made or changed.
    pub subscription: Option<String>,
    /// The end customer's ID.
    pub customer: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct EventRecord {
    seq: i64,
    id: Uuid,
    at: i64,
    action: String,
    organisation_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    changes: String,
    organisation_name: Option<String>,
    user_name: Option<String>,
    user_email: Option<String>,
    order_kind: Option<String>,
    order_reference: Option<String>,
    order_subscription: Option<String>,
    order_customer: Option<Uuid>,
}

impl TryFrom<EventRecord> for Happened {
    type Error = StoreError;

    fn try_from(record: EventRecord) -> Result<Self, Self::Error> {
        let changes = serde_json::from_str(&record.changes)
            .map_err(|error| StoreError::Unreadable(format!("event {}: {error}", record.id)))?;
        let order =
            record.order_kind.zip(record.order_reference).map(|(kind, reference)| HappenedOrder {
                kind,
                reference,
                subscription: record.order_subscription,
                customer: record.order_customer,
            });
        Ok(Self {
            seq: record.seq,
            id: record.id,
            at: Timestamp::from_millis(record.at),
            action: record.action,
            organisation: record.organisation_id.map(OrganisationId),
            subject: record.subject_id,
            changes,
            organisation_name: record.organisation_name,
            user: record.user_name.zip(record.user_email),
            order,
        })
    }
}

/// Whether there are events of which no deliveries were made yet.
///
/// # Errors
/// Where the database fails.
pub async fn is_behind(connection: Connection<'_>) -> StoreResult<bool> {
    let behind: i64 = on_engine!(connection, engine => {
        sqlx::query_scalar(IS_BEHIND).fetch_one(engine).await?
    });
    Ok(behind > 0)
}

/// Keeps others from making deliveries until the transaction ends; says up to
/// which place of the trail they were made.
///
/// # Errors
/// Where the database fails.
pub async fn hold_cursor(connection: Connection<'_>) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(HOLD_CURSOR).fetch_one(engine).await?
    }))
}

/// Notes up to which place deliveries were made.
///
/// # Errors
/// Where the database fails.
pub async fn move_cursor(connection: Connection<'_>, seq: i64) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(MOVE_CURSOR).bind(seq).execute(engine).await?;
    });
    Ok(())
}

/// Events behind this place, in their order.
///
/// # Errors
/// Where the database fails.
pub async fn events(
    connection: Connection<'_>,
    behind: i64,
    limit: i64,
) -> StoreResult<Vec<Happened>> {
    let records: Vec<EventRecord> = on_engine!(connection, engine => {
        sqlx::query_as(EVENTS).bind(behind).bind(limit).fetch_all(engine).await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// All endpoints, what they are told of, and after which place of the trail.
///
/// # Errors
/// Where the database fails.
pub async fn endpoints(
    connection: Connection<'_>,
) -> StoreResult<Vec<(WebhookId, WebhookEvents, i64)>> {
    let records: Vec<(Uuid, String, i64)> = on_engine!(connection, engine => {
        sqlx::query_as(ENDPOINTS).fetch_all(engine).await?
    });
    let read = |(id, words, since): (Uuid, String, i64)| {
        let events = WebhookEvents::parse(&words).map_err(StoreError::Unreadable)?;
        Ok((WebhookId(id), events, since))
    };
    records.into_iter().map(read).collect()
}

/// A delivery that is to be made.
#[derive(Clone, Debug)]
pub struct NewDelivery<'a> {
    /// To which endpoint.
    pub endpoint: WebhookId,
    /// Of which event.
    pub event: &'a Happened,
    /// The event's type there.
    pub event_type: &'static str,
    /// In which stream: that of the organisation, or zeros.
    pub stream: Uuid,
    /// What is sent.
    pub body: &'a str,
}

/// Writes a delivery, due at once unless its stream waits for something.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    mut connection: Connection<'_>,
    new: &NewDelivery<'_>,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(&mut connection, engine => {
        sqlx::query(INSERT)
            .bind(new.endpoint.0)
            .bind(new.event.seq)
            .bind(new.event.id)
            .bind(new.stream)
            .bind(new.event_type)
            .bind(new.event.at.millis())
            .bind(new.body)
            .execute(&mut **engine)
            .await?;
        sqlx::query(ENSURE_STREAM)
            .bind(new.endpoint.0)
            .bind(new.stream)
            .bind(now.millis())
            .execute(&mut **engine)
            .await?;
    });
    Ok(())
}

/// What one endpoint is told of one organisation, for one worker alone.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The endpoint.
    pub endpoint: WebhookId,
    /// The organisation; zeros for none.
    pub organisation: Uuid,
}

/// How a stream has failed.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// Attempts in vain since the last one that was not.
    pub attempts: i64,
    /// When they began.
    pub since: Option<Timestamp>,
}

/// Whether there is a stream to be taken; asked before anything is written.
///
/// # Errors
/// Where the database fails.
pub async fn is_any_free(
    connection: Connection<'_>,
    now: Timestamp,
    at_once: i64,
) -> StoreResult<bool> {
    let free: Option<(Uuid, Uuid)> = on_engine!(connection, engine => {
        sqlx::query_as(FIRST_FREE).bind(now.millis()).bind(at_once).fetch_optional(engine).await?
    });
    Ok(free.is_some())
}

/// Takes a stream that is due for `lease`, of an endpoint of which fewer than
/// `at_once` are taken.
///
/// # Errors
/// Where the database fails.
pub async fn lease(
    connection: Connection<'_>,
    now: Timestamp,
    lease: Duration,
    at_once: i64,
) -> StoreResult<Option<Stream>> {
    let (update, rest) = LEASE;
    let sql = format!("{update}{FIRST_FREE}{rest}");
    let record: Option<(Uuid, Uuid)> = on_engine!(connection, engine => {
        // Put together from constants above.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(now.millis())
            .bind(at_once)
            .bind(now.plus(lease).millis())
            .fetch_optional(engine)
            .await?
    });
    Ok(record
        .map(|(endpoint, organisation)| Stream { endpoint: WebhookId(endpoint), organisation }))
}

/// Keeps a stream for `lease` from now on, as it takes longer; not where it was
/// lost meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn renew(
    connection: Connection<'_>,
    stream: &Stream,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(RENEW)
            .bind(now.plus(lease).millis())
            .bind(stream.endpoint.0)
            .bind(stream.organisation)
            .bind(now.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// The first delivery of a stream that waits, and how it is sent.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    /// The event's place in the trail.
    pub seq: i64,
    /// The event's ID.
    pub event_id: Uuid,
    /// Its type.
    pub event_type: String,
    /// What is sent.
    pub body: String,
    /// Where to.
    pub url: String,
    /// What it is signed with, sealed.
    pub secret: Vec<u8>,
    /// What it was signed with before, sealed.
    pub old_secret: Option<Vec<u8>>,
    /// Until when it is signed with that, too; in milliseconds since 1970.
    pub old_secret_until: Option<i64>,
}

/// The first delivery of a stream that waits; `None` where none does, or the
/// endpoint is sent nothing any more.
///
/// # Errors
/// Where the database fails.
pub async fn first_waiting(
    connection: Connection<'_>,
    stream: &Stream,
) -> StoreResult<Option<Due>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_as(FIRST_WAITING)
            .bind(stream.endpoint.0)
            .bind(stream.organisation)
            .fetch_optional(engine)
            .await?
    }))
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// When.
    pub at: Timestamp,
    /// How the delivery stands by that: it waits where it is tried again.
    pub state: DeliveryState,
    /// The HTTP status that came back.
    pub status: Option<i64>,
    /// The beginning of what came with it, or why nothing came.
    pub answer: String,
}

/// Notes how an attempt ended; says how the delivery stands then, which an admin
/// may have passed over meanwhile, and `None` where somebody else has settled it.
///
/// # Errors
/// Where the database fails.
pub async fn attempted(
    connection: Connection<'_>,
    stream: &Stream,
    seq: i64,
    how: &Attempted,
) -> StoreResult<Option<DeliveryState>> {
    let state: Option<String> = on_engine!(connection, engine => {
        sqlx::query_scalar(ATTEMPTED)
            .bind(how.state.as_str())
            .bind(how.at.millis())
            .bind(how.status)
            .bind(&how.answer)
            .bind(stream.endpoint.0)
            .bind(seq)
            .fetch_optional(engine)
            .await?
    });
    let read = |word: String| {
        DeliveryState::parse(&word)
            .ok_or_else(|| StoreError::Unreadable(format!("delivery {seq}: {word}")))
    };
    state.map(read).transpose()
}

/// Lets go of a stream, which nobody takes before the transaction ends; says how
/// it has failed so far.
///
/// # Errors
/// Where the database fails.
pub async fn let_go(connection: Connection<'_>, stream: &Stream) -> StoreResult<Failures> {
    let record: Option<(i64, Option<i64>)> = on_engine!(connection, engine => {
        sqlx::query_as(LET_GO)
            .bind(stream.endpoint.0)
            .bind(stream.organisation)
            .fetch_optional(engine)
            .await?
    });
    let (attempts, since) = record.unwrap_or_default();
    Ok(Failures { attempts, since: since.map(Timestamp::from_millis) })
}

/// Where an endpoint is sent things now; `None` where it is gone.
///
/// # Errors
/// Where the database fails.
pub async fn url(connection: Connection<'_>, endpoint: WebhookId) -> StoreResult<Option<String>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(URL).bind(endpoint.0).fetch_optional(engine).await?
    }))
}

/// Notes that a stream fails no longer.
///
/// # Errors
/// Where the database fails.
pub async fn not_failing(connection: Connection<'_>, stream: &Stream) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(NOT_FAILING)
            .bind(stream.endpoint.0)
            .bind(stream.organisation)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Notes that a stream has failed, and when it is tried again.
///
/// # Errors
/// Where the database fails.
pub async fn postpone(
    connection: Connection<'_>,
    stream: &Stream,
    now: Timestamp,
    until: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(POSTPONE)
            .bind(now.millis())
            .bind(until.millis())
            .bind(stream.endpoint.0)
            .bind(stream.organisation)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Lets go of a stream; while something waits in it, it is due again from `now`
/// on.
///
/// # Errors
/// Where the database fails.
pub async fn release(
    mut connection: Connection<'_>,
    stream: &Stream,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(&mut connection, engine => {
        for statement in [HOLD_STREAM, SETTLE] {
            sqlx::query(statement)
                .bind(stream.endpoint.0)
                .bind(stream.organisation)
                .execute(&mut **engine)
                .await?;
        }
        sqlx::query(QUEUE_AGAIN)
            .bind(stream.endpoint.0)
            .bind(stream.organisation)
            .bind(now.millis())
            .execute(&mut **engine)
            .await?;
    });
    Ok(())
}

/// When the next stream is due; `None` where nothing waits.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let millis: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(NEXT_DUE).fetch_one(engine).await?
    });
    Ok(millis.map(Timestamp::from_millis))
}

/// Removes deliveries of what happened before `before`, except what waits for
/// an endpoint that is sent things.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(connection: Connection<'_>, before: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(before.millis()).execute(engine).await?;
    });
    Ok(())
}
