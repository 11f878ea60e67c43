//! Offers in the database.

mod write;

pub use write::{Writing, insert, update};

use super::{Connection, StoreError, StoreResult, catalog, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::billing::{RatePlanId, Term};
use partners_app::domain::{
    Audience, Offer, OfferContent, OfferId, OfferKind, OfferState, OrganisationId, SalesChannel,
    Timestamp, day,
};
use std::collections::HashMap;
use time::Date;
use uuid::Uuid;

/// Reads offers with what the catalog says of their plans. What follows chooses
/// which and says in which order.
macro_rules! select {
    ($($rest:literal),+) => {
        concat!(
            "SELECT o.id, o.version, o.rate_plan, o.kind, o.name, o.description, o.features, \
             o.labels, o.channels, o.for_all, o.term_months, o.auto_renew, o.visible_from, \
             o.visible_until, o.state, o.created_at, o.updated_at, o.updated_by, \
             c.content AS plan, c.is_lost \
             FROM offer o LEFT JOIN catalog_plan c ON c.rate_plan = o.rate_plan ",
            $($rest),+
        )
    };
}

const BY_ID: &str = select!("WHERE o.id = $1");
const BY_CREATION_KEY: &str = select!("WHERE o.creation_key = $1");
const ALL: &str = select!("ORDER BY o.name_key, o.id");
const ELIGIBLE: &str = select!(
    "WHERE o.state = 'published' \
       AND (o.for_all OR EXISTS (SELECT 1 FROM offer_partner p \
                                 WHERE p.offer_id = o.id AND p.organisation_id = $1)) \
     ORDER BY o.name_key, o.id"
);

const PARTNERS_OF_ONE: &str = "SELECT offer_id, organisation_id FROM offer_partner \
     WHERE offer_id = $1 ORDER BY organisation_id";
const LINKS_OF_ONE: &str = "SELECT offer_id, kind, other_id FROM offer_link \
     WHERE offer_id = $1 ORDER BY other_id";
const PARTNERS: &str =
    "SELECT offer_id, organisation_id FROM offer_partner ORDER BY organisation_id";
const LINKS: &str = "SELECT offer_id, kind, other_id FROM offer_link ORDER BY other_id";

/// The kind of a link to an add-on that an offer allows …
const ADD_ON: &str = "add_on";
/// … and of one to a plan that it may be changed to.
const CHANGE: &str = "change";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    version: i64,
    rate_plan: String,
    kind: String,
    name: String,
    description: String,
    features: String,
    labels: String,
    channels: String,
    for_all: bool,
    term_months: Option<i64>,
    auto_renew: bool,
    visible_from: Option<String>,
    visible_until: Option<String>,
    state: String,
    created_at: i64,
    updated_at: i64,
    updated_by: String,
    plan: Option<String>,
    is_lost: Option<bool>,
}

/// What stands in tables of its own: an offer and an organisation, …
type PartnerRow = (Uuid, Uuid);
/// … an offer, what the link means, and another offer.
type LinkRow = (Uuid, String, Uuid);

/// An offer without what stands in tables of its own.
fn bare(record: Record) -> StoreResult<Offer> {
    let id = record.id;
    let unreadable = |what: &str| StoreError::Unreadable(format!("offer {id} has a bad {what}"));
    let list = |text: &str, what| serde_json::from_str(text).map_err(|_| unreadable(what));
    let date = |text: Option<String>, what| {
        text.map(|text| day::parse(&text)).transpose().map_err(|_| unreadable(what))
    };
    let channels: Vec<SalesChannel> =
        serde_json::from_str(&record.channels).map_err(|_| unreadable("sales channel"))?;
    let months = record.term_months.map(u32::try_from).transpose();
    Ok(Offer {
        id: OfferId(id),
        version: record.version,
        content: OfferContent {
            rate_plan: RatePlanId(record.rate_plan),
            kind: OfferKind::parse(&record.kind).ok_or_else(|| unreadable("kind"))?,
            name: record.name,
            description: record.description,
            features: list(&record.features, "feature")?,
            labels: list(&record.labels, "label")?,
            channels,
            eligible: if record.for_all { Audience::All } else { Audience::Chosen(Vec::new()) },
            add_ons: Vec::new(),
            changes_to: Vec::new(),
            term: Term {
                months: months.map_err(|_| unreadable("term"))?,
                auto_renew: record.auto_renew,
            },
            visible_from: date(record.visible_from, "first day")?,
            visible_until: date(record.visible_until, "last day")?,
            state: OfferState::parse(&record.state).ok_or_else(|| unreadable("state"))?,
        },
        is_lost: record.is_lost.unwrap_or_default(),
        plan: record.plan.as_deref().map(catalog::plan).transpose()?,
        created_at: Timestamp::from_millis(record.created_at),
        updated_at: Timestamp::from_millis(record.updated_at),
        updated_by: record.updated_by,
    })
}

fn whole(
    records: Vec<Record>,
    partners: Vec<PartnerRow>,
    links: Vec<LinkRow>,
) -> StoreResult<Vec<Offer>> {
    let mut offers = records.into_iter().map(bare).collect::<StoreResult<Vec<_>>>()?;
    let places: HashMap<Uuid, usize> =
        offers.iter().enumerate().map(|(place, offer)| (offer.id.0, place)).collect();
    let mut contents: Vec<&mut OfferContent> =
        offers.iter_mut().map(|offer| &mut offer.content).collect();
    for (offer, organisation) in partners {
        let content = places.get(&offer).and_then(|place| contents.get_mut(*place));
        if let Some(Audience::Chosen(chosen)) = content.map(|content| &mut content.eligible) {
            chosen.push(OrganisationId(organisation));
        }
    }
    for (offer, kind, other) in links {
        let Some(content) = places.get(&offer).and_then(|place| contents.get_mut(*place)) else {
            continue;
        };
        let list = if kind == ADD_ON { &mut content.add_ons } else { &mut content.changes_to };
        list.push(OfferId(other));
    }
    Ok(offers)
}

/// The offer with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(connection: Connection<'_>, id: OfferId) -> StoreResult<Option<Offer>> {
    one(connection, BY_ID, id.0).await
}

/// The offer that was created with this key.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
) -> StoreResult<Option<Offer>> {
    one(connection, BY_CREATION_KEY, key).await
}

async fn one(
    mut connection: Connection<'_>,
    sql: &'static str,
    id: Uuid,
) -> StoreResult<Option<Offer>> {
    let record: Option<Record> = on_engine!(&mut connection, engine => {
        sqlx::query_as(sql).bind(id).fetch_optional(&mut **engine).await?
    });
    let Some(record) = record else { return Ok(None) };
    let (partners, links) = on_engine!(connection, engine => {
        let partners = sqlx::query_as(PARTNERS_OF_ONE).bind(record.id);
        let partners = partners.fetch_all(&mut *engine).await?;
        let links = sqlx::query_as(LINKS_OF_ONE).bind(record.id).fetch_all(engine).await?;
        (partners, links)
    });
    Ok(whole(vec![record], partners, links)?.pop())
}

/// All offers, by name.
///
/// # Errors
/// Where the database fails.
pub async fn all(connection: Connection<'_>) -> StoreResult<Vec<Offer>> {
    let (records, partners, links) = on_engine!(connection, engine => {
        let records = sqlx::query_as(ALL).fetch_all(&mut *engine).await?;
        let partners = sqlx::query_as(PARTNERS).fetch_all(&mut *engine).await?;
        let links = sqlx::query_as(LINKS).fetch_all(engine).await?;
        (records, partners, links)
    });
    whole(records, partners, links)
}

/// The plans and add-ons that an organisation may sell on a day over a channel,
/// by name. Of the eligible partners of each only this one is named.
///
/// # Errors
/// Where the database fails.
pub async fn sold_to(
    connection: Connection<'_>,
    organisation: OrganisationId,
    day: Date,
    channel: SalesChannel,
) -> StoreResult<Vec<Offer>> {
    let (records, links): (Vec<Record>, Vec<LinkRow>) = on_engine!(connection, engine => {
        let records = sqlx::query_as(ELIGIBLE).bind(organisation.0).fetch_all(&mut *engine).await?;
        let links = sqlx::query_as(LINKS).fetch_all(engine).await?;
        (records, links)
    });
    let partners = records.iter().map(|record| (record.id, organisation.0)).collect();
    let mut offers = whole(records, partners, links)?;
    offers.retain(|offer| offer.is_sold_on(day) && offer.content.channels.contains(&channel));
    Ok(offers)
}
