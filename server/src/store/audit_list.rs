//! The audit trail as it was recorded, for programs; as people read it, it is in
//! [`activity`](super::activity).

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{OrganisationId, PageSize, Timestamp};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Which events to read, newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only those that concern this organisation.
    pub organisation: Option<OrganisationId>,
    /// Only those before this place in the trail.
    pub before: Option<i64>,
    /// How many at most.
    pub size: PageSize,
}

/// An event, as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its ID, a UUID of version 7.
    pub id: Uuid,
    /// Its place in the trail, from 1.
    pub seq: i64,
    /// When it was.
    pub at: Timestamp,
    /// `admin`, `partner_user`, `api_client`, `account` or `system`.
    pub actor_kind: String,
    /// The account's ID.
    pub actor_id: String,
    /// The name, as it was then.
    pub actor_name: String,
    /// What was done, such as `organisation.created`.
    pub action: String,
    /// The organisation it concerns.
    pub organisation: Option<OrganisationId>,
    /// The user, order or other thing it concerns.
    pub subject: Option<Uuid>,
    /// Before and after, field by field.
    pub changes: Value,
    /// Where the request came from; empty for the system's own.
    pub address: String,
    /// The request's reference; empty for the system's own.
    pub reference: String,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    seq: i64,
    at: i64,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    action: String,
    organisation_id: Option<Uuid>,
    subject_id: Option<Uuid>,
    changes: String,
    address: String,
    reference: String,
}

impl TryFrom<Record> for Recorded {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let changes = serde_json::from_str(&record.changes)
            .map_err(|error| StoreError::Unreadable(format!("event {}: {error}", record.id)))?;
        Ok(Self {
            id: record.id,
            seq: record.seq,
            at: Timestamp::from_millis(record.at),
            actor_kind: record.actor_kind,
            actor_id: record.actor_id,
            actor_name: record.actor_name,
            action: record.action,
            organisation: record.organisation_id.map(OrganisationId),
            subject: record.subject_id,
            changes,
            address: record.address,
            reference: record.reference,
        })
    }
}

/// Events, newest first, and whether there are more.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    connection: Connection<'_>,
    query: &AuditQuery,
) -> StoreResult<(Vec<Recorded>, bool)> {
    let of_one = if query.organisation.is_some() { "organisation_id = $1" } else { "$1 = $1" };
    let sql = format!(
        "SELECT id, seq, at, actor_kind, actor_id, actor_name, action, organisation_id, subject_id, \
         changes, address, reference FROM audit_event WHERE {of_one} AND seq < $2 \
         ORDER BY seq DESC LIMIT {}",
        query.size.rows() + 1
    );
    let mut records: Vec<Record> = on_engine!(connection, engine => {
        // Put together from constants above; everything that was asked for is
        // bound.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(query.organisation.unwrap_or_default().0)
            .bind(query.before.unwrap_or(i64::MAX))
            .fetch_all(engine)
            .await?
    });
    let has_more = records.len() > query.size.rows();
    records.truncate(query.size.rows());
    let events = records.into_iter().map(TryInto::try_into).collect::<StoreResult<_>>()?;
    Ok((events, has_more))
}
