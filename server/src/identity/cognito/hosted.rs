//! Signing in on Cognito's hosted page: OAuth's authorization code with PKCE
//! (S256), state and nonce, as the developer guide's "Authorize endpoint" and
//! "Token endpoint" describe. Whatever the page asks for, a second step too, is
//! the pool's own affair; what comes of it is verified here like any sign-in.

use super::super::{Challenge, HostedSignIn, IdentityError, Principal, SignInRefusal};
use super::Cognito;
use super::keys::http_client;
use crate::clock::Clock;
use axum::http;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, JsonWebKeySet, JsonWebKeySetUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use partners_app::domain::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// The hosted page of the pool, and the way back from it.
pub(super) struct HostedPage {
    authorize: AuthUrl,
    token: TokenUrl,
    redirect: RedirectUrl,
    http: reqwest::Client,
}

/// What the way back is compared with.
#[derive(Serialize, Deserialize)]
struct Sent {
    state: String,
    nonce: String,
    verifier: String,
    /// When they were sent there, in milliseconds since 1970.
    #[serde(default)]
    at: i64,
}

/// By so much the pool's clock may differ from ours: with more AWS would take
/// none of this server's calls, for their signatures would be out of date (IAM
/// user guide, "AWS API request signatures").
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Built(#[from] http::Error),
}

fn unusable(error: impl std::fmt::Display) -> IdentityError {
    IdentityError::Refused(format!("COGNITO_HOSTED_URL cannot be used: {error}."))
}

fn refused(why: &str) -> SignInRefusal {
    tracing::warn!(why, "a sign-in on the hosted page was refused");
    SignInRefusal::ChallengeExpired
}

fn unavailable(error: &dyn std::error::Error) -> IdentityError {
    tracing::warn!(%error, "the hosted page's endpoints do not answer");
    IdentityError::Unavailable("Cognito’s sign-in page does not answer.".to_owned())
}

impl HostedPage {
    /// The page at this address, such as
    /// `https://acme.auth.eu-central-1.amazoncognito.com`; people come back to
    /// `redirect`.
    pub(super) fn new(address: &str, redirect: &str) -> Result<Self, IdentityError> {
        let base = address.trim_end_matches('/');
        Ok(Self {
            authorize: AuthUrl::new(format!("{base}/oauth2/authorize")).map_err(unusable)?,
            token: TokenUrl::new(format!("{base}/oauth2/token")).map_err(unusable)?,
            redirect: RedirectUrl::new(redirect.to_owned()).map_err(unusable)?,
            http: http_client(address)?,
        })
    }
}

/// Our own HTTP client as the one that `openidconnect` calls.
async fn call(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let (parts, body) = request.into_parts();
    let answer = client
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let mut built = http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        built = built.header(name, value);
    }
    Ok(built.body(answer.bytes().await?.to_vec())?)
}

impl Cognito {
    /// The address to send somebody to, and what their way back is compared with.
    pub(super) fn way_to(&self, page: &HostedPage) -> Result<HostedSignIn, IdentityError> {
        let client_id = ClientId::new(self.settings.client_id.clone());
        let issuer = IssuerUrl::new(self.place.issuer.clone()).map_err(unusable)?;
        let client = CoreClient::new(client_id, issuer, JsonWebKeySet::new(Vec::new()))
            .set_auth_uri(page.authorize.clone())
            .set_redirect_uri(page.redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (address, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            // Else the pool's own cookie would sign in whoever was there last.
            .add_prompt(CoreAuthPrompt::Login)
            .set_pkce_challenge(challenge)
            .url();
        let sent = Sent {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            at: Clock::default().now().millis(),
        };
        let note = serde_json::to_string(&sent).map_err(unusable)?;
        Ok(HostedSignIn { address: address.into(), challenge: Challenge(note.into()) })
    }

    /// Who came back with this state and this code.
    pub(super) async fn back_from(
        &self,
        page: &HostedPage,
        challenge: &Challenge,
        state: &str,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        let sent: Sent = serde_json::from_str(challenge.0.expose_secret())
            .map_err(|_| SignInRefusal::ChallengeExpired)?;
        if !bool::from(sent.state.as_bytes().ct_eq(state.as_bytes())) {
            return Err(refused("the state is not the one that was sent"));
        }
        let client = page.http.clone();
        let send = move |request: HttpRequest| call(client.clone(), request);
        let keys = JsonWebKeySetUrl::new(self.place.jwks.clone()).map_err(unusable)?;
        let keys = CoreJsonWebKeySet::fetch_async(&keys, &send)
            .await
            .map_err(|error| unavailable(&error))?;
        let client_id = ClientId::new(self.settings.client_id.clone());
        let issuer = IssuerUrl::new(self.place.issuer.clone()).map_err(unusable)?;
        let mut client = CoreClient::new(client_id, issuer, keys)
            .set_token_uri(page.token.clone())
            .set_redirect_uri(page.redirect.clone());
        client = match &self.settings.client_secret {
            Some(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            None => client.set_auth_type(AuthType::RequestBody),
        };
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(sent.verifier))
            .request_async(&send)
            .await
            .map_err(|error| match error {
                openidconnect::RequestTokenError::ServerResponse(answer) => {
                    refused(&answer.to_string())
                }
                other => unavailable(&other).into(),
            })?;
        let token: &CoreIdToken =
            answer.id_token().ok_or_else(|| refused("there is no ID token"))?;
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256]);
        let claims = token
            .claims(&verifier, &Nonce::new(sent.nonce))
            .map_err(|error| refused(&error.to_string()))?;
        // The page before managed login may not heed the prompt, and take the
        // pool's own cookie.
        let earliest = Timestamp::from_millis(sent.at).minus(CLOCKS_DIFFER);
        if claims.auth_time().is_some_and(|at| at.timestamp_millis() < earliest.millis()) {
            return Err(refused("the sign-in is from before they were sent there"));
        }
        Ok(self.principal_of(&token.to_string(), None).await?)
    }
}
