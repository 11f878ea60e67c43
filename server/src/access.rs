//! Who reaches which partner pages.

use crate::accounts::Accounts;
use crate::store::{Connection, StoreResult, partner_pages};
use partners_app::desks::Sight;
use partners_app::domain::{OpenPages, OrganisationId, PartnerPages};
use partners_app::error::PublicError;

/// What the settings open to an organisation's users. Where no billing system
/// is connected nothing is, whatever they say.
///
/// # Errors
/// Where the database fails.
pub async fn open_pages(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<OpenPages> {
    partner_pages::open(connection, organisation).await
}

/// Lets an organisation's users pass where a billing system is connected and
/// these pages are open to them, and admins always.
///
/// # Errors
/// Where the database fails; inside, [`PublicError::Closed`].
pub async fn admit(
    mut connection: Connection<'_>,
    accounts: &Accounts,
    sight: &Sight,
    pages: PartnerPages,
) -> StoreResult<Result<(), PublicError>> {
    let Sight::Partner(partner) = sight else { return Ok(Ok(())) };
    if accounts.billing().is_some()
        && open_pages(connection.lend(), partner.organisation()).await?.has(pages)
    {
        return Ok(Ok(()));
    }
    let contact = partner_pages::contact(connection).await?;
    Ok(Err(PublicError::Closed { pages, contact }))
}
