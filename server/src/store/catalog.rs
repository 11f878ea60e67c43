//! The billing system's product catalog, as it was last read.

use super::{Connection, StoreError, StoreResult, on_engine, settings};
use partners_app::domain::Timestamp;
use partners_app::domain::billing::{CatalogPlan, RatePlanId};
use std::collections::HashMap;
use time::Date;

/// The setting with the moment in which the catalog was last read.
const READ_AT: &str = "catalog_read_at";

const ALL: &str = "SELECT rate_plan, content, is_lost FROM catalog_plan";

const UPSERT: &str = "INSERT INTO catalog_plan (rate_plan, content, is_lost) VALUES ($1, $2, $3) \
     ON CONFLICT (rate_plan) DO UPDATE SET content = excluded.content, is_lost = excluded.is_lost";

const LOSE: &str = "UPDATE catalog_plan SET is_lost = $1 WHERE rate_plan = $2";

const IS_SOLD: &str = "SELECT NOT is_lost FROM catalog_plan WHERE rate_plan = $1";

#[derive(sqlx::FromRow)]
struct Record {
    rate_plan: String,
    content: String,
    is_lost: bool,
}

/// Reads a plan as it was kept.
pub(super) fn plan(content: &str) -> StoreResult<CatalogPlan> {
    serde_json::from_str(content)
        .map_err(|error| StoreError::Unreadable(format!("a plan of the catalog: {error}")))
}

async fn records(connection: Connection<'_>) -> StoreResult<Vec<Record>> {
    Ok(on_engine!(connection, engine => sqlx::query_as(ALL).fetch_all(engine).await?))
}

/// The plans that the billing system has and has not ceased to sell, by product
/// and name.
///
/// # Errors
/// Where the database fails.
pub async fn plans(connection: Connection<'_>) -> StoreResult<Vec<CatalogPlan>> {
    let kept = records(connection).await?.into_iter().filter(|record| !record.is_lost);
    let mut plans =
        kept.map(|record| plan(&record.content)).collect::<StoreResult<Vec<CatalogPlan>>>()?;
    plans.sort_by(|one, other| (&one.product, &one.name).cmp(&(&other.product, &other.name)));
    Ok(plans)
}

/// Whether the catalog, as it was last read, has this plan and has not ceased
/// to sell it.
///
/// # Errors
/// Where the database fails.
pub async fn has(connection: Connection<'_>, plan: &RatePlanId) -> StoreResult<bool> {
    let is_sold: Option<bool> = on_engine!(connection, engine => {
        sqlx::query_scalar(IS_SOLD).bind(plan.as_str()).fetch_optional(engine).await?
    });
    Ok(is_sold.unwrap_or_default())
}

/// When the catalog was last read; `None` while it never was.
///
/// # Errors
/// Where the database fails.
pub async fn read_at(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let value = settings::get(connection, READ_AT).await?;
    Ok(value.and_then(|value| value.parse().ok()).map(Timestamp::from_millis))
}

/// Keeps the catalog as it has just been read. Plans that it no longer has stay
/// for the offers that name them, marked as lost, as are those that are no
/// longer sold. Returns those that have become so.
///
/// # Errors
/// Where the database fails.
pub async fn keep(
    mut connection: Connection<'_>,
    plans: &[CatalogPlan],
    today: Date,
    now: Timestamp,
) -> StoreResult<Vec<RatePlanId>> {
    let known = records(connection.lend()).await?.into_iter();
    let mut known: HashMap<String, Record> =
        known.map(|record| (record.rate_plan.clone(), record)).collect();
    let mut lost = Vec::new();
    for plan in plans {
        let is_lost = plan.until.is_some_and(|until| until <= today);
        let content = serde_json::to_string(plan)
            .map_err(|error| StoreError::Unreadable(format!("plan {}: {error}", plan.id)))?;
        let before = known.remove(plan.id.as_str());
        if before.as_ref().is_some_and(|old| old.content == content && old.is_lost == is_lost) {
            continue;
        }
        if is_lost && before.is_some_and(|old| !old.is_lost) {
            lost.push(plan.id.clone());
        }
        on_engine!(&mut connection, engine => {
            sqlx::query(UPSERT)
                .bind(plan.id.as_str())
                .bind(content)
                .bind(is_lost)
                .execute(&mut **engine)
                .await?;
        });
    }
    for gone in known.into_values().filter(|gone| !gone.is_lost) {
        on_engine!(&mut connection, engine => {
            sqlx::query(LOSE).bind(true).bind(&gone.rate_plan).execute(&mut **engine).await?;
        });
        lost.push(RatePlanId(gone.rate_plan));
    }
    settings::set(connection, READ_AT, &now.millis().to_string()).await?;
    Ok(lost)
}
