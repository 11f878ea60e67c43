//! The partner's own pages.

use crate::domain::{Organisation, PartnerUser};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// What a partner user sees first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerHome {
    /// Their organisation.
    pub organisation: Organisation,
    /// Everybody in it, themselves included.
    pub colleagues: Vec<PartnerUser>,
}

/// The partner's first page.
#[server(prefix = "/actions", endpoint = "partner/home", input = Json)]
pub async fn get_partner_home() -> Result<PartnerHome, PublicError> {
    let (partner, desk) = super::context::partner_desk()?;
    Ok(PartnerHome {
        organisation: desk.organisation(&partner).await?,
        colleagues: desk.colleagues(&partner).await?,
    })
}
