//! End customers in the database: each of one organisation.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::billing::{AccountId, AccountNumber, Subscription};
use partners_app::domain::text::comparison_key;
use partners_app::domain::{Currency, Customer, CustomerId, OrganisationId, Timestamp};
use uuid::Uuid;

/// What is there already stays, but for a name that the billing system has just
/// said, and what is missing is completed. Of two that learn of a customer at
/// once, the second completes the first one's row.
const ENSURE: &str = "INSERT INTO customer \
     (id, organisation_id, account, account_id, name, name_key, email, currency, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     ON CONFLICT (organisation_id, account) DO UPDATE \
     SET name = CASE WHEN $10 THEN excluded.name ELSE customer.name END, \
         name_key = CASE WHEN $10 THEN excluded.name_key ELSE customer.name_key END, \
         account_id = COALESCE(customer.account_id, excluded.account_id), \
         email = COALESCE(customer.email, excluded.email), \
         currency = COALESCE(customer.currency, excluded.currency) \
     RETURNING id";

const ORDERED: &str = "UPDATE customer SET last_order_at = $1 \
     WHERE id = $2 AND (last_order_at IS NULL OR last_order_at < $1)";

macro_rules! select_customers {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, name, email, account, currency, last_order_at \
             FROM customer ",
            $rest
        )
    };
}
const BY_ID: &str = select_customers!("WHERE organisation_id = $1 AND id = $2");
const BY_ACCOUNT: &str = select_customers!("WHERE organisation_id = $1 AND account = $2");
const BY_NAME: &str =
    select_customers!("WHERE organisation_id = $1 ORDER BY name_key, id LIMIT $2");

/// A row of `customer`, also for the list of them.
#[derive(sqlx::FromRow)]
pub(super) struct Record {
    pub(super) id: Uuid,
    organisation_id: Uuid,
    pub(super) name: String,
    email: Option<String>,
    account: String,
    currency: Option<String>,
    last_order_at: Option<i64>,
}

impl TryFrom<Record> for Customer {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let currency = record.currency.map(|letters| Currency::parse(&letters));
        Ok(Self {
            id: CustomerId(record.id),
            organisation: OrganisationId(record.organisation_id),
            name: record.name,
            email: record.email,
            account: AccountNumber(record.account),
            currency: currency.transpose().map_err(StoreError::Unreadable)?,
            last_order_at: record.last_order_at.map(Timestamp::from_millis),
        })
    }
}

/// An organisation's end customer with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: CustomerId,
) -> StoreResult<Option<Customer>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(organisation.0).bind(id.0).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// An organisation's end customer with this account in the billing system.
///
/// # Errors
/// Where the database fails.
pub async fn by_account(
    connection: Connection<'_>,
    organisation: OrganisationId,
    account: &AccountNumber,
) -> StoreResult<Option<Customer>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ACCOUNT)
            .bind(organisation.0)
            .bind(account.as_str())
            .fetch_optional(engine)
            .await?
    });
    record.map(TryInto::try_into).transpose()
}

/// An organisation's end customers by name, the first `limit`.
///
/// # Errors
/// Where the database fails.
pub async fn by_name(
    connection: Connection<'_>,
    organisation: OrganisationId,
    limit: i64,
) -> StoreResult<Vec<Customer>> {
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_NAME).bind(organisation.0).bind(limit).fetch_all(engine).await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// What is known of an end customer.
#[derive(Clone, Debug)]
pub struct Known {
    /// The ID of its account.
    pub account_id: Option<AccountId>,
    /// The company's or person's name.
    pub name: String,
    /// Whether the billing system calls its account so now: then the name takes
    /// the place of the one before.
    pub is_named_so_now: bool,
    /// The email address.
    pub email: Option<String>,
    /// The currency of its account.
    pub currency: Option<Currency>,
}

impl Known {
    /// What a subscription of its says.
    #[must_use]
    pub fn owner_of(subscription: &Subscription, account: &AccountNumber) -> Self {
        let owner = &subscription.owner;
        Self {
            account_id: Some(owner.id.clone()),
            name: owner.name.clone().unwrap_or_else(|| account.to_string()),
            is_named_so_now: owner.name.is_some(),
            email: None,
            currency: subscription.currency,
        }
    }
}

/// An organisation's end customer with this account: written down, or completed
/// by what was not known of it.
///
/// # Errors
/// Where the database fails.
pub async fn ensure(
    connection: Connection<'_>,
    organisation: OrganisationId,
    account: &AccountNumber,
    known: Known,
    now: Timestamp,
) -> StoreResult<CustomerId> {
    let id: Uuid = on_engine!(connection, engine => {
        sqlx::query_scalar(ENSURE)
            .bind(Uuid::now_v7())
            .bind(organisation.0)
            .bind(account.as_str())
            .bind(known.account_id.as_ref().map(AccountId::as_str))
            .bind(&known.name)
            .bind(comparison_key(&known.name))
            .bind(&known.email)
            .bind(known.currency.as_ref().map(Currency::as_str))
            .bind(now.millis())
            .bind(known.is_named_so_now)
            .fetch_one(engine)
            .await?
    });
    Ok(CustomerId(id))
}

/// Notes that an order for this end customer has been placed.
///
/// # Errors
/// Where the database fails.
pub async fn ordered(
    connection: Connection<'_>,
    id: CustomerId,
    now: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(ORDERED).bind(now.millis()).bind(id.0).execute(engine).await?;
    });
    Ok(())
}
