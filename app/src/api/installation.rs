//! *Settings › Installation*, for admins.

use crate::domain::{Installation, SalesforceUse};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// What the installation is made of and whether it answers.
#[server(prefix = "/actions", endpoint = "installation/get", input = Json)]
pub async fn get_installation() -> Result<Installation, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.installation(&admin).await
}

/// Whether organisations need a Salesforce account ID.
#[server(prefix = "/actions", endpoint = "installation/uses-salesforce", input = Json)]
pub async fn uses_salesforce() -> Result<SalesforceUse, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.uses_salesforce(&admin).await
}

/// Turns the switch *This installation uses Salesforce*; an unticked box is
/// not sent by browsers and means off.
#[server(prefix = "/actions", endpoint = "installation/set-uses-salesforce")]
pub async fn set_uses_salesforce(
    #[server(default)] uses_salesforce: bool,
) -> Result<SalesforceUse, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    let on = SalesforceUse(uses_salesforce);
    desk.set_uses_salesforce(&admin, on).await?;
    Ok(on)
}
