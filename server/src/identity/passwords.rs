//! Hashing passwords with Argon2id.

use super::port::TemporaryPassword;
use crate::random;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Hashes and verifies passwords, a few at a time: each takes 19 MiB and a
/// core for some 20 ms (Argon2id, m = 19 MiB, t = 2, p = 1, which OWASP asks
/// for at least).
#[derive(Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    params: Params,
    /// The hash of a password nobody has, to spend the same time on unknown
    /// accounts as on known ones.
    nobodys: Arc<str>,
}

/// Hashing failed: the machine is out of memory or shutting down.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub struct HashingFailed;

impl Passwords {
    /// Ready to hash.
    ///
    /// # Errors
    /// Where even one password cannot be hashed.
    pub fn new() -> Result<Self, HashingFailed> {
        Self::with(Params::default())
    }

    /// Ready to hash at another cost: tests need not spend what passwords of
    /// people have to.
    ///
    /// # Errors
    /// As [`Passwords::new`].
    pub fn with(params: Params) -> Result<Self, HashingFailed> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            slots: Arc::new(Semaphore::new(cores)),
            nobodys: hash_now(&random::token(), &params)?.into(),
            params,
        })
    }

    /// Hashes a password into PHC form.
    ///
    /// # Errors
    /// [`HashingFailed`].
    pub async fn hash(&self, password: &SecretString) -> Result<String, HashingFailed> {
        let password = password.clone();
        let params = self.params.clone();
        self.on_a_thread(move || hash_now(password.expose_secret(), &params)).await?
    }

    /// Whether `password` is the one that was hashed. Without a hash it takes
    /// as long and is false.
    ///
    /// # Errors
    /// [`HashingFailed`].
    pub async fn verify(
        &self,
        password: &SecretString,
        hash: Option<&str>,
    ) -> Result<bool, HashingFailed> {
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys).to_owned();
        let is_right = self
            .on_a_thread(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default()
                        .verify_password(password.expose_secret().as_bytes(), &hash)
                        .is_ok()
                })
            })
            .await?;
        Ok(known && is_right)
    }

    /// Makes a temporary password.
    ///
    /// # Errors
    /// [`HashingFailed`].
    pub async fn temporary(&self) -> Result<TemporaryPassword, HashingFailed> {
        let plain = SecretString::from(random::temporary_password());
        let hash = self.hash(&plain).await?;
        Ok(TemporaryPassword { plain, hash })
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let _slot = self.slots.acquire().await.map_err(|_| HashingFailed)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| HashingFailed)
    }
}

fn hash_now(password: &str, params: &Params) -> Result<String, HashingFailed> {
    Argon2::from(params)
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| HashingFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_and_fits_its_password_alone() {
        let passwords = Passwords::new().expect("ready");
        let hash = passwords.hash(&"correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(&"correct horse".into(), Some(&hash)).await.expect("verified"));
        assert!(!passwords.verify(&"wrong horse".into(), Some(&hash)).await.expect("verified"));
        assert!(!passwords.verify(&"correct horse".into(), None).await.expect("verified"));
    }
}
