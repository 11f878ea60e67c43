//! The deliveries of webhooks as people read them, and sending them again.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::delivery::message_id;
use partners_app::domain::{
    Delivery, DeliveryFilter, DeliveryPage, DeliveryQuery, DeliveryState, OrganisationId,
    OrganisationName, Replay, Timestamp, WebhookEvent, WebhookId,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// How many deliveries a page has.
const PAGE: usize = 50;

/// Only the first of a stream's deliveries that wait is sent next.
const SELECT: &str = "SELECT d.seq, d.event_id, d.event_type, d.organisation_id, \
     o.name AS organisation_name, d.at, d.body, d.state, d.attempts, d.attempted_at, d.status, \
     d.answer, \
     CASE WHEN d.state = 'waiting' AND w.disabled_at IS NULL AND NOT EXISTS \
       (SELECT 1 FROM webhook_delivery b WHERE b.endpoint_id = d.endpoint_id \
          AND b.organisation_id = d.organisation_id AND b.state = 'waiting' AND b.seq < d.seq) \
     THEN s.next_attempt_at END AS next_attempt_at \
     FROM webhook_delivery d \
     JOIN webhook_endpoint w ON w.id = d.endpoint_id \
     LEFT JOIN webhook_stream s \
       ON s.endpoint_id = d.endpoint_id AND s.organisation_id = d.organisation_id \
     LEFT JOIN organisation o ON o.id = d.organisation_id AND o.deleted_at IS NULL \
     WHERE d.endpoint_id = $1";

/// Whatever was sent in vain and not taken since; as `Delivery::is_failing`.
const FAILING: &str = "(d.state = 'failed' OR (d.state = 'waiting' AND d.attempts > 0 \
     AND (d.status IS NULL OR d.status NOT BETWEEN 200 AND 299)))";

const REPLAY: &str = "UPDATE webhook_delivery SET state = 'waiting' \
     WHERE endpoint_id = $1 AND seq = $2 RETURNING organisation_id";

/// The streams of other organisations wait for as long as they were asked to.
const GO_ON_WITH_ONE: &str = "UPDATE webhook_stream SET next_attempt_at = $3 \
     WHERE endpoint_id = $1 AND organisation_id = $2";

const REPLAY_SINCE: &str = "UPDATE webhook_delivery SET state = 'waiting' \
     WHERE endpoint_id = $1 AND at >= $2 AND state <> 'waiting' AND event_type <> 'webhook.test'";

/// What was passed over has not been taken either; a test is asked for anew.
const REPLAY_SKIPPED: &str = "UPDATE webhook_delivery SET state = 'waiting' \
     WHERE endpoint_id = $1 AND at >= $2 AND state = 'failed' AND event_type <> 'webhook.test'";

const COUNT_WAITING: &str = "SELECT count(*) FROM webhook_delivery d \
     WHERE d.endpoint_id = $1 AND d.at >= $2 AND d.state = 'waiting'";

const SKIP: &str = "UPDATE webhook_delivery SET state = 'failed' \
     WHERE endpoint_id = $1 AND seq = $2 AND state = 'waiting' AND attempts > 0 \
     RETURNING organisation_id";

/// What waited behind it begins anew, with three days before it.
const BEHIND: &str = "UPDATE webhook_stream SET attempts = 0, failing_since = NULL, \
     next_attempt_at = CASE WHEN EXISTS \
       (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = $1 AND d.organisation_id = $2 \
          AND d.state = 'waiting') THEN $3 END \
     WHERE endpoint_id = $1 AND organisation_id = $2";

/// Streams in which something waits from then on go on at once.
const GO_ON: &str = "UPDATE webhook_stream SET next_attempt_at = $1 \
     WHERE endpoint_id = $2 AND EXISTS \
       (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = webhook_stream.endpoint_id \
          AND d.organisation_id = webhook_stream.organisation_id AND d.state = 'waiting' \
          AND d.at >= $3)";

#[derive(sqlx::FromRow)]
struct Record {
    seq: i64,
    event_id: Uuid,
    event_type: String,
    organisation_id: Uuid,
    organisation_name: Option<String>,
    at: i64,
    body: String,
    state: String,
    attempts: i64,
    attempted_at: Option<i64>,
    status: Option<i64>,
    answer: Option<String>,
    next_attempt_at: Option<i64>,
}

impl TryFrom<Record> for Delivery {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let unreadable = || StoreError::Unreadable(format!("delivery {}", record.event_id));
        let name = record.organisation_name.map(OrganisationName::try_from).transpose();
        let name = name.map_err(StoreError::Unreadable)?;
        let of_one = !record.organisation_id.is_nil();
        Ok(Self {
            seq: record.seq,
            message_id: message_id(record.event_id),
            event: WebhookEvent::parse(&record.event_type).ok_or_else(unreadable)?,
            organisation: of_one.then_some((OrganisationId(record.organisation_id), name)),
            at: Timestamp::from_millis(record.at),
            body: record.body,
            state: DeliveryState::parse(&record.state).ok_or_else(unreadable)?,
            attempts: record.attempts,
            attempted_at: record.attempted_at.map(Timestamp::from_millis),
            status: record.status,
            answer: record.answer,
            next_attempt_at: record.next_attempt_at.map(Timestamp::from_millis),
        })
    }
}

/// A page of the log, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn page(connection: Connection<'_>, query: &DeliveryQuery) -> StoreResult<DeliveryPage> {
    let filter = match query.filter {
        None => "1 = 1",
        Some(DeliveryFilter::Failing) => FAILING,
        Some(DeliveryFilter::Waiting) => "d.state = 'waiting'",
        Some(DeliveryFilter::Delivered) => "d.state = 'delivered'",
    };
    let (comparison, direction, place) = match (query.after, query.before) {
        (Some(after), _) => ("<", "DESC", after),
        (None, Some(before)) => (">", "ASC", before),
        (None, None) => ("<", "DESC", i64::MAX),
    };
    let sql = format!(
        "{SELECT} AND d.seq {comparison} $2 AND {filter} ORDER BY d.seq {direction} LIMIT {}",
        PAGE + 1
    );
    let mut records: Vec<Record> = on_engine!(connection, engine => {
        // Put together from constants above; everything that was asked for is
        // bound.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(query.webhook.0)
            .bind(place)
            .fetch_all(engine)
            .await?
    });
    let has_more = records.len() > PAGE;
    records.truncate(PAGE);
    let backwards = query.after.is_none() && query.before.is_some();
    if backwards {
        records.reverse();
    }
    let rows =
        records.into_iter().map(TryInto::try_into).collect::<StoreResult<Vec<Delivery>>>()?;
    let first = rows.first().map(|row| row.seq);
    let last = rows.last().map(|row| row.seq);
    let is_later = if backwards { has_more } else { query.after.is_some() };
    let is_earlier = backwards || has_more;
    Ok(DeliveryPage {
        previous: first.filter(|_| is_later),
        next: last.filter(|_| is_earlier),
        rows,
    })
}

/// One delivery.
///
/// # Errors
/// Where the database fails.
pub async fn by_seq(
    connection: Connection<'_>,
    webhook: WebhookId,
    seq: i64,
) -> StoreResult<Option<Delivery>> {
    let sql = format!("{SELECT} AND d.seq = $2");
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(webhook.0).bind(seq).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// Has one delivery sent again, at once; false where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn replay(
    connection: Connection<'_>,
    webhook: WebhookId,
    seq: i64,
    now: Timestamp,
) -> StoreResult<bool> {
    change_one(connection, [REPLAY, GO_ON_WITH_ONE], webhook, seq, now).await
}

/// Passes over a delivery that was sent in vain: it is tried no more, and those
/// behind it have their turn. False where it does not wait.
///
/// # Errors
/// Where the database fails.
pub async fn skip(
    connection: Connection<'_>,
    webhook: WebhookId,
    seq: i64,
    now: Timestamp,
) -> StoreResult<bool> {
    change_one(connection, [SKIP, BEHIND], webhook, seq, now).await
}

/// Changes one delivery, and then its stream; false where the first statement
/// changes none.
async fn change_one(
    mut connection: Connection<'_>,
    [delivery, stream]: [&'static str; 2],
    webhook: WebhookId,
    seq: i64,
    now: Timestamp,
) -> StoreResult<bool> {
    let organisation: Option<Uuid> = on_engine!(&mut connection, engine => {
        sqlx::query_scalar(delivery)
            .bind(webhook.0)
            .bind(seq)
            .fetch_optional(&mut **engine)
            .await?
    });
    let Some(organisation) = organisation else { return Ok(false) };
    on_engine!(connection, engine => {
        sqlx::query(stream)
            .bind(webhook.0)
            .bind(organisation)
            .bind(now.millis())
            .execute(engine)
            .await?;
    });
    Ok(true)
}

/// Has deliveries sent again, at once; says how many.
///
/// # Errors
/// Where the database fails.
pub async fn replay_since(
    mut connection: Connection<'_>,
    webhook: WebhookId,
    replay: Replay,
    now: Timestamp,
) -> StoreResult<u64> {
    let since = replay.since.millis();
    let count = if replay.everything {
        on_engine!(&mut connection, engine => {
            sqlx::query(REPLAY_SINCE)
                .bind(webhook.0)
                .bind(since)
                .execute(&mut **engine)
                .await?
                .rows_affected()
        })
    } else {
        let count: i64 = on_engine!(&mut connection, engine => {
            sqlx::query(REPLAY_SKIPPED)
                .bind(webhook.0)
                .bind(since)
                .execute(&mut **engine)
                .await?;
            sqlx::query_scalar(COUNT_WAITING)
                .bind(webhook.0)
                .bind(since)
                .fetch_one(&mut **engine)
                .await?
        });
        u64::try_from(count).unwrap_or_default()
    };
    on_engine!(connection, engine => {
        sqlx::query(GO_ON)
            .bind(now.millis())
            .bind(webhook.0)
            .bind(since)
            .execute(engine)
            .await?;
    });
    Ok(count)
}
