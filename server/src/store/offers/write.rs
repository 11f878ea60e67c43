//! Writing offers.

use super::{ADD_ON, CHANGE};
use crate::store::{Connection, StoreError, StoreResult, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::text::comparison_key;
use partners_app::domain::{Audience, OfferContent, OfferId, Timestamp, day};
use serde::Serialize;

const INSERT: &str = "INSERT INTO offer \
     (id, creation_key, version, rate_plan, kind, name, name_key, description, features, labels, \
      channels, for_all, term_months, auto_renew, visible_from, visible_until, state, created_at, \
      updated_at, updated_by) \
     VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18)";

const UPDATE: &str = "UPDATE offer \
     SET version = version + 1, rate_plan = $3, kind = $4, name = $5, name_key = $6, \
         description = $7, features = $8, labels = $9, channels = $10, for_all = $11, \
         term_months = $12, auto_renew = $13, visible_from = $14, visible_until = $15, \
         state = $16, updated_at = $17, updated_by = $18 \
     WHERE id = $1 AND version = $2";

const FORGET_PARTNERS: &str = "DELETE FROM offer_partner WHERE offer_id = $1";
const FORGET_LINKS: &str = "DELETE FROM offer_link WHERE offer_id = $1";
const ADD_PARTNER: &str = "INSERT INTO offer_partner (offer_id, organisation_id) VALUES ($1, $2)";
const ADD_LINK: &str = "INSERT INTO offer_link (offer_id, kind, other_id) VALUES ($1, $2, $3)";

/// The columns of an offer's content that are written otherwise than they are
/// held, so that both statements bind the same.
struct Columns {
    features: String,
    labels: String,
    channels: String,
    months: Option<i64>,
    visible_from: Option<String>,
    visible_until: Option<String>,
}

impl Columns {
    fn of(content: &OfferContent) -> StoreResult<Self> {
        Ok(Self {
            features: json(&content.features)?,
            labels: json(&content.labels)?,
            channels: json(&content.channels)?,
            months: content.term.months.map(i64::from),
            visible_from: content.visible_from.map(day::iso),
            visible_until: content.visible_until.map(day::iso),
        })
    }
}

fn json<T: Serialize>(list: &[T]) -> StoreResult<String> {
    serde_json::to_string(list).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// Binds $3 to $18 of either statement; the engines have a type of query each.
macro_rules! bind_content {
    ($query:expr, $content:ident, $columns:ident, $writing:ident) => {
        $query
            .bind($content.rate_plan.as_str())
            .bind($content.kind.as_str())
            .bind(&$content.name)
            .bind(comparison_key(&$content.name))
            .bind(&$content.description)
            .bind(&$columns.features)
            .bind(&$columns.labels)
            .bind(&$columns.channels)
            .bind($content.eligible == Audience::All)
            .bind($columns.months)
            .bind($content.term.auto_renew)
            .bind(&$columns.visible_from)
            .bind(&$columns.visible_until)
            .bind($content.state.as_str())
            .bind($writing.now.millis())
            .bind($writing.by)
    };
}

/// Who writes an offer, and when.
#[derive(Clone, Copy)]
pub struct Writing<'a> {
    /// The admin's name.
    pub by: &'a str,
    /// When.
    pub now: Timestamp,
}

/// Writes a new offer. Organisations and offers it names have to exist.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where one was created with this key before.
pub async fn insert(
    mut connection: Connection<'_>,
    id: OfferId,
    key: CreationKey,
    content: &OfferContent,
    writing: Writing<'_>,
) -> StoreResult<()> {
    let columns = Columns::of(content)?;
    on_engine!(&mut connection, engine => {
        bind_content!(sqlx::query(INSERT).bind(id.0).bind(key), content, columns, writing)
            .execute(&mut **engine)
            .await?;
    });
    add_rows(connection, id, content).await
}

/// Replaces what was said about the offer as it was at `version`; false where
/// it has changed since. Organisations and offers it names have to exist.
///
/// # Errors
/// Where the database fails.
pub async fn update(
    mut connection: Connection<'_>,
    id: OfferId,
    version: i64,
    content: &OfferContent,
    writing: Writing<'_>,
) -> StoreResult<bool> {
    let columns = Columns::of(content)?;
    let changed = on_engine!(&mut connection, engine => {
        bind_content!(sqlx::query(UPDATE).bind(id.0).bind(version), content, columns, writing)
            .execute(&mut **engine)
            .await?
            .rows_affected()
    });
    if changed != 1 {
        return Ok(false);
    }
    on_engine!(&mut connection, engine => {
        sqlx::query(FORGET_PARTNERS).bind(id.0).execute(&mut **engine).await?;
        sqlx::query(FORGET_LINKS).bind(id.0).execute(&mut **engine).await?;
    });
    add_rows(connection, id, content).await?;
    Ok(true)
}

/// Writes what stands in tables of its own.
async fn add_rows(
    mut connection: Connection<'_>,
    id: OfferId,
    content: &OfferContent,
) -> StoreResult<()> {
    if let Audience::Chosen(chosen) = &content.eligible {
        for organisation in chosen {
            on_engine!(&mut connection, engine => {
                let insert = sqlx::query(ADD_PARTNER).bind(id.0).bind(organisation.0);
                insert.execute(&mut **engine).await?;
            });
        }
    }
    let add_ons = content.add_ons.iter().map(|other| (ADD_ON, other));
    let changes = content.changes_to.iter().map(|other| (CHANGE, other));
    for (kind, other) in add_ons.chain(changes) {
        on_engine!(&mut connection, engine => {
            let insert = sqlx::query(ADD_LINK).bind(id.0).bind(kind).bind(other.0);
            insert.execute(&mut **engine).await?;
        });
    }
    Ok(())
}
