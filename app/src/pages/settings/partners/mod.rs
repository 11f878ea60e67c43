//! *Settings › Profile › Partners*

mod create;
mod list;
mod organisation;
mod rows;
mod toolbar;

pub use create::CreatePartnerPage;
pub use list::PartnersPage;
pub use organisation::OrganisationPage;
