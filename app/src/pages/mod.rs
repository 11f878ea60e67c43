//! The pages.

pub mod home;
pub mod not_found;
pub mod outcome;
pub mod partner;
pub mod self_service;
pub mod settings;
pub mod sign_in;
pub mod two_step;
