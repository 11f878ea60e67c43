//! Signing in on the hosted page, against one that answers as AWS documents.

use crate::responder::{Responder, provider, user};
use crate::signer::{self, CLIENT, SUB, Signer, partner_claims, with};
use crate::support::{Database, Engine, database};
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use partners_app::domain::TwoStepPolicy;
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::identity::{
    Challenge, Cognito, HostedSignIn, Identity, IdentityError, Passwords, SignInRefusal, Subject,
};
use partners_server::store::two_step;
use partners_server::vault::Vault;
use partners_server::web::cookies::Cookies;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tower::ServiceExt;

pub const BACK: &str = "https://partners.example/sign-in/hosted/callback";
const CODE: &str = "the-code";

/// A hosted page's token endpoint.
#[derive(Clone)]
struct Page {
    address: String,
    /// What the token says beside the usual, by whom it is signed; or no token.
    token: Arc<Mutex<Option<(Value, Signer)>>>,
    /// The S256 challenge that the authorize endpoint was given.
    challenge: Arc<Mutex<String>>,
}

impl Page {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let page = Self { address, token: Arc::default(), challenge: Arc::default() };
        let router = Router::new().route("/oauth2/token", post(exchange)).with_state(page.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        page
    }

    /// Somebody signs in on the page; returns state and nonce as they came.
    fn sign_in(&self, begun: &HostedSignIn) -> (String, String) {
        let address = url::Url::parse(&begun.address).expect("an address");
        assert!(begun.address.starts_with(&format!("{}/oauth2/authorize?", self.address)));
        let query: HashMap<String, String> = address.query_pairs().into_owned().collect();
        assert_eq!(
            (query["response_type"].as_str(), query["client_id"].as_str()),
            ("code", CLIENT)
        );
        assert_eq!(query["redirect_uri"], BACK);
        assert_eq!(query["scope"], "openid email profile");
        assert_eq!(query["prompt"], "login", "whoever was there last is not taken for them");
        assert_eq!(query["code_challenge_method"], "S256");
        query["code_challenge"].clone_into(&mut self.challenge.lock().expect("a challenge"));
        (query["state"].clone(), query["nonce"].clone())
    }

    fn issue(&self, claims: Value, signer: Signer) {
        *self.token.lock().expect("a token") = Some((claims, signer));
    }
}

async fn exchange(State(page): State<Page>, Form(form): Form<HashMap<String, String>>) -> Response {
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let is_right = form.get("grant_type").is_some_and(|kind| kind == "authorization_code")
        && form.get("code").is_some_and(|code| code == CODE)
        && form.get("redirect_uri").is_some_and(|uri| uri == BACK)
        && form.get("client_id").is_some_and(|id| id == CLIENT)
        && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
            == *page.challenge.lock().expect("a challenge");
    let token = page.token.lock().expect("a token").clone();
    match token.filter(|_| is_right) {
        None => (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "invalid_grant" })))
            .into_response(),
        Some((claims, signer)) => axum::Json(json!({
            "id_token": signer.sign(&with(partner_claims(), claims)),
            "access_token": "access-token", "refresh_token": "refresh-token",
            "token_type": "Bearer", "expires_in": 300,
        }))
        .into_response(),
    }
}

async fn start() -> (Page, Cognito) {
    start_with(json!({})).await
}

/// Likewise, with this known of every account beside the usual.
async fn start_with(account: Value) -> (Page, Cognito) {
    let page = Page::start().await;
    let responder = Responder::start(move |_| with(user(json!({})), account.clone()).into()).await;
    let provider = provider(&responder.endpoint, None).await;
    let provider = provider.with_hosted_page(&page.address, BACK).expect("a page");
    (page, provider)
}

#[tokio::test]
async fn whoever_comes_back_is_who_the_token_says() {
    let (page, provider) = start().await;
    let begun = provider.begin_hosted().expect("the way there");
    let (state, nonce) = page.sign_in(&begun);
    page.issue(json!({ "nonce": nonce }), signer::first());
    let principal = provider.finish_hosted(&begun.challenge, &state, CODE).await;
    assert_eq!(principal.expect("signed in").subject, Subject(SUB.to_owned()));

    let other = provider.begin_hosted().expect("the way there");
    assert_ne!(page.sign_in(&other), (state, nonce), "each way has its own");
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let (page, provider) = start().await;
    for (claims, signer, code) in [
        (json!({ "nonce": "another" }), signer::first(), CODE),
        (json!({}), signer::first(), CODE),
        (json!({ "nonce": null, "aud": "another-client" }), signer::first(), CODE),
        (json!({ "nonce": null, "iss": "https://elsewhere.example" }), signer::first(), CODE),
        (json!({ "nonce": null, "exp": 1_000 }), signer::first(), CODE),
        (json!({ "nonce": null }), signer::second(), CODE),
        (json!({ "nonce": null }), signer::first(), "another-code"),
    ] {
        let begun = provider.begin_hosted().expect("the way there");
        let (state, nonce) = page.sign_in(&begun);
        // `null` stands for the right nonce.
        let right = claims.get("nonce").is_some_and(Value::is_null);
        let token =
            if right { with(claims.clone(), json!({ "nonce": nonce })) } else { claims.clone() };
        page.issue(token, signer);
        let answer = provider.finish_hosted(&begun.challenge, &state, code).await;
        assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{claims}: {answer:?}");
    }
    let begun = provider.begin_hosted().expect("the way there");
    let (state, nonce) = page.sign_in(&begun);
    page.issue(json!({ "nonce": nonce }), signer::first());
    for (challenge, state) in [
        (begun.challenge.clone(), "another"),
        (begun.challenge.clone(), ""),
        (Challenge("invented".to_owned().into()), state.as_str()),
    ] {
        let answer = provider.finish_hosted(&challenge, state, CODE).await;
        assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
    }
}

#[tokio::test]
async fn a_sign_in_of_before_is_none() {
    let now = Clock::default().now().millis() / 1_000;
    for (signed_in_at, is_let_in) in [
        (json!(now), true),
        // The pool's clock is a little behind.
        (json!(now - 4 * 60), true),
        (json!(now - 6 * 60), false),
        (Value::Null, true),
    ] {
        let (page, provider) = start().await;
        let begun = provider.begin_hosted().expect("the way there");
        let (state, nonce) = page.sign_in(&begun);
        page.issue(json!({ "nonce": nonce, "auth_time": signed_in_at }), signer::first());
        let answer = provider.finish_hosted(&begun.challenge, &state, CODE).await;
        if is_let_in {
            answer.expect("signed in");
        } else {
            assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_page_that_does_not_answer_is_an_outage() {
    let responder = Responder::start(|_| user(json!({})).into()).await;
    let provider = provider(&responder.endpoint, None).await;
    assert!(!provider.has_hosted_page(), "where none is configured");
    let provider = provider.with_hosted_page("http://127.0.0.1:9", BACK).expect("a page");
    let begun = provider.begin_hosted().expect("the way there");
    let address = url::Url::parse(&begun.address).expect("an address");
    let state = address.query_pairs().find(|(name, _)| name == "state").expect("a state").1;
    let answer = provider.finish_hosted(&begun.challenge, &state, CODE).await;
    let is_outage = matches!(answer, Err(SignInRefusal::Provider(IdentityError::Unavailable(_))));
    assert!(is_outage, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_goes_there_and_comes_back_signed_in_on_sqlite() {
    there_and_back(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_steps_are_required_there_too_on_sqlite() {
    in_two_steps(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_steps_are_required_there_too_on_postgres() {
    in_two_steps(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_goes_there_and_comes_back_signed_in_on_postgres() {
    there_and_back(Engine::Postgres).await;
}

/// An installation that signs in on the page, over HTTP.
struct Site {
    page: Page,
    router: Router,
    database: Database,
}

fn cookie(answer: &Response, name: &str) -> Option<String> {
    let all = answer.headers().get_all(header::SET_COOKIE);
    let found = all.iter().filter_map(|value| value.to_str().ok());
    found
        .map(|value| value.split(';').next().unwrap_or_default().to_owned())
        .find(|pair| pair.starts_with(&format!("{name}=")))
}

fn location(answer: &Response) -> String {
    let to = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    to.unwrap_or_default().to_owned()
}

impl Site {
    async fn start(engine: Engine, (page, provider): (Page, Cognito)) -> Self {
        let database = database(engine).await;
        let installation = Installation::of(
            database.store.clone(),
            Arc::new(provider),
            Clock::default(),
            Vault::of_this_process().expect("a vault"),
            Passwords::new().expect("passwords"),
            Cookies::new(true),
            0,
        );
        Self { page, router: installation.router(), database }
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        let request = Request::get(path)
            .header(header::HOST, "partners.example")
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .expect("a request");
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    /// What the sign-in page says with this cookie.
    async fn told(&self, flash: &str) -> String {
        let shown = self.get("/sign-in", flash).await.into_body();
        let shown = axum::body::to_bytes(shown, usize::MAX).await.expect("a page");
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// An admin goes there; the cookie for the way back, and the state.
    async fn begin(&self, next: &str) -> (String, String) {
        let there = self.get(&format!("/sign-in/hosted?next={next}"), "").await;
        let challenge = cookie(&there, "__Host-partners_challenge").expect("a cookie");
        let begun =
            HostedSignIn { address: location(&there), challenge: Challenge(String::new().into()) };
        let (state, nonce) = self.page.sign_in(&begun);
        let admin =
            json!({ "cognito:groups": ["admins"], "custom:partner_org": "admins", "nonce": nonce });
        self.page.issue(admin, signer::first());
        (challenge, state)
    }
}

/// There with one cookie, back with it, and in.
async fn there_and_back(engine: Engine) {
    let site = Site::start(engine, start().await).await;
    let (challenge, state) = site.begin("/settings/installation").await;
    let back = format!("/sign-in/hosted/callback?code={CODE}&state={state}");
    // Somebody else's way back, in a browser that never went there.
    let foreign = site.get(&back, "").await;
    assert_eq!(location(&foreign), "/sign-in");
    assert!(cookie(&foreign, "__Host-partners_session").is_none());

    let inside = site.get(&back, &challenge).await;
    assert_eq!(location(&inside), "/settings/installation");
    let session = cookie(&inside, "__Host-partners_session").expect("a session");
    let again = site.get(&back, &challenge).await;
    assert_eq!(location(&again), "/sign-in", "the way back counts once");
    let seen = site.get("/settings/profile/partners", &session).await;
    assert_eq!(seen.status(), StatusCode::OK);

    let (challenge, _) = site.begin("https://elsewhere.example").await;
    let refused = "/sign-in/hosted/callback?error=access_denied&state=x";
    let answer = site.get(refused, &challenge).await;
    assert_eq!(location(&answer), "/sign-in");
    let shown = site.told(&cookie(&answer, "__Host-partners_flash").expect("why")).await;
    assert!(shown.contains("You were not signed in on the other page."), "{shown}");
    assert!(shown.contains("href=\"/sign-in/hosted"), "the way there is on the page");
}

/// Whoever has to sign in in two steps and has no app sets one up on our page;
/// whoever has one was asked for it on the other.
async fn in_two_steps(engine: Engine) {
    for (account, is_let_in) in
        [(json!({}), false), (json!({ "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"] }), true)]
    {
        let site = Site::start(engine, start_with(account).await).await;
        let mut writer = site.database.store.write().await.expect("a writer");
        let policy = TwoStepPolicy::Admins;
        two_step::set_policy(writer.connection(), policy).await.expect("the policy");
        writer.commit().await.expect("committed");
        let (challenge, state) = site.begin("/settings/installation").await;
        let back = format!("/sign-in/hosted/callback?code={CODE}&state={state}");
        let answer = site.get(&back, &challenge).await;
        assert_eq!(cookie(&answer, "__Host-partners_session").is_some(), is_let_in);
        if is_let_in {
            assert_eq!(location(&answer), "/settings/installation");
        } else {
            assert_eq!(location(&answer), "/sign-in");
            let shown = site.told(&cookie(&answer, "__Host-partners_flash").expect("why")).await;
            assert!(shown.contains("Sign in here with your password once"), "{shown}");
        }
    }
}
