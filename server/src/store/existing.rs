//! What exists of many things at once: one statement for a few hundred rows of
//! a file instead of one for each.

use super::imports::lists;
use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{Email, NewOrganisation, OrganisationId, OrganisationName};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Partner organisations that a file's rows may be or look like.
#[derive(Debug, Default)]
pub struct ExistingOrganisations {
    /// By name and Zuora account, as they are compared.
    pub same: HashMap<(String, String), OrganisationId>,
    /// Names that organisations have, as they are compared.
    pub names: HashSet<String>,
    /// Zuora accounts that organisations have, as they are compared.
    pub accounts: HashSet<String>,
}

/// What exists of these organisations, of which there are a few hundred at most.
///
/// # Errors
/// Where the database fails.
pub async fn organisations_like(
    mut connection: Connection<'_>,
    wanted: &[&NewOrganisation],
) -> StoreResult<ExistingOrganisations> {
    if wanted.is_empty() {
        return Ok(ExistingOrganisations::default());
    }
    let names: Vec<String> = wanted.iter().map(|new| new.name.key()).collect();
    let accounts: Vec<String> = wanted.iter().map(|new| new.zuora_account.key()).collect();
    let sql = format!(
        "SELECT name_key, zuora_account_key, id FROM organisation \
         WHERE (name_key, zuora_account_key) IN (VALUES {}) AND deleted_at IS NULL",
        lists(wanted.len(), 2)
    );
    let same: Vec<(String, String, Uuid)> = on_engine!(connection.lend(), engine => {
        // Put together from placeholders; everything that was typed is bound.
        let mut select = sqlx::query_as(AssertSqlSafe(sql));
        for (name, account) in names.iter().zip(&accounts) {
            select = select.bind(name).bind(account);
        }
        select.fetch_all(engine).await?
    });
    Ok(ExistingOrganisations {
        same: same
            .into_iter()
            .map(|(name, account, id)| ((name, account), OrganisationId(id)))
            .collect(),
        names: keys(connection.lend(), "name_key", &names).await?,
        accounts: keys(connection, "zuora_account_key", &accounts).await?,
    })
}

async fn keys(
    connection: Connection<'_>,
    column: &'static str,
    keys: &[String],
) -> StoreResult<HashSet<String>> {
    let select = format!("SELECT DISTINCT {column} FROM organisation WHERE {column}");
    let keys = keys.iter().map(String::as_str).collect();
    let found: Vec<(String,)> = of_texts(connection, &select, keys, NOT_DELETED).await?;
    Ok(found.into_iter().map(|(key,)| key).collect())
}

const NOT_DELETED: &str = " AND deleted_at IS NULL";

/// What a statement finds with one of these texts in the column that it ends
/// with; `rest` follows.
async fn of_texts<T>(
    connection: Connection<'_>,
    select: &str,
    texts: Vec<&str>,
    rest: &str,
) -> StoreResult<Vec<T>>
where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{select} IN {}{rest}", lists(1, texts.len()));
    Ok(on_engine!(connection, engine => {
        // Put together from placeholders; everything that was typed is bound.
        let mut select = sqlx::query_as::<_, T>(AssertSqlSafe(sql));
        for text in texts {
            select = select.bind(text);
        }
        select.fetch_all(engine).await?
    }))
}

/// The organisations with these IDs, of which there are a few hundred at most.
///
/// # Errors
/// Where the database fails.
pub async fn organisations_with_ids(
    connection: Connection<'_>,
    ids: &[OrganisationId],
) -> StoreResult<Vec<(OrganisationId, OrganisationName)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id, name FROM organisation WHERE id IN {} AND deleted_at IS NULL",
        lists(1, ids.len())
    );
    let found: Vec<(Uuid, String)> = on_engine!(connection, engine => {
        let mut select = sqlx::query_as(AssertSqlSafe(sql));
        for id in ids {
            select = select.bind(id.0);
        }
        select.fetch_all(engine).await?
    });
    found.into_iter().map(|(id, name)| Ok((OrganisationId(id), named(name)?))).collect()
}

/// The organisations with these names, as they are compared; of a name that
/// several have, all of them.
///
/// # Errors
/// Where the database fails.
pub async fn organisations_with_names(
    connection: Connection<'_>,
    keys: &[String],
) -> StoreResult<Vec<(OrganisationId, OrganisationName)>> {
    let keys = keys.iter().map(String::as_str).collect();
    let select = "SELECT id, name FROM organisation WHERE name_key";
    let found: Vec<(Uuid, String)> = of_texts(connection, select, keys, NOT_DELETED).await?;
    found.into_iter().map(|(id, name)| Ok((OrganisationId(id), named(name)?))).collect()
}

/// A partner user who has an email, and the user's organisation.
#[derive(Clone, Debug)]
pub struct EmailOwner {
    /// The user.
    pub user: Uuid,
    /// The organisation.
    pub organisation: OrganisationId,
    /// What it is called.
    pub name: OrganisationName,
}

/// Who has these emails, of which there are a few hundred at most.
///
/// # Errors
/// Where the database fails.
pub async fn owners_of_emails(
    connection: Connection<'_>,
    emails: &[&Email],
) -> StoreResult<HashMap<String, EmailOwner>> {
    let select = "SELECT u.email, u.id, o.id, o.name FROM partner_user u \
                  JOIN organisation o ON o.id = u.organisation_id WHERE u.email";
    let emails = emails.iter().map(|email| email.as_str()).collect();
    let found: Vec<(String, Uuid, Uuid, String)> = of_texts(connection, select, emails, "").await?;
    found
        .into_iter()
        .map(|(email, user, organisation, name)| {
            let organisation = OrganisationId(organisation);
            Ok((email, EmailOwner { user, organisation, name: named(name)? }))
        })
        .collect()
}

fn named(name: String) -> StoreResult<OrganisationName> {
    name.try_into().map_err(StoreError::Unreadable)
}
