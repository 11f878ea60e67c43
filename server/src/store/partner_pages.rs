//! Who reaches which partner pages.

use super::{Connection, StoreError, StoreResult, on_engine, settings};
use partners_app::domain::{
    Audience, OpenPages, OrganisationId, PageAccess, PartnerPages, PartnerPagesSettings,
};
use uuid::Uuid;

/// The setting with the text on whom to ask.
const CONTACT: &str = "partner_pages_contact";

const ACCESS: &str = "SELECT access FROM partner_page WHERE pages = $1";
const CHOSEN: &str = "SELECT organisation_id FROM partner_page_organisation WHERE pages = $1 \
     ORDER BY organisation_id";

const OPEN: &str = "SELECT pages FROM partner_page p WHERE access = 'all' OR access = 'chosen' \
     AND EXISTS (SELECT 1 FROM partner_page_organisation o \
                 WHERE o.pages = p.pages AND o.organisation_id = $1)";

const SET: &str = "UPDATE partner_page SET access = $1 WHERE pages = $2";
const FORGET: &str = "DELETE FROM partner_page_organisation WHERE pages = $1";
const CHOOSE: &str =
    "INSERT INTO partner_page_organisation (pages, organisation_id) VALUES ($1, $2)";

/// What an organisation's users reach.
///
/// # Errors
/// Where the database fails.
pub async fn open(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<OpenPages> {
    let open: Vec<String> = on_engine!(connection, engine => {
        sqlx::query_scalar(OPEN).bind(organisation.0).fetch_all(engine).await?
    });
    let has = |pages: PartnerPages| open.iter().any(|open| open == pages.as_str());
    Ok(OpenPages { shop: has(PartnerPages::Shop), self_service: has(PartnerPages::SelfService) })
}

/// Whom partner users are told to ask; may be empty.
///
/// # Errors
/// Where the database fails.
pub async fn contact(connection: Connection<'_>) -> StoreResult<String> {
    Ok(settings::get(connection, CONTACT).await?.unwrap_or_default())
}

/// The settings.
///
/// # Errors
/// Where the database fails.
pub async fn get(mut connection: Connection<'_>) -> StoreResult<PartnerPagesSettings> {
    Ok(PartnerPagesSettings {
        shop: access(connection.lend(), PartnerPages::Shop).await?,
        self_service: access(connection.lend(), PartnerPages::SelfService).await?,
        contact: contact(connection).await?,
    })
}

async fn access(mut connection: Connection<'_>, pages: PartnerPages) -> StoreResult<PageAccess> {
    let word: String = on_engine!(&mut connection, engine => {
        sqlx::query_scalar(ACCESS).bind(pages.as_str()).fetch_one(&mut **engine).await?
    });
    match word.as_str() {
        "off" => Ok(PageAccess::Off),
        "all" => Ok(PageAccess::For(Audience::All)),
        "chosen" => {
            let chosen: Vec<Uuid> = on_engine!(connection, engine => {
                sqlx::query_scalar(CHOSEN).bind(pages.as_str()).fetch_all(engine).await?
            });
            let chosen = chosen.into_iter().map(OrganisationId).collect();
            Ok(PageAccess::For(Audience::Chosen(chosen)))
        }
        other => Err(StoreError::Unreadable(format!("access to pages is {other}"))),
    }
}

/// Replaces the settings. The organisations have to exist.
///
/// # Errors
/// Where the database fails.
pub async fn set(
    mut connection: Connection<'_>,
    settings: &PartnerPagesSettings,
) -> StoreResult<()> {
    set_access(connection.lend(), PartnerPages::Shop, &settings.shop).await?;
    set_access(connection.lend(), PartnerPages::SelfService, &settings.self_service).await?;
    settings::set(connection, CONTACT, &settings.contact).await
}

async fn set_access(
    mut connection: Connection<'_>,
    pages: PartnerPages,
    access: &PageAccess,
) -> StoreResult<()> {
    on_engine!(&mut connection, engine => {
        sqlx::query(SET).bind(access.as_str()).bind(pages.as_str()).execute(&mut **engine).await?;
        sqlx::query(FORGET).bind(pages.as_str()).execute(&mut **engine).await?;
    });
    let PageAccess::For(Audience::Chosen(chosen)) = access else { return Ok(()) };
    for organisation in chosen {
        on_engine!(&mut connection, engine => {
            sqlx::query(CHOOSE)
                .bind(pages.as_str())
                .bind(organisation.0)
                .execute(&mut **engine)
                .await?;
        });
    }
    Ok(())
}
