//! Partners: the server.
pub mod identity;
