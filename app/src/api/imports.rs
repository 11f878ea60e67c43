//! Files of organisations and users, and several organisations at once; for
//! admins.

use crate::domain::{
    BulkResult, Import, ImportId, ImportPage, ImportProgress, Organisation, OrganisationId,
    RowsShown,
};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The latest imports.
#[server(prefix = "/actions", endpoint = "imports/list", input = Json)]
pub async fn list_imports() -> Result<Vec<Import>, PublicError> {
    let (admin, desk) = super::context::imports_desk()?;
    desk.imports(&admin).await
}

/// An import and some of its rows.
#[server(prefix = "/actions", endpoint = "imports/get", input = Json)]
pub async fn get_import(
    id: ImportId,
    #[server(default)] shown: RowsShown,
    #[server(default)] after: Option<i64>,
    #[server(default)] before: Option<i64>,
) -> Result<ImportPage, PublicError> {
    let (admin, desk) = super::context::imports_desk()?;
    desk.import(&admin, id, crate::desks::RowsAsked { shown, after, before }).await
}

/// How far an import has come.
#[server(prefix = "/actions", endpoint = "imports/progress", input = Json)]
pub async fn get_import_progress(id: ImportId) -> Result<ImportProgress, PublicError> {
    let (admin, desk) = super::context::imports_desk()?;
    desk.progress(&admin, id).await
}

/// *Check again*, below the columns: looks at all rows anew.
#[server(prefix = "/actions", endpoint = "imports/match-columns")]
pub async fn match_columns(
    id: ImportId,
    kind: String,
    #[server(default)] columns: Vec<String>,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::imports_desk()?;
    let kind = kind.parse().map_err(PublicError::Refused)?;
    let matching = crate::domain::Matching::parse(kind, &columns).map_err(PublicError::Invalid)?;
    desk.match_columns(&admin, id, matching).await
}

/// *Import*: has what is ready created, with the columns that were shown.
#[server(prefix = "/actions", endpoint = "imports/start")]
pub async fn start_import(
    id: ImportId,
    kind: String,
    #[server(default)] columns: Vec<String>,
    #[server(default)] accept_lookalikes: bool,
) -> Result<(), PublicError> {
    let (admin, desk) = super::context::imports_desk()?;
    let kind = kind.parse().map_err(PublicError::Refused)?;
    let matching = crate::domain::Matching::parse(kind, &columns).map_err(PublicError::Invalid)?;
    desk.start(&admin, id, matching, accept_lookalikes).await
}

/// The organisations that were chosen in the table, by name.
#[server(prefix = "/actions", endpoint = "organisations/chosen", input = Json)]
pub async fn chosen_organisations(
    ids: Vec<OrganisationId>,
) -> Result<Vec<Organisation>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.chosen_organisations(&admin, &ids).await
}

/// *Suspend* or *Reactivate* for several organisations at once.
#[server(prefix = "/actions", endpoint = "organisations/set-several-suspended")]
pub async fn set_organisations_suspended(
    #[server(default)] ids: Vec<OrganisationId>,
    #[server(default)] suspended: bool,
) -> Result<Vec<BulkResult>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.set_organisations_suspended(&admin, &ids, suspended).await
}
