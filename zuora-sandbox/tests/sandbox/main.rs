//! Stories told to a running sandbox over HTTP. Each ends with a check of all
//! that was exchanged against Zuora's published API description; see
//! `ZUORA_DESCRIPTION` in the crate's `README.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod catalog;
mod changes;
mod description;
mod faults;
mod idempotency;
mod owners;
mod paging;
mod persistence;
mod program;
mod support;
mod terms;
