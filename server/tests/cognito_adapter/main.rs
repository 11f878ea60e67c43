//! The Cognito adapter against a responder that speaks Cognito's JSON: AWS's
//! documented answers, where the public emulator gives others.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod accounts;
#[path = "../support/change.rs"]
mod change;
mod doctor;
mod hosted;
mod hosted_local;
mod outages;
mod passwords;
#[path = "../support/port.rs"]
mod port;
mod responder;
mod secrecy;
mod sign_in;
mod signer;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod two_step;
