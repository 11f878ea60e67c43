//! Accounts of the embedded identity provider.

use super::{Connection, StoreResult, on_engine};
use partners_app::domain::{Email, OrganisationId, PersonName, Timestamp};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO embedded_account \
     (id, email, name, organisation_id, password_hash, password_is_temporary, password_expires_at, \
      invitation_mailed, enabled, failed_attempts, locked_until, reset_attempts, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10)";

macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, name, organisation_id, password_hash, password_is_temporary, \
             password_expires_at, invitation_mailed, enabled, failed_attempts, locked_until, \
             reset_code_hash, reset_expires_at, reset_attempts FROM embedded_account ",
            $rest
        )
    };
}
const BY_ID: &str = select_account!("WHERE id = $1");
const BY_EMAIL: &str = select_account!("WHERE email = $1");
const HAS_ADMIN: &str = "SELECT count(*) FROM \
     (SELECT 1 FROM embedded_account WHERE organisation_id IS NULL LIMIT 1) AS found";
const SET_PASSWORD: &str = "UPDATE embedded_account \
     SET password_hash = $1, password_is_temporary = $2, password_expires_at = $3, \
         invitation_mailed = $4, failed_attempts = 0, locked_until = 0, \
         reset_code_hash = NULL, reset_expires_at = NULL, reset_attempts = 0 \
     WHERE id = $5 AND password_hash = $6";
const MAILED: &str = "UPDATE embedded_account SET invitation_mailed = $1 WHERE id = $2";
const SET_ENABLED: &str = "UPDATE embedded_account SET enabled = $1 WHERE id = $2";
const RENAME: &str = "UPDATE embedded_account SET name = $1 WHERE id = $2";
const DELETE: &str = "DELETE FROM embedded_account WHERE id = $1";
const COUNT_FAILURE: &str = "UPDATE embedded_account \
     SET failed_attempts = failed_attempts + 1 WHERE id = $1 RETURNING failed_attempts";
const LOCK: &str = "UPDATE embedded_account SET locked_until = $1 WHERE id = $2";
const FORGET_FAILURES: &str =
    "UPDATE embedded_account SET failed_attempts = 0, locked_until = 0 WHERE id = $1";
const SET_RESET_CODE: &str = "UPDATE embedded_account \
     SET reset_code_hash = $1, reset_expires_at = $2, reset_attempts = 0 WHERE id = $3";
const COUNT_RESET: &str = "UPDATE embedded_account \
     SET reset_attempts = reset_attempts + 1 WHERE id = $1 RETURNING reset_attempts";

/// An account.
#[derive(Clone)]
pub struct AccountRecord {
    /// Its ID, the provider's subject.
    pub id: Uuid,
    /// The address to sign in with.
    pub email: Email,
    /// The person's name.
    pub name: PersonName,
    /// `None` for an admin.
    pub organisation: Option<OrganisationId>,
    /// Argon2 hash in PHC form.
    pub password_hash: String,
    /// The first own password is still to be set.
    pub password_is_temporary: bool,
    /// When a temporary password ends.
    pub password_expires_at: Option<Timestamp>,
    /// The mail with the temporary password has been sent.
    pub invitation_mailed: bool,
    /// May sign in.
    pub enabled: bool,
    /// Wrong passwords since the last right one.
    pub failed_attempts: i64,
    /// No attempt counts before.
    pub locked_until: Timestamp,
    /// SHA-256 of the code to reset the password with.
    pub reset_code_hash: Option<Vec<u8>>,
    /// When that code ends.
    pub reset_expires_at: Option<Timestamp>,
    /// Wrong codes since it was sent.
    pub reset_attempts: i64,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    email: String,
    name: String,
    organisation_id: Option<Uuid>,
    password_hash: String,
    password_is_temporary: bool,
    password_expires_at: Option<i64>,
    invitation_mailed: bool,
    enabled: bool,
    failed_attempts: i64,
    locked_until: i64,
    reset_code_hash: Option<Vec<u8>>,
    reset_expires_at: Option<i64>,
    reset_attempts: i64,
}

impl TryFrom<Record> for AccountRecord {
    type Error = super::StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        Ok(Self {
            id: record.id,
            email: Email::parse(&record.email).map_err(super::StoreError::Unreadable)?,
            name: PersonName::parse(&record.name).map_err(super::StoreError::Unreadable)?,
            organisation: record.organisation_id.map(OrganisationId),
            password_hash: record.password_hash,
            password_is_temporary: record.password_is_temporary,
            password_expires_at: record.password_expires_at.map(Timestamp::from_millis),
            invitation_mailed: record.invitation_mailed,
            enabled: record.enabled,
            failed_attempts: record.failed_attempts,
            locked_until: Timestamp::from_millis(record.locked_until),
            reset_code_hash: record.reset_code_hash,
            reset_expires_at: record.reset_expires_at.map(Timestamp::from_millis),
            reset_attempts: record.reset_attempts,
        })
    }
}

/// Writes a new account.
///
/// # Errors
/// [`super::StoreError::AlreadyExists`] where the email has one.
pub async fn insert(
    connection: Connection<'_>,
    account: &AccountRecord,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(account.id)
            .bind(account.email.as_str())
            .bind(account.name.as_str())
            .bind(account.organisation.map(|organisation| organisation.0))
            .bind(&account.password_hash)
            .bind(account.password_is_temporary)
            .bind(account.password_expires_at.map(Timestamp::millis))
            .bind(account.invitation_mailed)
            .bind(account.enabled)
            .bind(now.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// The account with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(connection: Connection<'_>, id: Uuid) -> StoreResult<Option<AccountRecord>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(id).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// The account with this email.
///
/// # Errors
/// Where the database fails.
pub async fn by_email(
    connection: Connection<'_>,
    email: &Email,
) -> StoreResult<Option<AccountRecord>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_EMAIL).bind(email.as_str()).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// Whether there is any admin.
///
/// # Errors
/// Where the database fails.
pub async fn has_admin(connection: Connection<'_>) -> StoreResult<bool> {
    let found: i64 = on_engine!(connection, engine => {
        sqlx::query_scalar(HAS_ADMIN).fetch_one(engine).await?
    });
    Ok(found > 0)
}

/// A password to replace the one an account has.
#[derive(Clone, Copy)]
pub struct NewPassword<'a> {
    /// Argon2 hash in PHC form.
    pub hash: &'a str,
    /// When it ends, where it is a temporary one.
    pub temporary_until: Option<Timestamp>,
    /// The person knows it already, or will be told otherwise than by mail.
    pub known: bool,
}

/// Replaces the password of the account as it was read, and forgets failures
/// and codes; false where it has been replaced since.
///
/// # Errors
/// Where the database fails.
pub async fn set_password(
    connection: Connection<'_>,
    account: &AccountRecord,
    new: NewPassword<'_>,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(SET_PASSWORD)
            .bind(new.hash)
            .bind(new.temporary_until.is_some())
            .bind(new.temporary_until.map(Timestamp::millis))
            .bind(new.known)
            .bind(account.id)
            .bind(&account.password_hash)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Notes that the invitation was mailed.
///
/// # Errors
/// Where the database fails.
pub async fn mailed(connection: Connection<'_>, id: Uuid) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(MAILED).bind(true).bind(id).execute(engine).await?;
    });
    Ok(())
}

/// Says whether the account may sign in; false where it does not exist.
///
/// # Errors
/// Where the database fails.
pub async fn set_enabled(connection: Connection<'_>, id: Uuid, enabled: bool) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(SET_ENABLED).bind(enabled).bind(id).execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// Changes the person's name; false where the account does not exist.
///
/// # Errors
/// Where the database fails.
pub async fn rename(connection: Connection<'_>, id: Uuid, name: &PersonName) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(RENAME).bind(name.as_str()).bind(id).execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// Deletes an account, where it exists.
///
/// # Errors
/// Where the database fails.
pub async fn delete(connection: Connection<'_>, id: Uuid) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE).bind(id).execute(engine).await?;
    });
    Ok(())
}

/// Counts a wrong password; returns how many there were in a row.
///
/// # Errors
/// Where the database fails.
pub async fn count_failure(connection: Connection<'_>, id: Uuid) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(COUNT_FAILURE).bind(id).fetch_one(engine).await?
    }))
}

/// Lets no attempt count before `until`.
///
/// # Errors
/// Where the database fails.
pub async fn lock(connection: Connection<'_>, id: Uuid, until: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(LOCK).bind(until.millis()).bind(id).execute(engine).await?;
    });
    Ok(())
}

/// Forgets wrong passwords after a right one.
///
/// # Errors
/// Where the database fails.
pub async fn forget_failures(connection: Connection<'_>, id: Uuid) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(FORGET_FAILURES).bind(id).execute(engine).await?;
    });
    Ok(())
}

/// Keeps the hash of a code to reset the password with.
///
/// # Errors
/// Where the database fails.
pub async fn set_reset_code(
    connection: Connection<'_>,
    id: Uuid,
    code_hash: &[u8],
    until: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(SET_RESET_CODE)
            .bind(code_hash)
            .bind(until.millis())
            .bind(id)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Counts a code that was tried; returns how many were.
///
/// # Errors
/// Where the database fails.
pub async fn count_reset_attempt(connection: Connection<'_>, id: Uuid) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(COUNT_RESET).bind(id).fetch_one(engine).await?
    }))
}
