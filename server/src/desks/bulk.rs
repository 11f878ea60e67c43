//! What admins do with several partner organisations at once.

use super::{AdminOffice, OrPublic};
use crate::store::audit::{self, Actor, Event};
use crate::store::{StoreError, organisations, sessions};
use partners_app::desks::{Admin, BULK_LIMIT};
use partners_app::domain::text::comparison_key;
use partners_app::domain::{BulkOutcome, BulkResult, Organisation, OrganisationId};
use partners_app::error::PublicError;
use serde_json::json;
use std::collections::BTreeSet;

impl AdminOffice {
    /// Suspends or reactivates several organisations in one transaction.
    pub(super) async fn switch_several(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
        suspended: bool,
    ) -> Result<Vec<BulkResult>, PublicError> {
        let ids = &once_each(ids)?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let (mut results, mut events) = (Vec::with_capacity(ids.len()), Vec::new());
            for id in ids {
                let Some(found) = organisations::by_id(writer.connection(), *id).await? else {
                    let (name, outcome) = (String::new(), BulkOutcome::Gone);
                    results.push(BulkResult { id: *id, name, outcome });
                    continue;
                };
                let since = suspended.then_some(now);
                let changed = organisations::set_suspended(writer.connection(), *id, since).await?;
                if changed {
                    if suspended {
                        sessions::delete_of_organisation(writer.connection(), *id).await?;
                    }
                    events.push(switched(*id, suspended));
                }
                let outcome = if changed { BulkOutcome::Changed } else { BulkOutcome::WasSo };
                results.push(BulkResult { id: *id, name: found.name.to_string(), outcome });
            }
            for event in &events {
                audit::record(writer.connection(), now, &Actor::from(admin), event).await?;
            }
            writer.commit().await?;
            results.sort_by_cached_key(|result| (comparison_key(&result.name), result.id));
            Ok::<_, StoreError>(results)
        };
        write.await.or_public(admin.origin())
    }

    pub(super) async fn several(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
    ) -> Result<Vec<Organisation>, PublicError> {
        let ids = once_each(ids)?;
        let read = async {
            let mut reader = self.store.read().await?;
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(organisations::by_id(reader.connection(), id).await?);
            }
            Ok::<_, StoreError>(found)
        };
        let mut found = read.await.or_public(admin.origin())?;
        found.sort_by_cached_key(|organisation| (organisation.name.key(), organisation.id));
        Ok(found)
    }
}

/// The IDs without repetitions, in the order in which everybody has the turns
/// of several organisations: two who wait for each other would both fail.
///
/// # Errors
/// Where none was chosen, or more than can be at once.
fn once_each(ids: &[OrganisationId]) -> Result<Vec<OrganisationId>, PublicError> {
    let once: BTreeSet<_> = ids.iter().copied().collect();
    match once.len() {
        0 => Err(PublicError::Refused("Choose at least one partner organisation.".to_owned())),
        number if number > usize::from(BULK_LIMIT) => Err(PublicError::Refused(format!(
            "Choose at most {BULK_LIMIT} partner organisations at once."
        ))),
        _ => Ok(once.into_iter().collect()),
    }
}

fn switched(id: OrganisationId, suspended: bool) -> Event {
    Event {
        action: if suspended { "organisation.suspended" } else { "organisation.reactivated" },
        organisation: Some(id),
        subject: Some(id.0),
        changes: json!({ "suspended": [!suspended, suspended] }),
    }
}
