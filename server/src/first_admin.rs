//! The first admin: somebody has to be able to sign in.

use crate::admins::Admins;
use crate::config::FirstAdmin;
use crate::identity::{ExistingAdmin, IdentityError};
use crate::random;
use crate::store::audit::Actor;
use partners_app::domain::{Email, PersonName};
use secrecy::{ExposeSecret, SecretString};
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
pub async fn ensure(admins: &Admins, wanted: &FirstAdmin) -> anyhow::Result<Made> {
    if admins.is_any().await? {
        return Ok(Made::Nobody);
    }
    let email = Email::parse(wanted.email.as_deref().unwrap_or(DEFAULT_EMAIL))
        .map_err(|problem| anyhow::anyhow!("PARTNERS_ADMIN_EMAIL: {problem}"))?;
    let name = PersonName::parse("Administrator").map_err(anyhow::Error::msg)?;
    let actor = Actor::partners();
    let (password, is_ours) = match &wanted.password {
        Some(password) => (password.clone(), false),
        None => (SecretString::from(format!("{}-A", random::temporary_password())), true),
    };
    // Another instance that started at the same moment may be faster: then its
    // password is the one that counts, and the one that it shows.
    let made = admins.make(&actor, &email, &name, &password, ExistingAdmin::Keeps).await;
    if let Err(error) = made {
        let is_taken = matches!(error.downcast_ref(), Some(IdentityError::EmailTaken));
        return if is_taken && admins.is_any().await? { Ok(Made::Nobody) } else { Err(error) };
    }
    Ok(if is_ours {
        Made::Generated(email, password.expose_secret().to_owned())
    } else {
        Made::Configured(email)
    })
}

/// As [`ensure`], again and again while the provider is away.
///
/// # Errors
/// Where it refuses for good.
pub async fn ensure_in_time(admins: &Admins, wanted: &FirstAdmin) -> anyhow::Result<Made> {
    let mut wait = Duration::from_secs(1);
    loop {
        match ensure(admins, wanted).await {
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
