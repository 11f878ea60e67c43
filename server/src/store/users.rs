//! Partner users in the database.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::{
    Email, NewUser, OrganisationId, OrganisationName, PartnerUser, PartnerUserId, PersonName,
    Timestamp, UserStatus,
};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO partner_user \
     (id, creation_key, organisation_id, name, email, created_at, enabled, invitations_wanted, \
      handed_over, generation, identity_enabled, invitations_sent, reconciled_generation, \
      attempts, next_attempt_at, lease_until, problem_is_final) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 1, $7, 0, 0, 0, $6, 0, $9)";

macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, name, email, created_at, last_sign_in_at, enabled, \
             identity_subject, problem, problem_is_final FROM partner_user ",
            $rest
        )
    };
}
const OF_ORGANISATION: &str = select_users!("WHERE organisation_id = $1 ORDER BY created_at, id");
const BY_ID: &str = select_users!("WHERE id = $1");
const BY_CREATION_KEY: &str = select_users!("WHERE creation_key = $1");
const BY_SUBJECT: &str = select_users!("WHERE identity_subject = $1");

const OWNER_OF_EMAIL: &str = "SELECT o.id, o.name FROM partner_user u \
     JOIN organisation o ON o.id = u.organisation_id WHERE u.email = $1";

const SET_ENABLED: &str = "UPDATE partner_user \
     SET enabled = $1, generation = generation + 1, problem_is_final = $2, attempts = 0, next_attempt_at = $3 \
     WHERE id = $4 AND enabled <> $1";

const INVITE_AGAIN: &str = "UPDATE partner_user \
     SET invitations_wanted = invitations_wanted + 1, handed_over = $1, generation = generation + 1, \
         problem = NULL, problem_is_final = $2, attempts = 0, next_attempt_at = $3 \
     WHERE id = $4";

const RETRY: &str = "UPDATE partner_user \
     SET problem = NULL, problem_is_final = $1, attempts = 0, next_attempt_at = $2 \
     WHERE id = $3 AND problem_is_final";

const SIGNED_IN: &str = "UPDATE partner_user SET last_sign_in_at = $1 WHERE id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    organisation_id: Uuid,
    name: String,
    email: String,
    created_at: i64,
    last_sign_in_at: Option<i64>,
    enabled: bool,
    identity_subject: Option<String>,
    problem: Option<String>,
    problem_is_final: bool,
}

impl TryFrom<Record> for PartnerUser {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let status = if record.problem_is_final {
            UserStatus::Failed { reason: record.problem.unwrap_or_default() }
        } else if !record.enabled {
            UserStatus::Disabled
        } else if record.identity_subject.is_none() {
            UserStatus::SettingUp { waiting_for: record.problem }
        } else if record.last_sign_in_at.is_none() {
            UserStatus::Invited
        } else {
            UserStatus::Active
        };
        Ok(Self {
            id: PartnerUserId(record.id),
            organisation: OrganisationId(record.organisation_id),
            name: PersonName::parse(&record.name).map_err(StoreError::Unreadable)?,
            email: Email::parse(&record.email).map_err(StoreError::Unreadable)?,
            status,
            created_at: Timestamp::from_millis(record.created_at),
            last_sign_in_at: record.last_sign_in_at.map(Timestamp::from_millis),
        })
    }
}

/// Writes a new user, to be set up at the identity provider. `handed_over` is
/// the hash of the temporary password that the admin is shown, if any.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where the email or the key is taken.
pub async fn insert(
    connection: Connection<'_>,
    id: PartnerUserId,
    key: CreationKey,
    organisation: OrganisationId,
    new: &NewUser,
    handed_over: Option<&str>,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(id.0)
            .bind(key)
            .bind(organisation.0)
            .bind(new.name.as_str())
            .bind(new.email.as_str())
            .bind(now.millis())
            .bind(true)
            .bind(handed_over)
            .bind(false)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// The users of an organisation, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_organisation(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<Vec<PartnerUser>> {
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(OF_ORGANISATION).bind(organisation.0).fetch_all(engine).await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// The user with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    id: PartnerUserId,
) -> StoreResult<Option<PartnerUser>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(id.0).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// The user that was created with this key.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
) -> StoreResult<Option<PartnerUser>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_CREATION_KEY).bind(key).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// The user with this account at the identity provider.
///
/// # Errors
/// Where the database fails.
pub async fn by_subject(
    connection: Connection<'_>,
    subject: &str,
) -> StoreResult<Option<PartnerUser>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_SUBJECT).bind(subject).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// The organisation whose user has this email.
///
/// # Errors
/// Where the database fails.
pub async fn owner_of_email(
    connection: Connection<'_>,
    email: &Email,
) -> StoreResult<Option<(OrganisationId, OrganisationName)>> {
    let row: Option<(Uuid, String)> = on_engine!(connection, engine => {
        sqlx::query_as(OWNER_OF_EMAIL).bind(email.as_str()).fetch_optional(engine).await?
    });
    row.map(|(id, name)| Ok((OrganisationId(id), name.try_into().map_err(StoreError::Unreadable)?)))
        .transpose()
}

/// Says whether the user may sign in; false where that was so already.
///
/// # Errors
/// Where the database fails.
pub async fn set_enabled(
    connection: Connection<'_>,
    id: PartnerUserId,
    enabled: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(SET_ENABLED)
            .bind(enabled)
            .bind(false)
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Asks for another invitation. `handed_over` as in [`insert`].
///
/// # Errors
/// Where the database fails.
pub async fn invite_again(
    connection: Connection<'_>,
    id: PartnerUserId,
    handed_over: Option<&str>,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INVITE_AGAIN)
            .bind(handed_over)
            .bind(false)
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Lets the reconciler try again where it had given up; false where it had not.
///
/// # Errors
/// Where the database fails.
pub async fn retry(
    connection: Connection<'_>,
    id: PartnerUserId,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(RETRY)
            .bind(false)
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Notes that the user has signed in.
///
/// # Errors
/// Where the database fails.
pub async fn signed_in(
    connection: Connection<'_>,
    id: PartnerUserId,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(SIGNED_IN).bind(now.millis()).bind(id.0).execute(engine).await?;
    });
    Ok(())
}
