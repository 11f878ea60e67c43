//! Server functions: authorise, call a desk, hand the answer on. Nothing else.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of each function's arguments, whose fields cannot be given docs"
)]
#![expect(
    clippy::too_many_arguments,
    reason = "a form's fields are the arguments of the function it is posted to"
)]

pub mod accounts;
pub mod activity;
pub mod api_clients;
pub mod imports;
pub mod installation;
pub mod jump;
pub mod offers;
pub mod orders;
pub mod organisations;
pub mod partner;
pub mod partner_pages;
pub mod self_service;
pub mod shop;
pub mod sign_in;
pub mod theme;
pub mod two_step;
pub mod users;
pub mod webhooks;

#[cfg(feature = "ssr")]
mod context {
    use crate::desks::{
        ActivityDesk, Admin, AdminDesk, ApiClientsDesk, ImportsDesk, Manager, OffersDesk,
        PartnerDesk, PartnerSession, Person, SelfServiceDesk, SessionProof, ShopDesk, Sight,
        SignInDesk, TwoStepDesk, Visitor, WebhooksDesk,
    };
    use crate::domain::OrganisationId;
    use crate::error::PublicError;
    use http::header::SET_COOKIE;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use std::sync::Arc;

    /// The desks, as the server put them into the context.
    #[derive(Clone)]
    pub struct Desks {
        /// For anybody.
        pub sign_in: Arc<dyn SignInDesk>,
        /// For anybody, and for admins: signing in in two steps.
        pub two_step: Arc<dyn TwoStepDesk>,
        /// For admins.
        pub admin: Arc<dyn AdminDesk>,
        /// For partner users.
        pub partner: Arc<dyn PartnerDesk>,
        /// For admins: who may use the API.
        pub api_clients: Arc<dyn ApiClientsDesk>,
        /// For admins: what is sold, and who sells it.
        pub offers: Arc<dyn OffersDesk>,
        /// For admins: what was done.
        pub activity: Arc<dyn ActivityDesk>,
        /// For admins: files of organisations and users.
        pub imports: Arc<dyn ImportsDesk>,
        /// For admins: who is told of it.
        pub webhooks: Arc<dyn WebhooksDesk>,
        /// For partner users: what they sell.
        pub shop: Arc<dyn ShopDesk>,
        /// For partner users: what came of it.
        pub self_service: Arc<dyn SelfServiceDesk>,
    }

    fn desks() -> Result<Desks, PublicError> {
        use_context().ok_or(PublicError::Unreachable)
    }

    pub(crate) fn visitor() -> Result<Visitor, PublicError> {
        use_context().ok_or(PublicError::Unreachable)
    }

    pub(crate) fn sign_in_desk() -> Result<(Visitor, Arc<dyn SignInDesk>), PublicError> {
        Ok((visitor()?, desks()?.sign_in))
    }

    pub(crate) fn two_step_desk() -> Result<(Visitor, Arc<dyn TwoStepDesk>), PublicError> {
        Ok((visitor()?, desks()?.two_step))
    }

    pub(crate) fn own_two_step_desk() -> Result<(Person, Arc<dyn TwoStepDesk>), PublicError> {
        let person = match visitor()?.session {
            SessionProof::Admin(admin) => Person::Admin(admin),
            SessionProof::Partner(partner) => Person::Partner(partner),
            SessionProof::Nobody => return Err(PublicError::NotSignedIn),
        };
        Ok((person, desks()?.two_step))
    }

    pub(crate) fn admin_two_step_desk() -> Result<(Admin, Arc<dyn TwoStepDesk>), PublicError> {
        Ok((admin_desk()?.0, desks()?.two_step))
    }

    pub(crate) fn admin_desk() -> Result<(Admin, Arc<dyn AdminDesk>), PublicError> {
        match visitor()?.session {
            SessionProof::Admin(admin) => Ok((admin, desks()?.admin)),
            SessionProof::Partner(_) => Err(PublicError::NotFound),
            SessionProof::Nobody => Err(PublicError::NotSignedIn),
        }
    }

    pub(crate) fn partner_desk() -> Result<(PartnerSession, Arc<dyn PartnerDesk>), PublicError> {
        match visitor()?.session {
            SessionProof::Partner(partner) => Ok((partner, desks()?.partner)),
            SessionProof::Admin(_) => Err(PublicError::NotFound),
            SessionProof::Nobody => Err(PublicError::NotSignedIn),
        }
    }

    /// Who is no manager learns nothing of what managers may do.
    pub(crate) fn team_desk() -> Result<(Manager, Arc<dyn PartnerDesk>), PublicError> {
        let (partner, desk) = partner_desk()?;
        Ok((partner.as_manager().ok_or(PublicError::NotFound)?, desk))
    }

    pub(crate) fn api_clients_desk() -> Result<(Admin, Arc<dyn ApiClientsDesk>), PublicError> {
        Ok((admin_desk()?.0, desks()?.api_clients))
    }

    pub(crate) fn offers_desk() -> Result<(Admin, Arc<dyn OffersDesk>), PublicError> {
        Ok((admin_desk()?.0, desks()?.offers))
    }

    pub(crate) fn activity_desk() -> Result<(Admin, Arc<dyn ActivityDesk>), PublicError> {
        Ok((admin_desk()?.0, desks()?.activity))
    }

    pub(crate) fn imports_desk() -> Result<(Admin, Arc<dyn ImportsDesk>), PublicError> {
        Ok((admin_desk()?.0, desks()?.imports))
    }

    pub(crate) fn webhooks_desk() -> Result<(Admin, Arc<dyn WebhooksDesk>), PublicError> {
        Ok((admin_desk()?.0, desks()?.webhooks))
    }

    pub(crate) fn shop_desk() -> Result<(PartnerSession, Arc<dyn ShopDesk>), PublicError> {
        Ok((partner_desk()?.0, desks()?.shop))
    }

    pub(crate) fn shop_in_sight(
        organisation: Option<OrganisationId>,
    ) -> Result<(Sight, Arc<dyn ShopDesk>), PublicError> {
        Ok((sight(organisation)?, desks()?.shop))
    }

    pub(crate) fn self_service_in_sight(
        organisation: Option<OrganisationId>,
    ) -> Result<(Sight, Arc<dyn SelfServiceDesk>), PublicError> {
        Ok((sight(organisation)?, desks()?.self_service))
    }

    /// Who may see what is one organisation's: its users without naming it, and
    /// an admin who names it. To anybody else there is nothing.
    fn sight(organisation: Option<OrganisationId>) -> Result<Sight, PublicError> {
        match (visitor()?.session, organisation) {
            (SessionProof::Partner(partner), None) => Ok(Sight::Partner(partner)),
            (SessionProof::Admin(admin), Some(organisation)) => {
                Ok(Sight::Admin(admin, organisation))
            }
            (SessionProof::Nobody, _) => Err(PublicError::NotSignedIn),
            _ => Err(PublicError::NotFound),
        }
    }

    pub(crate) fn set_cookies(cookies: &[String]) {
        let Some(response) = use_context::<ResponseOptions>() else { return };
        for cookie in cookies {
            if let Ok(value) = http::HeaderValue::from_str(cookie) {
                response.append_header(SET_COOKIE, value);
            }
        }
    }
}

#[cfg(feature = "ssr")]
pub use context::Desks;
