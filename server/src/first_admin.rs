//! The first admin: somebody has to be able to sign in.

use crate::config::FirstAdmin;
use crate::identity::{Identity, IdentityError};
use crate::random;
use partners_app::domain::{Email, PersonName};
use secrecy::SecretString;
use std::time::Duration;

/// The address of the first admin where none is configured.
pub const DEFAULT_EMAIL: &str = "admin@example.com";

/// What became of the first admin.
pub enum Made {
    /// There was an admin already.
    Nobody,
    /// Made with the configured password.
    Configured(Email),
    /// Made with a password that is to be shown now and never again.
    Generated(Email, String),
}

/// Makes the first admin where there is none.
///
/// # Errors
/// Where the configured address or the provider refuses.
pub async fn ensure(identity: &dyn Identity, wanted: &FirstAdmin) -> anyhow::Result<Made> {
    if identity.has_admin().await? {
        return Ok(Made::Nobody);
    }
    let email = Email::parse(wanted.email.as_deref().unwrap_or(DEFAULT_EMAIL))
        .map_err(|problem| anyhow::anyhow!("PARTNERS_ADMIN_EMAIL: {problem}"))?;
    let name = PersonName::parse("Administrator").map_err(anyhow::Error::msg)?;
    if let Some(password) = &wanted.password {
        identity.create_admin(&email, &name, password).await?;
        return Ok(Made::Configured(email));
    }
    let password = format!("{}-A", random::temporary_password());
    identity.create_admin(&email, &name, &SecretString::from(password.clone())).await?;
    Ok(Made::Generated(email, password))
}

/// As [`ensure`], again and again while the provider is away.
///
/// # Errors
/// Where it refuses for good.
pub async fn ensure_in_time(identity: &dyn Identity, wanted: &FirstAdmin) -> anyhow::Result<Made> {
    let mut wait = Duration::from_secs(1);
    loop {
        match ensure(identity, wanted).await {
            Err(error)
                if error
                    .downcast_ref::<IdentityError>()
                    .is_some_and(IdentityError::is_temporary) =>
            {
                tracing::warn!(%error, "the first admin cannot be made yet");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(60));
            }
            other => return other,
        }
    }
}
