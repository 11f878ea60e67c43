//! The billing port's contract, kept by the Zuora adapter against the stand-in
//! for Zuora, faults included. What the stand-in never says is answered by a
//! small responder instead.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod calls;
mod catalog;
mod changes;
mod doctor;
mod invoices;
mod lost;
mod money;
mod orders;
mod previews;
mod refusals;
mod responder;
mod stand_in;
mod subscriptions;
mod throttling;
mod token;
