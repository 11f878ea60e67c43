//! Jumping to organisations and users, for admins.

use crate::domain::Jump;
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The organisations and users that match a text, a few of each.
#[server(prefix = "/actions", endpoint = "jump/find", input = Json)]
pub async fn find_jumps(text: String) -> Result<Vec<Jump>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.jumps(&admin, &text).await
}
