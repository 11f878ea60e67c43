//! Keys made for the tests, and tokens signed with them, right and wrong.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

pub const POOL: &str = "eu-west-1_Responder";
pub const CLIENT: &str = "client0123456789";
pub const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Responder";
/// Ann's account.
pub const SUB: &str = "0a1b2c3d-0000-4000-8000-00000000000a";
/// Ann's organisation.
pub const ORGANISATION: &str = "01890000-0000-7000-8000-000000000001";

/// A key pair with its `kid`.
#[derive(Clone)]
pub struct Signer {
    pub kid: &'static str,
    pair: Arc<KeyPair>,
}

static FIRST: LazyLock<Signer> = LazyLock::new(|| Signer::generate("first"));
static SECOND: LazyLock<Signer> = LazyLock::new(|| Signer::generate("second"));

/// The key the responder's pool signs with.
pub fn first() -> Signer {
    FIRST.clone()
}

/// The key it rotates to.
pub fn second() -> Signer {
    SECOND.clone()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

impl Signer {
    fn generate(kid: &'static str) -> Self {
        Self { kid, pair: Arc::new(KeyPair::generate(KeySize::Rsa2048).expect("a key")) }
    }

    /// The key pair of a PEM text in PKCS #1.
    pub fn of_pem(kid: &'static str, pem: &str) -> Self {
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(body).expect("base64");
        Self { kid, pair: Arc::new(KeyPair::from_der(&der).expect("a key")) }
    }

    fn modulus(&self) -> Vec<u8> {
        self.pair.public_key().modulus().big_endian_without_leading_zero().to_vec()
    }

    /// The public key as the pool publishes it.
    pub fn jwk(&self) -> Value {
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
            "n": base64(self.modulus()), "e": "AQAB",
        })
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with_header(&json!({ "alg": "RS256", "kid": self.kid }), claims)
    }

    pub fn sign_with_header(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a signature");
        format!("{message}.{}", base64(signature))
    }

    /// The classic forgery: HMAC with what everybody knows, the public key.
    pub fn forge_with_public_key(&self, claims: &Value) -> Vec<String> {
        let header = json!({ "alg": "HS256", "kid": self.kid });
        let message = unsigned(&header, claims);
        let text = base64(self.modulus());
        [self.pair.public_key().as_ref(), &self.modulus(), text.as_bytes()]
            .map(|key| {
                let key = hmac::Key::new(hmac::HMAC_SHA256, key);
                format!("{message}.{}", base64(hmac::sign(&key, message.as_bytes())))
            })
            .to_vec()
    }
}

/// A token without a signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64(header.to_string()), base64(claims.to_string()))
}

/// What Cognito says about Ann, a partner user.
pub fn partner_claims() -> Value {
    json!({
        "sub": SUB, "iss": ISSUER, "aud": CLIENT, "token_use": "id",
        "exp": now() + 300, "iat": now(), "auth_time": now(),
        "cognito:username": SUB, "cognito:groups": ["partners"],
        "email": "ann@acme.example", "email_verified": true, "name": "Ann Example",
        "custom:partner_org": ORGANISATION,
    })
}

/// The claims with others in place of some; `null` leaves one out.
pub fn with(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}
