//! The keys that tokens are signed with, and the tokens.
//!
//! Each instance makes its own key and keeps the private half in memory; the
//! public half goes to the database, where every instance finds it until the
//! last token it signed has ended. So tokens survive a restart, keys change by
//! themselves, and who reads the database can forge nothing.

use crate::clock::Clock;
use crate::random;
use crate::store::{Store, StoreError, StoreResult, api_keys};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use partners_app::domain::{ApiClientId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a token counts.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(60 * 60);
/// How long an instance signs with one key.
const KEY_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// `iss` and `aud` of tokens.
const ISSUER: &str = "partners";

/// What a token says. Times are seconds since 1970, as in any JWT (RFC 7519).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    /// The client.
    pub(super) sub: ApiClientId,
    /// Words with spaces between.
    pub(super) scope: String,
    /// The organisation whose client it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partner_org: Option<String>,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
}

impl Claims {
    pub(super) fn new(
        client: ApiClientId,
        scope: String,
        partner_org: Option<String>,
        now: Timestamp,
        end: Timestamp,
    ) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: client,
            scope,
            partner_org,
            iat: now.millis() / 1_000,
            exp: end.millis() / 1_000,
            jti: random::token(),
        }
    }
}

struct OwnKey {
    id: String,
    key: EncodingKey,
    signs_until: Timestamp,
}

/// Signs and checks tokens.
#[derive(Clone)]
pub(super) struct Keys {
    store: Store,
    clock: Clock,
    own: Arc<Mutex<Option<OwnKey>>>,
}

impl Keys {
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, own: Arc::default() }
    }

    /// A token that says this.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn sign(&self, claims: &Claims) -> StoreResult<String> {
        let now = self.clock.now();
        // Held while a new key is published, so that one is made at a time.
        let mut own = self.own.lock().await;
        let key = match own.take().filter(|key| key.signs_until > now) {
            Some(key) => key,
            None => self.publish_new(now).await?,
        };
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.id.clone());
        let token = jsonwebtoken::encode(&header, claims, &key.key).map_err(unusable);
        *own = Some(key);
        token
    }

    async fn publish_new(&self, now: Timestamp) -> StoreResult<OwnKey> {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(unusable)?;
        let key = EncodingKey::from_ec_der(document.as_ref());
        let id = random::token();
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(unusable)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let jwk = serde_json::to_string(&jwk).map_err(unusable)?;
        let signs_until = now.plus(KEY_LIFE);
        let mut writer = self.store.write().await?;
        let expires_at = signs_until.plus(TOKEN_LIFE);
        api_keys::insert(writer.connection(), &id, &jwk, now, expires_at).await?;
        writer.commit().await?;
        Ok(OwnKey { id, key, signs_until })
    }

    /// What a token says, if it is one of ours and has not ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn check(&self, token: &str) -> StoreResult<Option<Claims>> {
        let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
        let Some(kid) = header.kid.filter(|kid| kid.bytes().all(|byte| byte.is_ascii_graphic()))
        else {
            return Ok(None);
        };
        let now = self.clock.now();
        let mut reader = self.store.read().await?;
        let Some(jwk) = api_keys::by_id(reader.connection(), &kid, now).await? else {
            return Ok(None);
        };
        drop(reader);
        let jwk: Jwk = serde_json::from_str(&jwk).map_err(unusable)?;
        let key = DecodingKey::from_jwk(&jwk).map_err(unusable)?;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Compared below, by the clock that everything here goes by.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).ok();
        Ok(claims.map(|token| token.claims).filter(|claims| now.millis() / 1_000 < claims.exp))
    }

    /// The public keys that count, as JSON Web Keys.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn published(&self) -> StoreResult<Vec<Value>> {
        let keys = api_keys::all(self.store.read().await?.connection(), self.clock.now()).await?;
        keys.iter().map(|jwk| serde_json::from_str(jwk).map_err(unusable)).collect()
    }
}

fn unusable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable(format!("a signing key: {error}"))
}
