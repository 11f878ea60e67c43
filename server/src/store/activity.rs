//! The audit trail as people read it.

use super::listing::pattern;
use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::activity::field_changes;
use partners_app::domain::{
    ActivityPage, ActivityQuery, ActivityRow, ActorKind, OrganisationId, OrganisationName,
    Timestamp,
};
use sqlx::AssertSqlSafe;
use time::{Date, Duration};
use uuid::Uuid;

/// How many events a page has.
const PAGE: i64 = 50;

/// Names are those of today: what an event was about may have another by now.
const SELECT: &str = "SELECT e.seq, e.at, e.actor_kind, e.actor_id, e.actor_name, e.action, \
     e.organisation_id, o.name AS organisation_name, \
     o.deleted_at IS NOT NULL AS organisation_is_deleted, \
     COALESCE((SELECT u.name FROM partner_user u WHERE u.id = e.subject_id), \
              (SELECT d.name FROM former_user d WHERE d.id = e.subject_id), \
              (SELECT f.name FROM offer f WHERE f.id = e.subject_id), \
              (SELECT p.title FROM partner_order p WHERE p.id = e.subject_id), \
              (SELECT w.name FROM webhook_endpoint w WHERE w.id = e.subject_id), \
              (SELECT c.name FROM api_client c WHERE c.id = e.subject_id)) AS subject, \
     e.subject_id, \
     e.changes, e.address, e.reference \
     FROM audit_event e LEFT JOIN organisation o ON o.id = e.organisation_id WHERE ";

#[derive(sqlx::FromRow)]
struct Record {
    seq: i64,
    at: i64,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    action: String,
    organisation_id: Option<Uuid>,
    organisation_name: Option<String>,
    organisation_is_deleted: bool,
    subject: Option<String>,
    subject_id: Option<Uuid>,
    changes: String,
    address: String,
    reference: String,
}

impl TryFrom<Record> for ActivityRow {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let unreadable = || StoreError::Unreadable(format!("audit event {}", record.seq));
        let changes = serde_json::from_str(&record.changes).map_err(|_| unreadable())?;
        let organisation = match (record.organisation_id, record.organisation_name) {
            (Some(id), Some(name)) => {
                let name = OrganisationName::try_from(name).map_err(StoreError::Unreadable)?;
                Some((OrganisationId(id), name))
            }
            _ => None,
        };
        Ok(Self {
            seq: record.seq,
            at: Timestamp::from_millis(record.at),
            actor_kind: ActorKind::parse(&record.actor_kind),
            actor_id: record.actor_id,
            actor_name: record.actor_name,
            action: record.action,
            organisation,
            organisation_is_deleted: record.organisation_is_deleted,
            subject: record.subject,
            subject_id: record.subject_id,
            changes: field_changes(&changes),
            address: record.address,
            reference: record.reference,
        })
    }
}

/// A page of the trail, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn page(connection: Connection<'_>, query: &ActivityQuery) -> StoreResult<ActivityPage> {
    let goes_back = query.after.is_none() && query.before.is_some();
    let mut rows = read(connection, query, PAGE + 1).await?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    if goes_back {
        rows.reverse();
    }
    let (has_previous, has_next) =
        if goes_back { (more, true) } else { (query.after.is_some(), more) };
    Ok(ActivityPage {
        previous: rows.first().filter(|_| has_previous).map(|row| row.seq),
        next: rows.last().filter(|_| has_next).map(|row| row.seq),
        rows,
    })
}

/// At most `limit` events that match, from the query's place on: the newest
/// first, or, before a place, the oldest.
///
/// # Errors
/// Where the database fails.
pub async fn read(
    connection: Connection<'_>,
    query: &ActivityQuery,
    limit: i64,
) -> StoreResult<Vec<ActivityRow>> {
    let area = query.area.map(|area| {
        let prefixes = area.prefixes().iter().map(|prefix| format!("e.action LIKE '{prefix}.%'"));
        format!("({})", prefixes.collect::<Vec<_>>().join(" OR "))
    });
    let search = pattern(&query.search);
    let (comparison, direction, place) = match (query.after, query.before) {
        (Some(after), _) => ("<", "DESC", after),
        (None, Some(before)) => (">", "ASC", before),
        (None, None) => ("<", "DESC", i64::MAX),
    };
    let conditions = [
        if query.organisation.is_some() { "e.organisation_id = $1" } else { "$1 = $1" },
        if query.actor.is_some() { "e.actor_kind = $2" } else { "$2 = $2" },
        if search.is_some() {
            r"(lower(e.actor_name) LIKE $3 ESCAPE '\' OR e.reference = $4)"
        } else {
            "$3 = $3 AND $4 = $4"
        },
        "e.at >= $5 AND e.at < $6",
        area.as_deref().unwrap_or("TRUE"),
    ]
    .join(" AND ");
    let sql = format!(
        "{SELECT}{conditions} AND e.seq {comparison} $7 ORDER BY e.seq {direction} LIMIT $8"
    );
    let from = query.from.map_or(i64::MIN, begins);
    let until = query.until.map_or(i64::MAX, |day| begins(day.saturating_add(Duration::DAY)));
    let records: Vec<Record> = on_engine!(connection, engine => {
        // Put together from constants above; everything that was asked for is
        // bound.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(query.organisation.unwrap_or_default().0)
            .bind(query.actor.map_or("", |actor| actor.as_str()))
            .bind(search.unwrap_or_default())
            .bind(query.search.trim().to_uppercase())
            .bind(from)
            .bind(until)
            .bind(place)
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// The moment at which a day begins in UTC, in milliseconds.
fn begins(day: Date) -> i64 {
    day.midnight().assume_utc().unix_timestamp().saturating_mul(1_000)
}
