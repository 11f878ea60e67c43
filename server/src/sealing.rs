//! Sealing: what the database keeps for a browser, only the browser's token opens.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

fn key(token: &str) -> Option<LessSafeKey> {
    let digest =
        Sha256::new_with_prefix(b"partners sealed note").chain_update(token.as_bytes()).finalize();
    UnboundKey::new(&AES_256_GCM, &digest).ok().map(LessSafeKey::new)
}

/// A token seals one note only, so that the nonce need not differ.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// Seals `plain` under a token that is used for nothing else.
#[must_use]
pub fn seal(token: &str, plain: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = plain.to_vec();
    key(token)?.seal_in_place_append_tag(nonce(), Aad::empty(), &mut sealed).ok()?;
    Some(sealed)
}

/// Opens what [`seal`] made; `None` where the token is another or a byte changed.
#[must_use]
pub fn open(token: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let length = key(token)?.open_in_place(nonce(), Aad::empty(), &mut sealed).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens_a_note() {
        let sealed = seal("token", b"kfxm7").expect("sealed");
        assert!(!sealed.windows(5).any(|bytes| bytes == b"kfxm7"));
        assert_eq!(open("token", sealed.clone()).as_deref(), Some(&b"kfxm7"[..]));
        assert_eq!(open("another", sealed.clone()), None);
        let mut changed = sealed;
        changed[0] ^= 1;
        assert_eq!(open("token", changed), None);
    }
}
