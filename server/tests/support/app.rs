//! An authenticator app.

use partners_app::domain::Timestamp;
use partners_server::clock::Clock;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use totp_rs::{Builder, Secret};

/// Lets time pass to where a time step begins, so that what follows is within it.
pub fn begin_step(clock: &Clock) {
    let left = 30_000 - clock.now().millis().rem_euclid(30_000);
    clock.advance(Duration::from_millis(left.unsigned_abs()));
}

/// What an app with this secret, in base32, shows so many time steps from now.
pub fn code(secret: &SecretString, now: Timestamp, steps: i64) -> String {
    let base32: String = secret.expose_secret().to_uppercase().split(' ').collect();
    let secret = Secret::try_from_base32(base32).expect("base32");
    let seconds = u64::try_from(now.millis() / 1_000 + 30 * steps).expect("after 1970");
    Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
}
