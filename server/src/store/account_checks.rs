//! What the billing system says of each organisation's account, and when it is
//! to be asked about which of them again.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{
    AccountCheck, AccountStatus, AccountSummary, OrganisationId, SalesforceAccountId, Timestamp,
    ZuoraAccountId,
};
use std::time::Duration;
use uuid::Uuid;

/// How long what the billing system has said holds.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

const INSERT: &str = "INSERT INTO account_check \
     (organisation_id, state, number, name, currency, status, salesforce_account, attempts, \
      next_attempt_at, lease_until) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0)";

const OF: &str = "SELECT state, number, name, currency, status, salesforce_account \
     FROM account_check WHERE organisation_id = $1";

/// As the lease of partner users: the outer condition is checked again when the
/// row's lock is had.
const LEASE: &str = "UPDATE account_check SET lease_until = $1 \
     WHERE organisation_id IN (SELECT organisation_id FROM account_check \
                  WHERE next_attempt_at <= $2 AND lease_until <= $2 \
                  ORDER BY next_attempt_at LIMIT $3) \
       AND next_attempt_at <= $2 AND lease_until <= $2 \
     RETURNING organisation_id, attempts, (SELECT zuora_account FROM organisation \
         WHERE organisation.id = account_check.organisation_id) AS zuora_account";

const FOUND: &str = "UPDATE account_check \
     SET state = $1, number = $2, name = $3, currency = $4, status = $5, salesforce_account = $6, \
         attempts = 0, lease_until = 0, next_attempt_at = $7 \
     WHERE organisation_id = $8";

const POSTPONED: &str = "UPDATE account_check \
     SET attempts = attempts + 1, lease_until = 0, next_attempt_at = $1 \
     WHERE organisation_id = $2";

const NEXT_DUE: &str = "SELECT CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END \
     FROM account_check ORDER BY next_attempt_at LIMIT 1";

#[derive(sqlx::FromRow)]
struct Record {
    state: String,
    number: Option<String>,
    name: Option<String>,
    currency: Option<String>,
    status: Option<String>,
    salesforce_account: Option<String>,
}

impl TryFrom<Record> for AccountCheck {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        match record.state.as_str() {
            "unverified" => Ok(Self::Unverified),
            "unknown" => Ok(Self::Unknown),
            _ => {
                let status = record.status.as_deref().and_then(AccountStatus::parse);
                match (record.number, record.name, record.currency, status) {
                    (Some(number), Some(name), Some(currency), Some(status)) => {
                        Ok(Self::Verified(AccountSummary {
                            number,
                            name,
                            currency,
                            status,
                            salesforce_account: record
                                .salesforce_account
                                .and_then(|id| SalesforceAccountId::parse(&id).ok()),
                        }))
                    }
                    _ => Err(StoreError::Unreadable("a verified account is not whole".to_owned())),
                }
            }
        }
    }
}

/// The columns of a check, in the order of [`INSERT`] and [`FOUND`].
struct Columns<'a> {
    state: &'static str,
    account: Option<&'a AccountSummary>,
}

impl<'a> Columns<'a> {
    const fn of(check: &'a AccountCheck) -> Self {
        match check {
            AccountCheck::Unverified => Self { state: "unverified", account: None },
            AccountCheck::Unknown => Self { state: "unknown", account: None },
            AccountCheck::Verified(account) => Self { state: "verified", account: Some(account) },
        }
    }

    fn salesforce_account(&self) -> Option<&str> {
        self.account?.salesforce_account.as_ref().map(SalesforceAccountId::as_str)
    }
}

/// Notes what is known of a new organisation's account.
///
/// # Errors
/// Where the database fails.
pub async fn insert(
    connection: Connection<'_>,
    organisation: OrganisationId,
    check: &AccountCheck,
    now: Timestamp,
) -> StoreResult<()> {
    let columns = Columns::of(check);
    let due = if *check == AccountCheck::Unverified { now } else { now.plus(INTERVAL) };
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(organisation.0)
            .bind(columns.state)
            .bind(columns.account.map(|account| account.number.as_str()))
            .bind(columns.account.map(|account| account.name.as_str()))
            .bind(columns.account.map(|account| account.currency.as_str()))
            .bind(columns.account.map(|account| account.status.as_str()))
            .bind(columns.salesforce_account())
            .bind(due.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// What is known of an organisation's account.
///
/// # Errors
/// Where the database fails.
pub async fn of(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<Option<AccountCheck>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(OF).bind(organisation.0).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// An account that the billing system is to be asked about.
#[derive(Clone, Debug)]
pub struct Due {
    /// Whose account it is.
    pub organisation: OrganisationId,
    /// The account.
    pub account: ZuoraAccountId,
    /// How often it was asked for in vain.
    pub attempts: i64,
}

#[derive(sqlx::FromRow)]
struct DueRecord {
    organisation_id: Uuid,
    attempts: i64,
    zuora_account: String,
}

/// Takes up to `limit` accounts that are due for `lease`, for this instance
/// alone.
///
/// # Errors
/// Where the database fails.
pub async fn lease(
    connection: Connection<'_>,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> StoreResult<Vec<Due>> {
    let records: Vec<DueRecord> = on_engine!(connection, engine => {
        sqlx::query_as(LEASE)
            .bind(now.plus(lease).millis())
            .bind(now.millis())
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    records
        .into_iter()
        .map(|record| {
            Ok(Due {
                organisation: OrganisationId(record.organisation_id),
                account: record.zuora_account.try_into().map_err(StoreError::Unreadable)?,
                attempts: record.attempts,
            })
        })
        .collect()
}

/// Notes what the billing system said, and has it asked again in a day: an
/// account may be cancelled, or vanish.
///
/// # Errors
/// Where the database fails.
pub async fn found(
    connection: Connection<'_>,
    organisation: OrganisationId,
    check: &AccountCheck,
    now: Timestamp,
) -> StoreResult<()> {
    let columns = Columns::of(check);
    on_engine!(connection, engine => {
        sqlx::query(FOUND)
            .bind(columns.state)
            .bind(columns.account.map(|account| account.number.as_str()))
            .bind(columns.account.map(|account| account.name.as_str()))
            .bind(columns.account.map(|account| account.currency.as_str()))
            .bind(columns.account.map(|account| account.status.as_str()))
            .bind(columns.salesforce_account())
            .bind(now.plus(INTERVAL).millis())
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
pub async fn postponed(connection: Connection<'_>, due: &Due, until: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(POSTPONED)
            .bind(until.millis())
            .bind(due.organisation.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// When the next account is due, if any is.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let due: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(NEXT_DUE).fetch_optional(engine).await?
    });
    Ok(due.map(Timestamp::from_millis))
}
