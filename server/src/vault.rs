//! The vault: seals what the database has to keep and give back, such as the
//! secrets that webhooks are signed with. Who reads the database alone cannot
//! use it: the key is in the configuration, or in a file beside the database.

use crate::random;
use crate::store::{Store, StoreError, settings};
use anyhow::{Context, anyhow, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// How long a key is, in bytes.
pub const KEY_LENGTH: usize = 32;
/// The file that keeps the key where `SECRET_KEY` is not set, in `DATA_DIR`.
pub const KEY_FILE: &str = "secret.key";
/// What a database's check value is sealed for.
const CHECK: &str = "check";

/// Seals with the installation's key. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<LessSafeKey>);

impl Vault {
    /// A vault with this key.
    ///
    /// # Errors
    /// Where the cryptographic library refuses the key.
    pub fn new(key: &[u8; KEY_LENGTH]) -> anyhow::Result<Self> {
        let key =
            UnboundKey::new(&AES_256_GCM, key).map_err(|_| anyhow!("the key cannot be used"))?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// A vault whose key nobody has: what it seals is lost with the process.
    ///
    /// # Errors
    /// As [`Vault::new`].
    pub fn of_this_process() -> anyhow::Result<Self> {
        Self::new(&random_key())
    }

    /// The installation's vault: with the key that is configured (base64, 32
    /// bytes), or else with the one in the folder's file, which is made at the
    /// first start.
    ///
    /// # Errors
    /// Where the key cannot be read or made; the message says what to do.
    pub fn of_installation(
        configured: Option<&SecretString>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        match configured {
            Some(text) => Self::new(&parse(text.expose_secret()).context(
                "SECRET_KEY must be 32 random bytes in base64; `openssl rand -base64 32` makes some",
            )?),
            None => Self::new(&from_file(folder)?),
        }
    }

    /// Makes sure that this database was sealed with this key, and notes it in a
    /// database that is new.
    ///
    /// # Errors
    /// Where it was sealed with another; the message says what to do.
    pub async fn check(&self, store: &Store) -> anyhow::Result<()> {
        let fresh = STANDARD.encode(self.seal(CHECK, CHECK.as_bytes())?);
        let note = async {
            let mut writer = store.write().await?;
            let kept = settings::sealing_check(writer.connection(), &fresh).await?;
            writer.commit().await?;
            Ok::<_, StoreError>(kept)
        };
        let kept = STANDARD.decode(note.await?).unwrap_or_default();
        ensure!(
            self.open(CHECK, &kept).is_some(),
            "the secrets in this database were sealed with another key; set SECRET_KEY to that one, or put its {KEY_FILE} into DATA_DIR. All instances on one database need the same key"
        );
        Ok(())
    }

    /// Seals `plain` for a purpose, which it can be opened for and for no other.
    ///
    /// # Errors
    /// Where it is too long to be sealed: gigabytes.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| anyhow!("this is too long to be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Vault::seal`] made; `None` where the key or the purpose is
    /// another, or a byte changed.
    #[must_use]
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = sealed.to_vec();
        let length = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(purpose.as_bytes()),
                &mut plain,
            )
            .ok()?
            .len();
        plain.truncate(length);
        Some(plain)
    }
}

fn random_key() -> [u8; KEY_LENGTH] {
    let mut key = [0; KEY_LENGTH];
    rand::rng().fill_bytes(&mut key);
    key
}

fn parse(text: &str) -> Option<[u8; KEY_LENGTH]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// The file's key. Of several processes that start at once in a new folder, one
/// makes it.
fn from_file(folder: &Path) -> anyhow::Result<[u8; KEY_LENGTH]> {
    let path = folder.join(KEY_FILE);
    let explain =
        || format!("{} cannot be used; make DATA_DIR writable, or set SECRET_KEY", path.display());
    if !path.exists() {
        std::fs::create_dir_all(folder).with_context(explain)?;
        // Written elsewhere and linked into its place: nobody reads half of it.
        // Under a name of its own: a process in another container may have the
        // same ID, and would write over what is linked already.
        let draft = folder.join(format!("{KEY_FILE}.{}", random::token()));
        let linked = write_key(&draft).and_then(|()| std::fs::hard_link(&draft, &path));
        let removed = std::fs::remove_file(&draft);
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(explain);
            }
            _ => removed.with_context(explain)?,
        }
    }
    let text = std::fs::read_to_string(&path).with_context(explain)?;
    parse(&text).with_context(|| format!("{} does not hold a key", path.display()))
}

/// Writes a new key to a new file.
fn write_key(path: &Path) -> std::io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(STANDARD.encode(random_key()).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_the_key_and_the_purpose_open_what_was_sealed() {
        let vault = Vault::new(&[7; KEY_LENGTH]).expect("a vault");
        let sealed = vault.seal("webhook", b"kfxm7").expect("sealed");
        assert!(!sealed.windows(5).any(|bytes| bytes == b"kfxm7"));
        assert_ne!(sealed, vault.seal("webhook", b"kfxm7").expect("sealed"));
        assert_eq!(vault.open("webhook", &sealed).as_deref(), Some(&b"kfxm7"[..]));
        assert_eq!(vault.open("token", &sealed), None);
        let other = Vault::of_this_process().expect("a vault");
        assert_eq!(other.open("webhook", &sealed), None);
        let mut changed = sealed;
        changed[20] ^= 1;
        assert_eq!(vault.open("webhook", &changed), None);
        assert_eq!(vault.open("webhook", b"short"), None);
    }

    #[test]
    fn the_file_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let sealed =
            Vault::of_installation(None, &data).expect("made").seal("x", b"y").expect("sealed");
        let again = Vault::of_installation(None, &data).expect("read");
        assert_eq!(again.open("x", &sealed).as_deref(), Some(&b"y"[..]));
        let mode = std::fs::metadata(data.join(KEY_FILE)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&data).expect("a folder").count(), 1);
    }

    #[test]
    fn those_that_start_at_once_have_one_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().expect("a folder");
            let all = std::sync::Barrier::new(8);
            let keys: Vec<_> = std::thread::scope(|scope| {
                let start = || {
                    all.wait();
                    from_file(folder.path()).expect("a key")
                };
                let started: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                started.into_iter().map(|one| one.join().expect("an end")).collect()
            });
            let kept = from_file(folder.path()).expect("a key");
            assert!(keys.iter().all(|key| *key == kept));
            assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        }
    }

    #[test]
    fn a_configured_key_is_32_bytes() {
        let folder = Path::new("/nowhere");
        let right = STANDARD.encode([1; KEY_LENGTH]);
        assert!(Vault::of_installation(Some(&right.into()), folder).is_ok());
        for wrong in ["", "secret", "AAAA"] {
            let error =
                Vault::of_installation(Some(&wrong.into()), folder).err().expect("an error");
            assert!(error.to_string().contains("SECRET_KEY"), "{error}");
        }
    }
}
