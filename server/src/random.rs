//! Secrets made of randomness: tokens, temporary passwords, codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{Rng, RngExt};
use sha2::{Digest, Sha256};

/// A token of 256 random bits, as text for a cookie.
#[must_use]
pub fn token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a token or a code: its SHA-256.
#[must_use]
pub fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A temporary password that can be read out: four groups of five characters
/// without look-alikes, 99 bits.
#[must_use]
pub fn temporary_password() -> String {
    groups(4)
}

/// A recovery code: three such groups, 75 bits.
#[must_use]
pub fn recovery_code() -> String {
    groups(3)
}

fn groups(number: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    let groups: Vec<String> = (0..number)
        .map(|_| {
            (0..5).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
        })
        .collect();
    groups.join("-")
}

/// A code of eight digits.
#[must_use]
pub fn code() -> String {
    format!("{:08}", rand::rng().random_range(0..100_000_000_u32))
}
