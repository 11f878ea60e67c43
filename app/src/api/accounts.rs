//! Accounts of the billing system, for admins.

use crate::domain::{AccountCheck, AccountLookup, AccountSummary, OrganisationId};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The account with this ID or number.
#[server(prefix = "/actions", endpoint = "accounts/find", input = Json)]
pub async fn find_account(account: String) -> Result<AccountLookup, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    match crate::domain::ZuoraAccountId::parse(&account) {
        Ok(account) => desk.find_account(&admin, &account).await,
        Err(_) => Ok(AccountLookup::Unknown),
    }
}

/// A few accounts whose name or number begins with this text.
#[server(prefix = "/actions", endpoint = "accounts/search", input = Json)]
pub async fn search_accounts(text: String) -> Result<Vec<AccountSummary>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.search_accounts(&admin, text.trim()).await
}

/// What is known of an organisation's account; nothing while no billing system
/// is connected.
#[server(prefix = "/actions", endpoint = "accounts/checked", input = Json)]
pub async fn checked_account(
    organisation: OrganisationId,
) -> Result<Option<AccountCheck>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.checked_account(&admin, organisation).await
}

/// *Check again*: looks an organisation's account up once more.
#[server(prefix = "/actions", endpoint = "accounts/check")]
pub async fn check_account(
    organisation: OrganisationId,
) -> Result<Option<AccountCheck>, PublicError> {
    let (admin, desk) = super::context::admin_desk()?;
    desk.check_account(&admin, organisation).await
}
