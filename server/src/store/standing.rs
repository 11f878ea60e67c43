//! How things stand in the whole installation, in numbers: for those who watch
//! over it.

use super::{Connection, StoreResult, on_engine, webhooks};
use partners_app::domain::Timestamp;

/// The states of orders, as the database has them.
const STATES: [&str; 5] = ["draft", "placing", "placed", "refused", "needs_attention"];

const ORDERS: &str = "SELECT state, count(*) FROM partner_order GROUP BY state";

const PLACING_SINCE: &str = "SELECT min(created_at) FROM partner_order WHERE state = 'placing'";

const USERS_SETTING_UP: &str = "SELECT count(*) FROM partner_user \
     WHERE reconciled_generation < generation AND NOT problem_is_final";

const USERS_FAILED: &str = "SELECT count(*) FROM partner_user WHERE problem_is_final";

const SESSIONS: &str = "SELECT count(*), count(partner_user_id) FROM session \
     WHERE expires_at > $1 AND last_seen_at > $2";

/// What is worked on in the background: its name, whether that is done at the
/// billing system, and how many are due since when.
const DUE: [(&str, bool, &str); 8] = [
    (
        "partner_users",
        false,
        "SELECT count(*), min(next_attempt_at) FROM partner_user \
         WHERE reconciled_generation < generation AND NOT problem_is_final \
           AND next_attempt_at <= $1",
    ),
    (
        "former_users",
        false,
        "SELECT count(*), min(next_attempt_at) FROM former_user \
         WHERE removed_at IS NULL AND next_attempt_at <= $1",
    ),
    (
        "webhook_streams",
        false,
        "SELECT count(*), min(s.next_attempt_at) FROM webhook_stream s \
         JOIN webhook_endpoint w ON w.id = s.endpoint_id \
         WHERE w.disabled_at IS NULL AND s.next_attempt_at <= $1 AND s.lease_until <= $1",
    ),
    (
        "orders",
        true,
        "SELECT count(*), min(next_attempt_at) FROM partner_order \
         WHERE state = 'placing' AND next_attempt_at <= $1 AND lease_until <= $1",
    ),
    (
        "readings",
        true,
        "SELECT count(*), min(next_attempt_at) FROM billing_reading \
         WHERE next_attempt_at <= $1 AND lease_until <= $1",
    ),
    (
        "account_checks",
        true,
        "SELECT count(*), min(next_attempt_at) FROM account_check \
         WHERE next_attempt_at <= $1 AND lease_until <= $1",
    ),
    (
        "webhook_events",
        false,
        "SELECT count(*), min(at) FROM audit_event \
         WHERE seq > (SELECT seq FROM webhook_cursor WHERE one = 1) AND at <= $1",
    ),
    (
        "imports",
        false,
        "SELECT count(*), min(started_at) FROM import \
         WHERE state = 'applying' AND started_at <= $1",
    ),
];

/// What is due and not done.
#[derive(Clone, Debug)]
pub struct DueRows {
    /// What they are.
    pub what: &'static str,
    /// Whether the billing system is needed for them.
    pub at_billing: bool,
    /// How many.
    pub rows: i64,
    /// Since when the oldest is due, in milliseconds since 1970.
    pub since: Option<i64>,
}

/// How things stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What is due, by what it is.
    pub due: Vec<DueRows>,
    /// How many orders there are in each state.
    pub orders: Vec<(&'static str, i64)>,
    /// When the oldest order on its way was made, in milliseconds since 1970.
    pub placing_since: Option<i64>,
    /// Partner users that the identity provider does not have as wanted yet …
    pub users_setting_up: i64,
    /// … and those that it refuses.
    pub users_failed: i64,
    /// Webhooks that are told nothing though no admin has said so.
    pub webhooks_stopped: usize,
    /// Sessions of admins that count.
    pub admin_sessions: i64,
    /// Sessions of partner users that count.
    pub partner_sessions: i64,
}

/// Reads how things stand at `now`; sessions last used before `idle_since` have
/// ended.
///
/// # Errors
/// Where the database fails.
pub async fn read(
    mut connection: Connection<'_>,
    now: Timestamp,
    idle_since: Timestamp,
) -> StoreResult<Standing> {
    let mut due = Vec::new();
    for (what, at_billing, statement) in DUE {
        let (rows, since): (i64, Option<i64>) = on_engine!(&mut connection, engine => {
            sqlx::query_as(statement).bind(now.millis()).fetch_one(&mut **engine).await?
        });
        due.push(DueRows { what, at_billing, rows, since });
    }
    let counted: Vec<(String, i64)> = on_engine!(&mut connection, engine => {
        sqlx::query_as(ORDERS).fetch_all(&mut **engine).await?
    });
    let of_state = |state: &'static str| {
        let found = counted.iter().find(|(name, _)| name == state);
        (state, found.map_or(0, |(_, orders)| *orders))
    };
    let (placing_since, users_setting_up, users_failed, (sessions, partner_sessions)) = on_engine!(&mut connection, engine => {
        let placing: Option<i64> =
            sqlx::query_scalar(PLACING_SINCE).fetch_one(&mut **engine).await?;
        let setting_up: i64 =
            sqlx::query_scalar(USERS_SETTING_UP).fetch_one(&mut **engine).await?;
        let failed: i64 = sqlx::query_scalar(USERS_FAILED).fetch_one(&mut **engine).await?;
        let sessions: (i64, i64) = sqlx::query_as(SESSIONS)
            .bind(now.millis())
            .bind(idle_since.millis())
            .fetch_one(&mut **engine)
            .await?;
        (placing, setting_up, failed, sessions)
    });
    let webhooks_stopped = webhooks::count_stopped(connection).await?;
    Ok(Standing {
        due,
        orders: STATES.map(of_state).into(),
        placing_since,
        users_setting_up,
        users_failed,
        webhooks_stopped,
        admin_sessions: sessions - partner_sessions,
        partner_sessions,
    })
}
