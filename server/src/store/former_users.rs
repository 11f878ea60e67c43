//! Partner users who were deleted, and whose accounts at the identity provider
//! are to be removed.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{Email, OrganisationId, PartnerUserId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// While somebody is setting the account up, its removal waits: what is made
/// in the last moment is removed as well.
const KEEP: &str = "INSERT INTO former_user \
     (id, organisation_id, name, email, identity_subject, deleted_at, removed_at, attempts, \
      next_attempt_at, lease_until) \
     SELECT id, organisation_id, name, email, identity_subject, $1, NULL, 0, \
       CASE WHEN lease_until > $1 THEN lease_until ELSE $1 END, 0 \
     FROM partner_user WHERE id = $2";

const DELETE: &str = "DELETE FROM partner_user WHERE id = $1";

const IS_LEAVING: &str = "SELECT EXISTS \
     (SELECT 1 FROM former_user WHERE email = $1 AND removed_at IS NULL)";

/// As the lease of partner users: the outer condition is checked again when the
/// row's lock is had.
const LEASE: &str = "UPDATE former_user SET lease_until = $1 \
     WHERE id IN (SELECT id FROM former_user \
                  WHERE removed_at IS NULL AND next_attempt_at <= $2 AND lease_until <= $2 \
                  ORDER BY next_attempt_at LIMIT $3) \
       AND removed_at IS NULL AND lease_until <= $2 \
     RETURNING id, organisation_id, email, identity_subject, attempts";

const REMOVED: &str = "UPDATE former_user SET removed_at = $1, lease_until = 0 WHERE id = $2";

const POSTPONED: &str = "UPDATE former_user \
     SET attempts = attempts + 1, lease_until = 0, next_attempt_at = $1 WHERE id = $2";

const NEXT_DUE: &str = "SELECT min(CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END) \
     FROM former_user WHERE removed_at IS NULL";

/// A former user whose account is to be removed.
#[derive(Clone, Debug)]
pub struct Due {
    /// Who it was.
    pub id: PartnerUserId,
    /// The organisation they belonged to.
    pub organisation: OrganisationId,
    /// The address they signed in with.
    pub email: Email,
    /// The account's ID at the provider, where one was known.
    pub identity_subject: Option<String>,
    /// How often this was tried in vain.
    pub attempts: i64,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    organisation_id: Uuid,
    email: String,
    identity_subject: Option<String>,
    attempts: i64,
}

impl TryFrom<Record> for Due {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        Ok(Self {
            id: PartnerUserId(record.id),
            organisation: OrganisationId(record.organisation_id),
            email: Email::parse(&record.email).map_err(StoreError::Unreadable)?,
            identity_subject: record.identity_subject,
            attempts: record.attempts,
        })
    }
}

/// Turns a partner user into a former one: their sessions end, and their email
/// is free. False where there is no such user.
///
/// # Errors
/// Where the database fails.
pub async fn part_with(
    mut connection: Connection<'_>,
    id: PartnerUserId,
    now: Timestamp,
) -> StoreResult<bool> {
    let kept = on_engine!(&mut connection, engine => {
        let kept = sqlx::query(KEEP)
            .bind(now.millis())
            .bind(id.0)
            .execute(&mut **engine)
            .await?
            .rows_affected();
        sqlx::query(DELETE).bind(id.0).execute(&mut **engine).await?;
        kept
    });
    Ok(kept == 1)
}

/// Whether the account with this email is one that is to be removed.
///
/// # Errors
/// Where the database fails.
pub async fn is_leaving(connection: Connection<'_>, email: &Email) -> StoreResult<bool> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(IS_LEAVING).bind(email.as_str()).fetch_one(engine).await?
    }))
}

/// Takes up to `limit` accounts that are to be removed for `lease`, for this
/// instance alone.
///
/// # Errors
/// Where the database fails.
pub async fn lease(
    connection: Connection<'_>,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> StoreResult<Vec<Due>> {
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(LEASE)
            .bind(now.plus(lease).millis())
            .bind(now.millis())
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// Notes that the account is gone.
///
/// # Errors
/// Where the database fails.
pub async fn removed(connection: Connection<'_>, due: &Due, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(REMOVED).bind(now.millis()).bind(due.id.0).execute(engine).await?;
    });
    Ok(())
}

/// Has it tried again at `next`.
///
/// # Errors
/// Where the database fails.
pub async fn postponed(connection: Connection<'_>, due: &Due, next: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(POSTPONED).bind(next.millis()).bind(due.id.0).execute(engine).await?;
    });
    Ok(())
}

/// When the next account is to be removed; `None` where all are gone.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let millis: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(NEXT_DUE).fetch_one(engine).await?
    });
    Ok(millis.map(Timestamp::from_millis))
}
