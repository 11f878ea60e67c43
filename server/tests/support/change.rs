//! A change for calls of an identity provider where the test is about something
//! else.

use partners_app::domain::Email;
use partners_server::identity::{AccountChange, Deed};
use partners_server::store::audit::Actor;

/// What somebody else's password would leave in the audit trail.
pub fn some_change() -> AccountChange {
    change("somebody@else.example", Deed::PasswordSet)
}

/// What Partners itself does to the account with this address.
pub fn change(email: &str, deed: Deed) -> AccountChange {
    let email = Email::parse(email).expect("an email");
    AccountChange { actor: Actor::partners(), deed, email, holder: None }
}
