//! *Settings › Profile › Partners*

mod account_fields;
mod chosen;
mod create;
mod delete;
mod list;
mod organisation;
mod rows;
mod toolbar;
mod user;

use crate::part::page_in_part;
use chosen::ChosenPage;
use create::CreatePartnerPage;
use delete::DeleteOrganisationPage;
use list::PartnersPage;
use organisation::{OrganisationPage, UsersTab};
use user::UserPage;

page_in_part!(
    /// `/settings/profile/partners`
    PartnersRoute, partners, partners_page, preload_partners, PartnersPage
);
page_in_part!(
    /// `/settings/profile/partners/new`
    CreatePartnerRoute, settings, create_partner_page, preload_create_partner, CreatePartnerPage
);
page_in_part!(
    /// `/settings/profile/partners/chosen`
    ChosenRoute, settings, chosen_page, preload_chosen, ChosenPage
);
page_in_part!(
    /// Everything under `/settings/profile/partners/{id}`: what is around the tabs.
    OrganisationRoute, settings, organisation_page, preload_organisation, OrganisationPage
);
page_in_part!(
    /// `/settings/profile/partners/{id}`
    UsersTabRoute, settings, users_tab, preload_users_tab, UsersTab
);
page_in_part!(
    /// `/settings/profile/partners/{id}/delete`
    DeleteOrganisationRoute, settings, delete_organisation_page, preload_delete_organisation, DeleteOrganisationPage
);
page_in_part!(
    /// `/settings/profile/partners/{id}/users/{user}`
    UserRoute, settings, user_page, preload_user, UserPage
);
