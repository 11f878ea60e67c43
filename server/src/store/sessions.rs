//! Sessions: a random reference in the browser, its hash here.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{
    LogoUrl, OrganisationId, OrganisationName, PartnerUserId, Timestamp, UserRole,
};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO session \
     (token_hash, subject, name, email, partner_user_id, created_at, last_seen_at, expires_at, address, user_agent) \
     VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)";

/// A partner user's session counts only while the user may sign in and the
/// organisation is active.
const LIVE: &str = "SELECT s.subject, coalesce(u.name, s.name) AS name, s.email, s.last_seen_at, \
     s.partner_user_id, u.role, u.organisation_id, o.name AS organisation_name, o.logo AS organisation_logo \
     FROM session s \
     LEFT JOIN partner_user u ON u.id = s.partner_user_id \
     LEFT JOIN organisation o ON o.id = u.organisation_id \
     WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 \
       AND (s.partner_user_id IS NULL OR (u.enabled AND o.suspended_at IS NULL))";

const SEEN: &str = "UPDATE session SET last_seen_at = $1 WHERE token_hash = $2";
const DELETE: &str = "DELETE FROM session WHERE token_hash = $1";
const DELETE_OF_USER: &str = "DELETE FROM session WHERE partner_user_id = $1";
const DELETE_OF_SUBJECT: &str = "DELETE FROM session WHERE subject = $1";
const DELETE_OF_ORGANISATION: &str = "DELETE FROM session WHERE partner_user_id IN \
     (SELECT id FROM partner_user WHERE organisation_id = $1)";
const DELETE_OF_EMAIL: &str = "DELETE FROM session WHERE email = $1";
const DELETE_OLD: &str = "DELETE FROM session WHERE expires_at <= $1 OR last_seen_at <= $2";

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// SHA-256 of the cookie's token.
    pub token_hash: &'a [u8],
    /// The account at the identity provider.
    pub subject: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The person's email address.
    pub email: &'a str,
    /// `None` for an admin.
    pub partner_user: Option<PartnerUserId>,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Where it was opened from.
    pub address: &'a str,
    /// The browser's own description of itself.
    pub user_agent: &'a str,
}

/// A session that counts.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// The account at the identity provider.
    pub subject: String,
    /// The person's name.
    pub name: String,
    /// The person's email address.
    pub email: String,
    /// When it was last used, to within a minute.
    pub last_seen_at: Timestamp,
    /// The partner user and the organisation; `None` for an admin.
    pub partner: Option<LivePartner>,
}

/// The partner user whose session it is.
#[derive(Clone, Debug)]
pub struct LivePartner {
    /// The user.
    pub user: PartnerUserId,
    /// What they may do.
    pub role: UserRole,
    /// The user's organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: OrganisationName,
    /// Its logo.
    pub organisation_logo: Option<LogoUrl>,
}

#[derive(sqlx::FromRow)]
struct Record {
    subject: String,
    name: String,
    email: String,
    last_seen_at: i64,
    partner_user_id: Option<Uuid>,
    role: Option<String>,
    organisation_id: Option<Uuid>,
    organisation_name: Option<String>,
    organisation_logo: Option<String>,
}

impl TryFrom<Record> for LiveSession {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let partner =
            match (record.partner_user_id, record.organisation_id, record.organisation_name) {
                (None, ..) => None,
                (Some(user), Some(organisation), Some(name)) => Some(LivePartner {
                    user: PartnerUserId(user),
                    role: record
                        .role
                        .unwrap_or_default()
                        .parse()
                        .map_err(StoreError::Unreadable)?,
                    organisation: OrganisationId(organisation),
                    organisation_name: name.try_into().map_err(StoreError::Unreadable)?,
                    organisation_logo: record
                        .organisation_logo
                        .map(TryInto::try_into)
                        .transpose()
                        .map_err(StoreError::Unreadable)?,
                }),
                _ => {
                    return Err(StoreError::Unreadable(
                        "a session without its partner user".to_owned(),
                    ));
                }
            };
        Ok(Self {
            subject: record.subject,
            name: record.name,
            email: record.email,
            last_seen_at: Timestamp::from_millis(record.last_seen_at),
            partner,
        })
    }
}

/// Opens a session.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    connection: Connection<'_>,
    new: &NewSession<'_>,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(new.token_hash)
            .bind(new.subject)
            .bind(new.name)
            .bind(new.email)
            .bind(new.partner_user.map(|user| user.0))
            .bind(now.millis())
            .bind(new.expires_at.millis())
            .bind(new.address)
            .bind(new.user_agent)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// The session with this token, used after `idle_since`, if it still counts.
///
/// # Errors
/// Where the database fails.
pub async fn live(
    connection: Connection<'_>,
    token_hash: &[u8],
    now: Timestamp,
    idle_since: Timestamp,
) -> StoreResult<Option<LiveSession>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(LIVE)
            .bind(token_hash)
            .bind(now.millis())
            .bind(idle_since.millis())
            .fetch_optional(engine)
            .await?
    });
    record.map(TryInto::try_into).transpose()
}

/// Notes that the session is in use.
///
/// # Errors
/// Where the database fails.
pub async fn seen(
    connection: Connection<'_>,
    token_hash: &[u8],
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(SEEN).bind(now.millis()).bind(token_hash).execute(engine).await?;
    });
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Where the database fails.
pub async fn delete(connection: Connection<'_>, token_hash: &[u8]) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE).bind(token_hash).execute(engine).await?;
    });
    Ok(())
}

/// Ends all sessions of a partner user.
///
/// # Errors
/// Where the database fails.
pub async fn delete_of_user(connection: Connection<'_>, user: PartnerUserId) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OF_USER).bind(user.0).execute(engine).await?;
    });
    Ok(())
}

/// Ends all sessions of an account at the identity provider.
///
/// # Errors
/// Where the database fails.
pub async fn delete_of_subject(connection: Connection<'_>, subject: &str) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OF_SUBJECT).bind(subject).execute(engine).await?;
    });
    Ok(())
}

/// Ends all sessions of an organisation’s users.
///
/// # Errors
/// Where the database fails.
pub async fn delete_of_organisation(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OF_ORGANISATION).bind(organisation.0).execute(engine).await?;
    });
    Ok(())
}

/// Ends all sessions that were opened with this email.
///
/// # Errors
/// Where the database fails.
pub async fn delete_of_email(connection: Connection<'_>, email: &str) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OF_EMAIL).bind(email).execute(engine).await?;
    });
    Ok(())
}

/// Forgets sessions that ended or were not used since `idle_since`.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(
    connection: Connection<'_>,
    now: Timestamp,
    idle_since: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(now.millis()).bind(idle_since.millis()).execute(engine).await?;
    });
    Ok(())
}
