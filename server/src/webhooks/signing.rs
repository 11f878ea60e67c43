//! Secrets and signatures, as Standard Webhooks has them: HMAC-SHA256 over ID,
//! time and body.

use super::PURPOSE;
use crate::store::webhook_work::Due;
use crate::vault::Vault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use partners_app::domain::Timestamp;
use rand::Rng;
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// A secret of 32 random bytes, as endpoints are given it: `whsec_` and base64.
#[must_use]
pub fn new_secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// `webhook-signature`: a signature with each of the secrets, the present one
/// first; `None` where one of them is none.
#[must_use]
pub fn signature(secrets: &[String], id: &str, seconds: i64, body: &str) -> Option<String> {
    let signed = secrets.iter().map(|secret| {
        let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    Some(signed.collect::<Option<Vec<_>>>()?.join(" "))
}

/// The secrets that a delivery is signed with now; `None` where the vault does
/// not open the present one. One before it that it does not open is left out.
#[must_use]
pub fn secrets(vault: &Vault, due: &Due, now: Timestamp) -> Option<Vec<String>> {
    let old = due.old_secret.as_ref();
    let old = old.filter(|_| due.old_secret_until.is_some_and(|until| until > now.millis()));
    let open = |sealed: &Vec<u8>| String::from_utf8(vault.open(PURPOSE, sealed)?).ok();
    let present = open(&due.secret)?;
    Some(std::iter::once(present).chain(old.and_then(open)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use standardwebhooks::Webhook;

    #[test]
    fn the_reference_implementation_agrees() {
        let (new, old) = (new_secret(), new_secret());
        let body = r#"{"type":"webhook.test","data":{"näme":"x"}}"#;
        for secret in [&new, &old] {
            let theirs = Webhook::new(secret).expect("a secret");
            let theirs = theirs.sign("msg_1", 1_794_492_187, body.as_bytes()).expect("signed");
            let one = std::slice::from_ref(secret);
            assert_eq!(signature(one, "msg_1", 1_794_492_187, body), Some(theirs.clone()));
            let both = signature(&[new.clone(), old.clone()], "msg_1", 1_794_492_187, body);
            assert!(both.expect("signed").split(' ').any(|signature| signature == theirs));
        }
        assert_eq!(signature(&["no secret".to_owned()], "msg_1", 1, body), None);
    }
}
