//! An authenticator app.

use partners_app::domain::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret};

/// What an app with this secret, in base32, shows so many time steps from now.
pub fn code(secret: &SecretString, now: Timestamp, steps: i64) -> String {
    let base32: String = secret.expose_secret().to_uppercase().split(' ').collect();
    let secret = Secret::try_from_base32(base32).expect("base32");
    let seconds = u64::try_from(now.millis() / 1_000 + 30 * steps).expect("after 1970");
    Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
}
