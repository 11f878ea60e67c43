//! *Settings › Profile › Partners*

mod account_fields;
mod create;
mod list;
mod organisation;
mod rows;
mod toolbar;

use crate::part::page_in_part;
use create::CreatePartnerPage;
use list::PartnersPage;
use organisation::{OrganisationPage, UsersTab};

page_in_part!(
    /// `/settings/profile/partners`
    PartnersRoute, partners, partners_page, preload_partners, PartnersPage
);
page_in_part!(
    /// `/settings/profile/partners/new`
    CreatePartnerRoute, settings, create_partner_page, preload_create_partner, CreatePartnerPage
);
page_in_part!(
    /// Everything under `/settings/profile/partners/{id}`: what is around the tabs.
    OrganisationRoute, settings, organisation_page, preload_organisation, OrganisationPage
);
page_in_part!(
    /// `/settings/profile/partners/{id}`
    UsersTabRoute, settings, users_tab, preload_users_tab, UsersTab
);
