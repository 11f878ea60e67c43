//! Partner users in the database.

use super::search::Search;
use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::{
    Email, ExpiredInvitation, INVITATION_DAYS, NewUser, OrganisationId, OrganisationName,
    PartnerUser, PartnerUserId, PersonName, Timestamp, UserRole, UserStatus,
};
use sqlx::AssertSqlSafe;
use std::time::Duration;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO partner_user \
     (id, creation_key, organisation_id, name, email, created_at, enabled, invitations_wanted, \
      handed_over, generation, identity_enabled, invitations_sent, reconciled_generation, \
      attempts, next_attempt_at, lease_until, problem_is_final, role, problem) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 1, $7, 0, 0, 0, $6, 0, $9, $10, \
       (SELECT 'The account that had this email before is removed first.' \
        WHERE EXISTS (SELECT 1 FROM former_user f WHERE f.email = $5 AND f.removed_at IS NULL)))";

macro_rules! select_users {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, name, email, role, created_at, last_sign_in_at, enabled, \
             identity_subject, invited_at, problem, problem_is_final FROM partner_user ",
            $rest
        )
    };
}
const OF_ORGANISATION: &str = select_users!("WHERE organisation_id = $1 ORDER BY created_at, id");
const BY_ID: &str = select_users!("WHERE id = $1");
const BY_CREATION_KEY: &str = select_users!("WHERE creation_key = $1");
const BY_EMAIL: &str = select_users!("WHERE email = $1");

const OWNER_OF_EMAIL: &str = "SELECT o.id, o.name FROM partner_user u \
     JOIN organisation o ON o.id = u.organisation_id WHERE u.email = $1";

/// By ID, which is by the time of creation.
const BEHIND: &str = "SELECT u.id, u.organisation_id, u.name, u.email, u.role, u.created_at, \
     u.last_sign_in_at, u.enabled, u.identity_subject, u.invited_at, u.problem, \
     u.problem_is_final, \
     o.name AS organisation_name FROM partner_user u \
     JOIN organisation o ON o.id = u.organisation_id WHERE u.id > $1 ORDER BY u.id LIMIT $2";

const SET_ENABLED: &str = "UPDATE partner_user \
     SET enabled = $1, generation = generation + 1, problem_is_final = $2, attempts = 0, next_attempt_at = $3 \
     WHERE id = $4 AND enabled <> $1";

const INVITE_AGAIN: &str = "UPDATE partner_user \
     SET invitations_wanted = invitations_wanted + 1, handed_over = $1, generation = generation + 1, \
         problem = NULL, problem_is_final = $2, attempts = 0, next_attempt_at = $3 \
     WHERE id = $4 AND last_sign_in_at IS NULL";

const RESET_PASSWORD: &str = "UPDATE partner_user \
     SET resets_wanted = resets_wanted + 1, handed_over = $1, generation = generation + 1, \
         problem = NULL, problem_is_final = $2, attempts = 0, next_attempt_at = $3 \
     WHERE id = $4";

const RENAME: &str = "UPDATE partner_user \
     SET name = $1, generation = generation + 1, problem_is_final = $2, attempts = 0, next_attempt_at = $3 \
     WHERE id = $4 AND name <> $1";

const SET_ROLE: &str = "UPDATE partner_user SET role = $1 WHERE id = $2 AND role <> $1";

const IN_ORGANISATION: &str = "SELECT count(*), \
     count(CASE WHEN role = 'manager' AND enabled THEN 1 END), \
     count(CASE WHEN role = 'manager' AND enabled AND id = $2 THEN 1 END) \
     FROM partner_user WHERE organisation_id = $1";

/// Nobody who is disabled, or whose account failed, waits for an invitation.
const EXPIRED: &str = "SELECT u.id, u.name, u.email, u.organisation_id, \
     o.name AS organisation_name, u.invited_at \
     FROM partner_user u JOIN organisation o ON o.id = u.organisation_id \
     WHERE u.last_sign_in_at IS NULL AND u.invited_at <= $1 AND u.identity_subject IS NOT NULL \
       AND u.enabled AND NOT u.problem_is_final AND o.suspended_at IS NULL \
       AND u.invitations_sent = u.invitations_wanted \
     ORDER BY u.invited_at, u.id LIMIT $2";

const RETRY: &str = "UPDATE partner_user \
     SET problem = NULL, problem_is_final = $1, attempts = 0, next_attempt_at = $2 \
     WHERE id = $3 AND problem_is_final";

/// A user may have been disabled, or deleted, since the password was checked.
const SIGNED_IN: &str = "UPDATE partner_user SET last_sign_in_at = $1 WHERE id = $2 AND enabled";

/// Nobody else changes the row until this transaction ends.
const HOLD: &str = "UPDATE partner_user SET enabled = enabled WHERE id = $1";

macro_rules! select_holder {
    ($rest:literal) => {
        concat!("SELECT id, organisation_id, enabled FROM partner_user ", $rest)
    };
}
const HOLDER_BY_SUBJECT: &str = select_holder!("WHERE identity_subject = $1");
const HOLDER_BY_EMAIL: &str = select_holder!("WHERE email = $1");

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    organisation_id: Uuid,
    name: String,
    email: String,
    role: String,
    created_at: i64,
    last_sign_in_at: Option<i64>,
    enabled: bool,
    identity_subject: Option<String>,
    invited_at: Option<i64>,
    problem: Option<String>,
    problem_is_final: bool,
}

/// Invitations that were sent until then work no longer.
fn expired_before(now: Timestamp) -> Timestamp {
    now.minus(Duration::from_secs(u64::from(INVITATION_DAYS) * 24 * 60 * 60))
}

impl Record {
    /// The user as it stands at this moment.
    fn at(self, now: Timestamp) -> StoreResult<PartnerUser> {
        let record = self;
        let invited_at = record.invited_at.map(Timestamp::from_millis);
        let status = if record.problem_is_final {
            UserStatus::Failed { reason: record.problem.unwrap_or_default() }
        } else if !record.enabled {
            UserStatus::Disabled
        } else if record.identity_subject.is_none() {
            UserStatus::SettingUp { waiting_for: record.problem }
        } else if record.last_sign_in_at.is_none() {
            match invited_at {
                Some(at) if at <= expired_before(now) => UserStatus::InvitationExpired,
                _ => UserStatus::Invited,
            }
        } else {
            UserStatus::Active
        };
        Ok(PartnerUser {
            id: PartnerUserId(record.id),
            organisation: OrganisationId(record.organisation_id),
            name: PersonName::parse(&record.name).map_err(StoreError::Unreadable)?,
            email: Email::parse(&record.email).map_err(StoreError::Unreadable)?,
            role: record.role.parse().map_err(StoreError::Unreadable)?,
            status,
            created_at: Timestamp::from_millis(record.created_at),
            last_sign_in_at: record.last_sign_in_at.map(Timestamp::from_millis),
        })
    }
}

/// Writes a new user, a member unless a role is given, to be set up at the identity provider. `handed_over` is
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
            .bind(new.role.unwrap_or_default().as_str())
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
    now: Timestamp,
) -> StoreResult<Vec<PartnerUser>> {
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(OF_ORGANISATION).bind(organisation.0).fetch_all(engine).await?
    });
    records.into_iter().map(|record| record.at(now)).collect()
}

/// The user with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    id: PartnerUserId,
    now: Timestamp,
) -> StoreResult<Option<PartnerUser>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(id.0).fetch_optional(engine).await?
    });
    record.map(|record| record.at(now)).transpose()
}

/// The user that was created with this key.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
    now: Timestamp,
) -> StoreResult<Option<PartnerUser>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_CREATION_KEY).bind(key).fetch_optional(engine).await?
    });
    record.map(|record| record.at(now)).transpose()
}

/// The user with this ID, whom nobody else changes until this transaction ends.
///
/// # Errors
/// Where the database fails.
pub async fn held(
    mut connection: Connection<'_>,
    id: PartnerUserId,
    now: Timestamp,
) -> StoreResult<Option<PartnerUser>> {
    on_engine!(&mut connection, engine => {
        sqlx::query(HOLD).bind(id.0).execute(&mut **engine).await?;
    });
    by_id(connection, id, now).await
}

/// The partner user to whom an account at the identity provider belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who it is.
    pub id: PartnerUserId,
    /// The organisation they belong to.
    pub organisation: OrganisationId,
    /// Whether they may sign in.
    pub enabled: bool,
}

/// What an account is known by.
#[derive(Clone, Copy, Debug)]
pub enum Account<'a> {
    /// Its ID at the identity provider.
    Subject(&'a str),
    /// The address it signs in with.
    Email(&'a Email),
}

/// Whose account this is; `None` where it is no partner user's, or of one whom
/// the identity provider has not been told of.
///
/// # Errors
/// Where the database fails.
pub async fn holder(
    connection: Connection<'_>,
    account: Account<'_>,
) -> StoreResult<Option<Holder>> {
    let (sql, known_by) = match account {
        Account::Subject(subject) => (HOLDER_BY_SUBJECT, subject),
        Account::Email(email) => (HOLDER_BY_EMAIL, email.as_str()),
    };
    let row: Option<(Uuid, Uuid, bool)> = on_engine!(connection, engine => {
        sqlx::query_as(sql).bind(known_by).fetch_optional(engine).await?
    });
    Ok(row.map(|(id, organisation, enabled)| Holder {
        id: PartnerUserId(id),
        organisation: OrganisationId(organisation),
        enabled,
    }))
}

/// The user with this email.
///
/// # Errors
/// Where the database fails.
pub async fn by_email(
    connection: Connection<'_>,
    email: &Email,
    now: Timestamp,
) -> StoreResult<Option<PartnerUser>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_EMAIL).bind(email.as_str()).fetch_optional(engine).await?
    });
    record.map(|record| record.at(now)).transpose()
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

#[derive(sqlx::FromRow)]
struct RecordInOrganisation {
    #[sqlx(flatten)]
    record: Record,
    organisation_name: String,
}

/// At most `limit` users behind this ID, the oldest first, each with the name of
/// the organisation.
///
/// # Errors
/// Where the database fails.
pub async fn behind(
    connection: Connection<'_>,
    place: Uuid,
    limit: i64,
    now: Timestamp,
) -> StoreResult<Vec<(PartnerUser, OrganisationName)>> {
    let records: Vec<RecordInOrganisation> = on_engine!(connection, engine => {
        sqlx::query_as(BEHIND).bind(place).bind(limit).fetch_all(engine).await?
    });
    records
        .into_iter()
        .map(|row| {
            let name = row.organisation_name.try_into().map_err(StoreError::Unreadable)?;
            Ok((row.record.at(now)?, name))
        })
        .collect()
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

/// How a user comes to a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPassword {
    /// Through another invitation, for whoever has not signed in yet.
    Invitation,
    /// The one of before is taken away.
    Reset,
}

/// Asks for a new password; false where there is no such user, or no invitation
/// for them. `handed_over` as in [`insert`].
///
/// # Errors
/// Where the database fails.
pub async fn renew_password(
    connection: Connection<'_>,
    id: PartnerUserId,
    how: NewPassword,
    handed_over: Option<&str>,
    now: Timestamp,
) -> StoreResult<bool> {
    let sql = match how {
        NewPassword::Invitation => INVITE_AGAIN,
        NewPassword::Reset => RESET_PASSWORD,
    };
    let changed = on_engine!(connection, engine => {
        sqlx::query(sql)
            .bind(handed_over)
            .bind(false)
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Changes the name; false where it was that already.
///
/// # Errors
/// Where the database fails.
pub async fn rename(
    connection: Connection<'_>,
    id: PartnerUserId,
    name: &PersonName,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(RENAME)
            .bind(name.as_str())
            .bind(false)
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Gives the user this role; false where they had it already.
///
/// # Errors
/// Where the database fails.
pub async fn set_role(
    connection: Connection<'_>,
    id: PartnerUserId,
    role: UserRole,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(SET_ROLE).bind(role.as_str()).bind(id.0).execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// The people of an organisation, as far as one of them matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many there are.
    pub users: i64,
    /// How many are managers who may sign in.
    pub managers: i64,
    /// Whether this one is.
    pub is_manager: bool,
}

impl Standing {
    /// Whether the organisation has a manager, and no other one.
    #[must_use]
    pub const fn is_last_manager(self) -> bool {
        self.is_manager && self.managers == 1
    }
}

/// How a user stands among the people of the organisation. To be relied upon
/// where the organisation's row is held ([`super::drafts::take_turn`]).
///
/// # Errors
/// Where the database fails.
pub async fn standing(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: PartnerUserId,
) -> StoreResult<Standing> {
    let (users, managers, is_manager): (i64, i64, i64) = on_engine!(connection, engine => {
        sqlx::query_as(IN_ORGANISATION).bind(organisation.0).bind(id.0).fetch_one(engine).await?
    });
    Ok(Standing { users, managers, is_manager: is_manager == 1 })
}

/// A user, as a search finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundUser {
    /// Who it is.
    pub id: PartnerUserId,
    /// The organisation they belong to.
    pub organisation: OrganisationId,
    /// The person's name.
    pub name: PersonName,
    /// The address they sign in with.
    pub email: Email,
}

/// At most `limit` users in whose name or email this text is, as it is
/// compared; of one or two letters those whose email begins with it.
///
/// # Errors
/// Where the database fails.
pub async fn search(
    connection: Connection<'_>,
    key: &str,
    limit: usize,
) -> StoreResult<Vec<FoundUser>> {
    let is_sqlite = matches!(connection, Connection::Sqlite(_));
    let search = Search::of(key, is_sqlite);
    let condition = match &search {
        Search::All => "$1 = $2",
        Search::Anywhere(_) if is_sqlite => {
            "u.id IN (SELECT p.id FROM partner_user_place p WHERE p.seq IN \
             (SELECT rowid FROM partner_user_search WHERE content MATCH $1)) AND $2 = ''"
        }
        Search::Anywhere(_) => "lower(u.name || E'\\n' || u.email) LIKE $1 AND $2 = ''",
        Search::Begins(..) if is_sqlite => "u.email >= $1 AND u.email < $2",
        Search::Begins(..) => "u.email COLLATE \"C\" >= $1 AND u.email COLLATE \"C\" < $2",
    };
    // Letter by letter, as SQLite compares, and not as the database's language does.
    let order = if is_sqlite { "u.email" } else { "u.email COLLATE \"C\"" };
    let (first, second) = search.parameters();
    let sql = format!(
        "SELECT u.id, u.organisation_id, u.name, u.email FROM partner_user u \
         WHERE {condition} ORDER BY {order} LIMIT {limit}"
    );
    let records: Vec<(Uuid, Uuid, String, String)> = on_engine!(connection, engine => {
        // Put together from constants; everything that was typed is bound.
        sqlx::query_as(AssertSqlSafe(sql)).bind(first).bind(second).fetch_all(engine).await?
    });
    let found = records.into_iter().map(|(id, organisation, name, email)| {
        Ok(FoundUser {
            id: PartnerUserId(id),
            organisation: OrganisationId(organisation),
            name: PersonName::parse(&name).map_err(StoreError::Unreadable)?,
            email: Email::parse(&email).map_err(StoreError::Unreadable)?,
        })
    });
    found.collect()
}

#[derive(sqlx::FromRow)]
struct ExpiredRecord {
    id: Uuid,
    name: String,
    email: String,
    organisation_id: Uuid,
    organisation_name: String,
    invited_at: i64,
}

/// Whose invitation has expired, the longest ago first, at most `limit`. Without
/// those who are being invited again already.
///
/// # Errors
/// Where the database fails.
pub async fn expired_invitations(
    connection: Connection<'_>,
    now: Timestamp,
    limit: i64,
) -> StoreResult<Vec<ExpiredInvitation>> {
    let records: Vec<ExpiredRecord> = on_engine!(connection, engine => {
        sqlx::query_as(EXPIRED)
            .bind(expired_before(now).millis())
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    let expired = records.into_iter().map(|record| {
        Ok(ExpiredInvitation {
            user: PartnerUserId(record.id),
            name: PersonName::parse(&record.name).map_err(StoreError::Unreadable)?,
            email: Email::parse(&record.email).map_err(StoreError::Unreadable)?,
            organisation: OrganisationId(record.organisation_id),
            organisation_name: record
                .organisation_name
                .try_into()
                .map_err(StoreError::Unreadable)?,
            invited_at: Timestamp::from_millis(record.invited_at),
        })
    });
    expired.collect()
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

/// Notes that the user has signed in; false where they may not.
///
/// # Errors
/// Where the database fails.
pub async fn signed_in(
    connection: Connection<'_>,
    id: PartnerUserId,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(SIGNED_IN).bind(now.millis()).bind(id.0).execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

const PAGE: &str = select_users!(
    "WHERE organisation_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
);

/// Some users of an organisation, oldest first: those that come after the one
/// that was created then and has this ID, whether it is still there or not.
///
/// # Errors
/// Where the database fails.
pub async fn page_of_organisation(
    connection: Connection<'_>,
    organisation: OrganisationId,
    (created_at, id): (Timestamp, PartnerUserId),
    limit: i64,
    now: Timestamp,
) -> StoreResult<Vec<PartnerUser>> {
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(PAGE)
            .bind(organisation.0)
            .bind(created_at.millis())
            .bind(id.0)
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    records.into_iter().map(|record| record.at(now)).collect()
}
