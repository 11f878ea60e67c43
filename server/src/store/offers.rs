//! Offers in the database.
use super::{Connection, StoreResult};
use partners_app::domain::{Offer, OfferId, OrganisationId, SalesChannel};
use time::Date;
pub async fn by_id(_c: Connection<'_>, _id: OfferId) -> StoreResult<Option<Offer>> {
    Ok(None)
}
pub async fn all(_c: Connection<'_>) -> StoreResult<Vec<Offer>> {
    Ok(Vec::new())
}
pub async fn sold_to(
    _c: Connection<'_>,
    _o: OrganisationId,
    _d: Date,
    _s: SalesChannel,
) -> StoreResult<Vec<Offer>> {
    Ok(Vec::new())
}
