//! ID tokens: what Cognito says about somebody whose password was right.
//!
//! Checked as AWS's developer guide asks ("Verifying JSON web tokens"): RS256
//! with a key of the pool, `iss`, `aud`, `token_use`, `exp`.

use super::super::{IdentityError, Role};
use super::keys::Keys;
use super::{ADMINS, PARTNERS};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

/// The claims that are used.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    /// The account.
    pub(super) sub: String,
    token_use: String,
    /// The address it has in the pool.
    pub(super) email: Option<String>,
    /// The person's name.
    pub(super) name: Option<String>,
    #[serde(rename = "cognito:groups", default)]
    groups: Vec<String>,
    /// The organisation it belongs to.
    #[serde(rename = "custom:partner_org")]
    pub(super) partner_org: Option<String>,
}

impl Claims {
    /// Whether the account is a partner user's, so that an organisation is needed.
    pub(super) fn is_partner(&self) -> bool {
        self.groups.iter().any(|group| group == PARTNERS)
    }

    /// What the account is for.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] where its groups name no role or two, or its
    /// organisation is missing.
    pub(super) fn role(&self, partner_org: Option<&str>) -> Result<Role, IdentityError> {
        let admin = self.groups.iter().any(|group| group == ADMINS);
        let words = match (admin, self.is_partner()) {
            (true, false) => return Ok(Role::Admin),
            (false, true) => match partner_org.and_then(|id| id.parse().ok()) {
                Some(organisation) => return Ok(Role::Partner(organisation)),
                None => "The account has no valid custom:partner_org.",
            },
            (true, true) => "The account is in both groups, admins and partners.",
            (false, false) => "The account is in neither group, admins or partners.",
        };
        Err(IdentityError::Refused(words.to_owned()))
    }
}

/// Checks ID tokens of one pool, issued to one app client.
pub(super) struct Tokens {
    pub(super) keys: Keys,
    validation: Validation,
}

impl Tokens {
    pub(super) fn new(issuer: &str, client_id: &str, keys: Keys) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self { keys, validation }
    }

    /// # Errors
    /// [`IdentityError::Refused`] for a token that is not this pool's for this
    /// client, [`IdentityError::Unavailable`] where the keys are out of reach.
    pub(super) async fn verify(&self, token: &str) -> Result<Claims, IdentityError> {
        let header = decode_header(token).map_err(|error| refused(&error.to_string()))?;
        if header.alg != Algorithm::RS256 {
            return Err(refused("it is not signed with RS256"));
        }
        let kid = header.kid.ok_or_else(|| refused("it names no key"))?;
        let key = self.keys.get(&kid).await?.ok_or_else(|| refused("the pool has no such key"))?;
        let claims = decode::<Claims>(token, &key, &self.validation)
            .map_err(|error| refused(&error.to_string()))?
            .claims;
        if claims.token_use != "id" {
            return Err(refused("it is not an ID token"));
        }
        Ok(claims)
    }
}

fn refused(why: &str) -> IdentityError {
    tracing::error!(why, "an ID token was refused");
    IdentityError::Refused(format!("Cognito’s ID token is not accepted: {why}."))
}
