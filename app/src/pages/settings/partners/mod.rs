//! *Settings › Profile › Partners*

mod create;
mod list;
mod rows;
mod toolbar;

pub use create::CreatePartnerPage;
pub use list::PartnersPage;
