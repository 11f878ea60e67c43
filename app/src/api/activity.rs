//! The audit trail, for admins.

use crate::domain::{ActivityPage, ActivityQuery};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// A page of the audit trail.
#[server(prefix = "/actions", endpoint = "activity/list", input = Json)]
pub async fn list_activity(query: ActivityQuery) -> Result<ActivityPage, PublicError> {
    let (admin, desk) = super::context::activity_desk()?;
    desk.activity(&admin, &query).await
}
