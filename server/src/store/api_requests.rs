//! Requests that came with an `Idempotency-Key`, and their answers.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::Timestamp;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO api_request \
     (id, fingerprint, creation_key, lease_until, expires_at) VALUES ($1, $2, $3, $4, $5)";
const BY_ID: &str = "SELECT fingerprint, creation_key, lease_until, status, salt, sealed \
     FROM api_request WHERE id = $1 AND expires_at > $2";
/// Of an unanswered run with this lease alone: another may have taken over.
const MOVE_LEASE: &str = "UPDATE api_request SET lease_until = $1 \
     WHERE id = $2 AND status IS NULL AND lease_until = $3";
const ANSWER: &str =
    "UPDATE api_request SET status = $1, salt = $2, sealed = $3 WHERE id = $4 AND status IS NULL";
const DELETE_EXPIRED: &str = "DELETE FROM api_request WHERE id = $1 AND expires_at <= $2";
const DELETE_OLD: &str = "DELETE FROM api_request WHERE expires_at <= $1";

/// A request that came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// SHA-256 of its method, address and body.
    pub fingerprint: Vec<u8>,
    /// Under which it creates something.
    pub creation_key: Uuid,
    /// Until when somebody is believed to be running it.
    pub lease_until: Timestamp,
    /// Its answer, once there is one.
    pub answer: Option<SealedAnswer>,
}

/// An answer, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Random text that is a part of the key it is sealed with.
    pub salt: String,
    /// The rest of it.
    pub sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Record {
    fingerprint: Vec<u8>,
    creation_key: Uuid,
    lease_until: i64,
    status: Option<i64>,
    salt: Option<String>,
    sealed: Option<Vec<u8>>,
}

impl From<Record> for Recorded {
    fn from(record: Record) -> Self {
        let status = record.status.and_then(|status| u16::try_from(status).ok());
        let answer = match (status, record.salt, record.sealed) {
            (Some(status), Some(salt), Some(sealed)) => Some(SealedAnswer { status, salt, sealed }),
            _ => None,
        };
        Self {
            fingerprint: record.fingerprint,
            creation_key: record.creation_key,
            lease_until: Timestamp::from_millis(record.lease_until),
            answer,
        }
    }
}

/// The request with this ID, unless its record has expired.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    id: &[u8],
    now: Timestamp,
) -> StoreResult<Option<Recorded>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(id).bind(now.millis()).fetch_optional(engine).await?
    });
    Ok(record.map(Into::into))
}

/// Notes that a request is being run.
///
/// # Errors
/// [`StoreError::AlreadyExists`](super::StoreError::AlreadyExists) where it is
/// noted already.
pub async fn insert(
    mut connection: Connection<'_>,
    id: &[u8],
    recorded: &Recorded,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    on_engine!(&mut connection, engine => {
        sqlx::query(DELETE_EXPIRED).bind(id).bind(now.millis()).execute(&mut **engine).await?;
        sqlx::query(INSERT)
            .bind(id)
            .bind(&recorded.fingerprint)
            .bind(recorded.creation_key)
            .bind(recorded.lease_until.millis())
            .bind(expires_at.millis())
            .execute(&mut **engine)
            .await?;
    });
    Ok(())
}

/// Moves the end of a run's lease: ahead, to take over from somebody who never
/// finished, or to now, so that the request may be run again. Its creation key
/// stays. False where it has an answer by now, or another has taken over.
///
/// # Errors
/// Where the database fails.
pub async fn move_lease(
    connection: Connection<'_>,
    id: &[u8],
    from: Timestamp,
    to: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(MOVE_LEASE)
            .bind(to.millis())
            .bind(id)
            .bind(from.millis())
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Keeps a request's answer.
///
/// # Errors
/// Where the database fails.
pub async fn answer(
    connection: Connection<'_>,
    id: &[u8],
    answer: &SealedAnswer,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(ANSWER)
            .bind(i64::from(answer.status))
            .bind(&answer.salt)
            .bind(&answer.sealed)
            .bind(id)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Forgets records that have expired.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(connection: Connection<'_>, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(now.millis()).execute(engine).await?;
    });
    Ok(())
}
