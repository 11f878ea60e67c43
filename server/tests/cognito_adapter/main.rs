//! The Cognito adapter against a responder that speaks Cognito's JSON: AWS's
//! documented answers, where the public emulator gives others.

mod accounts;
mod doctor;
mod outages;
mod passwords;
mod responder;
mod secrecy;
mod sign_in;
mod signer;
mod tokens;
