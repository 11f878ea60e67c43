//! Who reaches which partner pages.

use crate::store::{Connection, StoreResult, partner_pages};
use partners_app::desks::Sight;
use partners_app::domain::{OpenPages, OrganisationId, PartnerPages};
use partners_app::error::PublicError;

/// What the settings open to an organisation's users. Where no billing system
/// is connected nothing is open, whatever they say: see [`closed`].
///
/// # Errors
/// Where the database fails.
pub async fn open_pages(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<OpenPages> {
    partner_pages::open(connection, organisation).await
}

/// Lets an organisation's users pass where these pages are open to them, and
/// admins always.
///
/// # Errors
/// Where the database fails; inside, [`PublicError::Closed`].
pub async fn admit(
    mut connection: Connection<'_>,
    sight: &Sight,
    pages: PartnerPages,
) -> StoreResult<Result<(), PublicError>> {
    let Sight::Partner(partner) = sight else { return Ok(Ok(())) };
    if open_pages(connection.lend(), partner.organisation()).await?.has(pages) {
        return Ok(Ok(()));
    }
    Ok(Err(closed(connection, pages).await?))
}

/// What those are told to whom these pages are not open: whom to ask.
///
/// # Errors
/// Where the database fails.
pub async fn closed(connection: Connection<'_>, pages: PartnerPages) -> StoreResult<PublicError> {
    Ok(PublicError::Closed { pages, contact: partner_pages::contact(connection).await? })
}
