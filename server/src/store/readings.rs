//! When each organisation's part of the billing system was last read, when it
//! is due again, and who is reading it.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::{Freshness, OrganisationId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// How long between the beginnings of two readings where nobody asks sooner.
pub const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// What somebody looks at is read again where it is older than this.
pub const FRESH: Duration = Duration::from_secs(60);
/// Of several orders in a row, not each has everything read again.
const BREATH: Duration = Duration::from_secs(2);

const INSERT: &str = "INSERT INTO billing_reading \
     (organisation_id, read_at, is_away, attempts, next_attempt_at, lease_until) \
     VALUES ($1, NULL, $2, 0, $3, 0)";

/// As the lease of partner users: the outer condition is checked again when the
/// row's lock is had.
const LEASE: &str = "UPDATE billing_reading SET lease_until = $1 \
     WHERE organisation_id IN (SELECT organisation_id FROM billing_reading \
                  WHERE next_attempt_at <= $2 AND lease_until <= $2 \
                  ORDER BY next_attempt_at LIMIT 1) \
       AND next_attempt_at <= $2 AND lease_until <= $2 \
     RETURNING organisation_id, attempts";

const LEASE_ONE: &str = "UPDATE billing_reading SET lease_until = $1 \
     WHERE organisation_id = $2 AND lease_until <= $3 RETURNING attempts";

const HOLD: &str = "UPDATE billing_reading SET lease_until = $1 \
     WHERE organisation_id = $2 AND lease_until = $3";

/// Where somebody has asked for another meanwhile, it stays due.
const DONE: &str = "UPDATE billing_reading \
     SET read_at = $1, is_away = $2, attempts = 0, lease_until = 0, \
         next_attempt_at = CASE WHEN next_attempt_at > $1 THEN next_attempt_at ELSE $3 END \
     WHERE organisation_id = $4";

const POSTPONED: &str = "UPDATE billing_reading \
     SET is_away = $1, attempts = attempts + 1, lease_until = 0, next_attempt_at = $2 \
     WHERE organisation_id = $3";

const PUT_BACK: &str = "UPDATE billing_reading SET lease_until = 0 WHERE organisation_id = $1";

const WANTED: &str = "UPDATE billing_reading \
     SET next_attempt_at = CASE WHEN read_at > $1 THEN read_at + $2 ELSE $3 END \
     WHERE organisation_id = $4";

/// While the billing system is away it is asked as it backs off.
const WANTED_IF_OLD: &str = "UPDATE billing_reading SET next_attempt_at = $1 \
     WHERE organisation_id = $2 AND read_at <= $3 AND attempts = 0 AND next_attempt_at > $1";

const OF: &str = "SELECT read_at, is_away FROM billing_reading WHERE organisation_id = $1";

/// What is being read at this moment is due again when its lease ends.
const NEXT_DUE: &str = "SELECT CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END \
     AS due FROM (SELECT next_attempt_at, lease_until FROM billing_reading \
                  ORDER BY next_attempt_at LIMIT 50) AS first ORDER BY due LIMIT 1";

/// Has a new organisation's part read.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    connection: Connection<'_>,
    organisation: OrganisationId,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(organisation.0)
            .bind(false)
            .bind(now.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// An organisation whose part is due to be read.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// The organisation.
    pub organisation: OrganisationId,
    /// How often it was tried in vain since it was last read.
    pub attempts: i64,
    /// Until when this instance has it for itself.
    pub until: Timestamp,
}

/// Takes the organisation that has been due the longest, for `lease` and for
/// this instance alone.
///
/// # Errors
/// Where the database fails.
pub async fn lease(
    connection: Connection<'_>,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Option<Due>> {
    let until = now.plus(lease);
    let taken: Option<(Uuid, i64)> = on_engine!(connection, engine => {
        sqlx::query_as(LEASE)
            .bind(until.millis())
            .bind(now.millis())
            .fetch_optional(engine)
            .await?
    });
    Ok(taken.map(|(id, attempts)| Due { organisation: OrganisationId(id), attempts, until }))
}

/// Takes an organisation whether it is due or not, for `lease` and for this
/// instance alone; `None` where another has it, or there is none.
///
/// # Errors
/// Where the database fails.
pub async fn lease_one(
    connection: Connection<'_>,
    organisation: OrganisationId,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Option<Due>> {
    let until = now.plus(lease);
    let attempts: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(LEASE_ONE)
            .bind(until.millis())
            .bind(organisation.0)
            .bind(now.millis())
            .fetch_optional(engine)
            .await?
    });
    Ok(attempts.map(|attempts| Due { organisation, attempts, until }))
}

/// Has it longer; false where another instance has taken it meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn hold(
    connection: Connection<'_>,
    due: &mut Due,
    until: Timestamp,
) -> StoreResult<bool> {
    let held = on_engine!(connection, engine => {
        sqlx::query(HOLD)
            .bind(until.millis())
            .bind(due.organisation.0)
            .bind(due.until.millis())
            .execute(engine)
            .await?
            .rows_affected()
    });
    due.until = until;
    Ok(held > 0)
}

/// Notes that all of it was read, as it was at `begun` or later.
///
/// # Errors
/// Where the database fails.
pub async fn done(
    connection: Connection<'_>,
    organisation: OrganisationId,
    begun: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DONE)
            .bind(begun.millis())
            .bind(false)
            .bind(begun.plus(INTERVAL).millis())
            .bind(organisation.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Notes that the billing system could not be asked, and when to ask again.
///
/// # Errors
/// Where the database fails.
pub async fn postponed(
    connection: Connection<'_>,
    organisation: OrganisationId,
    until: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(POSTPONED)
            .bind(true)
            .bind(until.millis())
            .bind(organisation.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Gives it back unread.
///
/// # Errors
/// Where the database fails.
pub async fn put_back(connection: Connection<'_>, organisation: OrganisationId) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(PUT_BACK).bind(organisation.0).execute(engine).await?;
    });
    Ok(())
}

/// Has it read at once, because something has just been changed in it.
///
/// # Errors
/// Where the database fails.
pub async fn wanted(
    connection: Connection<'_>,
    organisation: OrganisationId,
    now: Timestamp,
) -> StoreResult<()> {
    let breath = i64::try_from(BREATH.as_millis()).unwrap_or_default();
    on_engine!(connection, engine => {
        sqlx::query(WANTED)
            .bind(now.minus(BREATH).millis())
            .bind(breath)
            .bind(now.millis())
            .bind(organisation.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Has it read soon where it is old, because somebody looks at it.
///
/// # Errors
/// Where the database fails.
pub async fn wanted_if_old(
    connection: Connection<'_>,
    organisation: OrganisationId,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(WANTED_IF_OLD)
            .bind(now.millis())
            .bind(organisation.0)
            .bind(now.minus(FRESH).millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// How old an organisation's part is; `None` for no organisation.
///
/// # Errors
/// Where the database fails.
pub async fn of(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<Option<Freshness>> {
    let row: Option<(Option<i64>, bool)> = on_engine!(connection, engine => {
        sqlx::query_as(OF).bind(organisation.0).fetch_optional(engine).await?
    });
    Ok(row.map(|(read_at, is_away)| Freshness {
        read_at: read_at.map(Timestamp::from_millis),
        is_away,
    }))
}

/// When the next organisation is due, if there is one.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let due: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(NEXT_DUE).fetch_optional(engine).await?
    });
    Ok(due.map(Timestamp::from_millis))
}
