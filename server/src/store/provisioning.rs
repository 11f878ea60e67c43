//! The reconciler's view of partner users: what should be true at the identity
//! provider, what is, and who is working on it.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{Email, OrganisationId, PartnerUserId, PersonName, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// Takes the lease of a few users that are due, in one statement: of two
/// instances that ask at once, the second passes the first's rows over or finds
/// them taken: the condition is checked again once a row is held. Whoever has the
/// email of a deleted user waits until that account is gone: it would be taken
/// for theirs.
macro_rules! lease {
    ($lock:literal) => {
        concat!(
            "UPDATE partner_user SET lease_until = $1 \
             WHERE id IN (SELECT id FROM partner_user \
                          WHERE reconciled_generation < generation AND NOT problem_is_final \
                            AND next_attempt_at <= $2 AND lease_until <= $2 \
                            AND NOT EXISTS (SELECT 1 FROM former_user f \
                                            WHERE f.email = partner_user.email \
                                              AND f.removed_at IS NULL) \
                          ORDER BY next_attempt_at LIMIT $3",
            $lock,
            ") AND reconciled_generation < generation AND NOT problem_is_final \
               AND lease_until <= $2 \
             RETURNING id, organisation_id, name, email, enabled, invitations_wanted, \
               handed_over, generation, identity_subject, identity_enabled, identity_name, \
               invitations_sent, resets_wanted, resets_done, attempts, last_sign_in_at"
        )
    };
}
const LEASE_ON_SQLITE: &str = lease!("");
/// Rows that somebody holds are due again a moment later. To wait for them could
/// be for ever: whoever deletes an organisation takes its users one by one, and
/// may wait for one that is leased here already.
const LEASE_ON_POSTGRES: &str = lease!(" FOR UPDATE SKIP LOCKED");

const CREATED: &str = "UPDATE partner_user \
     SET identity_subject = $1, identity_enabled = $2, invitations_sent = $3, \
         identity_name = $4, invited_at = $5 WHERE id = $6";

const INVITED: &str =
    "UPDATE partner_user SET invitations_sent = $1, invited_at = $2 WHERE id = $3";

const RESET: &str = "UPDATE partner_user SET resets_done = $1 WHERE id = $2";

const RENAMED: &str = "UPDATE partner_user SET identity_name = $1 WHERE id = $2";

const SWITCHED: &str = "UPDATE partner_user SET identity_enabled = $1 WHERE id = $2";

/// A change that came meanwhile has raised `generation` further: the row then
/// stays due.
const RECONCILED: &str = "UPDATE partner_user \
     SET reconciled_generation = $1, attempts = 0, lease_until = 0, problem = NULL, \
         handed_over = CASE WHEN generation = $1 THEN NULL ELSE handed_over END \
     WHERE id = $2";

/// A change that came meanwhile is tried at once, and has not failed.
const POSTPONED: &str = "UPDATE partner_user \
     SET lease_until = 0, \
         attempts = CASE WHEN generation = $5 THEN attempts + 1 ELSE attempts END, \
         problem = CASE WHEN generation = $5 THEN $1 ELSE problem END, \
         problem_is_final = CASE WHEN generation = $5 THEN $2 ELSE problem_is_final END, \
         next_attempt_at = CASE WHEN generation = $5 THEN $3 ELSE next_attempt_at END \
     WHERE id = $4";

const NEXT_DUE: &str = "SELECT min(CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END) \
     FROM partner_user WHERE reconciled_generation < generation AND NOT problem_is_final \
       AND NOT EXISTS (SELECT 1 FROM former_user f \
                       WHERE f.email = partner_user.email AND f.removed_at IS NULL)";

/// A user whose account at the identity provider is not as it should be.
#[derive(Clone, Debug)]
pub struct Due {
    /// The user.
    pub id: PartnerUserId,
    /// The user's organisation.
    pub organisation: OrganisationId,
    /// The person's name.
    pub name: PersonName,
    /// The address to sign in with.
    pub email: Email,
    /// Whether the user should be able to sign in …
    pub enabled: bool,
    /// … and whether the provider lets them.
    pub identity_enabled: bool,
    /// The name that the provider has.
    pub identity_name: Option<String>,
    /// How many invitations were asked for …
    pub invitations_wanted: i64,
    /// … and how many were sent.
    pub invitations_sent: i64,
    /// How many resets of the password were asked for …
    pub resets_wanted: i64,
    /// … and how many were done.
    pub resets_done: i64,
    /// Hash of the temporary password that an admin was shown.
    pub handed_over: Option<String>,
    /// Which state of the row this is.
    pub generation: i64,
    /// The account's ID at the provider, once it exists.
    pub identity_subject: Option<String>,
    /// Whether they have ever signed in.
    pub has_signed_in: bool,
    /// How often this was tried in vain since the last change.
    pub attempts: i64,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    organisation_id: Uuid,
    name: String,
    email: String,
    enabled: bool,
    invitations_wanted: i64,
    handed_over: Option<String>,
    generation: i64,
    identity_subject: Option<String>,
    identity_enabled: bool,
    identity_name: Option<String>,
    invitations_sent: i64,
    resets_wanted: i64,
    resets_done: i64,
    attempts: i64,
    last_sign_in_at: Option<i64>,
}

impl TryFrom<Record> for Due {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        Ok(Self {
            id: PartnerUserId(record.id),
            organisation: OrganisationId(record.organisation_id),
            name: PersonName::parse(&record.name).map_err(StoreError::Unreadable)?,
            email: Email::parse(&record.email).map_err(StoreError::Unreadable)?,
            enabled: record.enabled,
            identity_enabled: record.identity_enabled,
            identity_name: record.identity_name,
            resets_wanted: record.resets_wanted,
            resets_done: record.resets_done,
            invitations_wanted: record.invitations_wanted,
            invitations_sent: record.invitations_sent,
            handed_over: record.handed_over,
            generation: record.generation,
            identity_subject: record.identity_subject,
            has_signed_in: record.last_sign_in_at.is_some(),
            attempts: record.attempts,
        })
    }
}

/// Takes up to `limit` due users for `lease`, for this instance alone.
///
/// # Errors
/// Where the database fails.
pub async fn lease(
    connection: Connection<'_>,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> StoreResult<Vec<Due>> {
    let sql = match connection {
        Connection::Sqlite(_) => LEASE_ON_SQLITE,
        Connection::Postgres(_) => LEASE_ON_POSTGRES,
    };
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(sql)
            .bind(now.plus(lease).millis())
            .bind(now.millis())
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// Notes that the account exists at the provider, enabled and, at `now`, invited.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where another user has that account.
pub async fn created(
    connection: Connection<'_>,
    due: &Due,
    subject: &str,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(CREATED)
            .bind(subject)
            .bind(true)
            .bind(due.invitations_wanted)
            .bind(due.name.as_str())
            .bind(now.millis())
            .bind(due.id.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Notes that the invitation was sent again at `now`.
///
/// # Errors
/// Where the database fails.
pub async fn invited(connection: Connection<'_>, due: &Due, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INVITED)
            .bind(due.invitations_wanted)
            .bind(now.millis())
            .bind(due.id.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Notes that the password was reset.
///
/// # Errors
/// Where the database fails.
pub async fn reset(connection: Connection<'_>, due: &Due) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(RESET).bind(due.resets_wanted).bind(due.id.0).execute(engine).await?;
    });
    Ok(())
}

/// Notes that the provider has the name.
///
/// # Errors
/// Where the database fails.
pub async fn renamed(connection: Connection<'_>, due: &Due) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(RENAMED).bind(due.name.as_str()).bind(due.id.0).execute(engine).await?;
    });
    Ok(())
}

/// Notes that the provider lets the user sign in, or not.
///
/// # Errors
/// Where the database fails.
pub async fn switched(connection: Connection<'_>, due: &Due) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(SWITCHED).bind(due.enabled).bind(due.id.0).execute(engine).await?;
    });
    Ok(())
}

/// Notes that the provider is as this state of the row wanted it.
///
/// # Errors
/// Where the database fails.
pub async fn reconciled(connection: Connection<'_>, due: &Due) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(RECONCILED).bind(due.generation).bind(due.id.0).execute(engine).await?;
    });
    Ok(())
}

/// Notes why it did not work: to be tried again at `next`, or, with `None`,
/// when somebody asks for it.
///
/// # Errors
/// Where the database fails.
pub async fn postponed(
    connection: Connection<'_>,
    due: &Due,
    problem: &str,
    next: Option<Timestamp>,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(POSTPONED)
            .bind(problem)
            .bind(next.is_none())
            .bind(next.map(Timestamp::millis).unwrap_or_default())
            .bind(due.id.0)
            .bind(due.generation)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// When the next user will be due; `None` where all is as it should be.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let millis: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(NEXT_DUE).fetch_one(engine).await?
    });
    Ok(millis.map(Timestamp::from_millis))
}
