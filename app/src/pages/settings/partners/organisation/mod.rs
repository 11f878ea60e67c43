//! A partner organisation's page.

mod create_user;
mod disable_user;
mod edit;
mod facts;
mod handover;
mod page;
mod refresh;
mod suspend;
mod two_step;
mod user_row;
mod users;

pub use page::OrganisationPage;
pub use users::UsersTab;
