//! Signing in on a hosted page that others wrote: the public emulator
//! `cognito-local`, which has the authorize and the token endpoint.
//!
//! It departs from AWS in one thing that matters: its ID tokens never hold the
//! nonce. So they are refused as they come; and where somebody signs in, what
//! stands between signs them again, with the nonce and the emulator's own key,
//! which its package holds.

use crate::hosted::BACK;
use crate::responder::provider;
use crate::signer::{CLIENT, ORGANISATION, POOL, SUB, Signer};
use crate::support::from_xtask;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use partners_app::domain::OrganisationId;
use partners_server::identity::{
    Challenge, Cognito, HostedSignIn, Identity, Role, SignInRefusal, Subject,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;

const EMAIL: &str = "ann@acme.example";
const PASSWORD: &str = "Correct-Horse-42";

/// The emulator with a pool, a client and Ann's account; it ends with this.
struct Emulator {
    url: String,
    process: Child,
    client: reqwest::Client,
    _folder: TempDir,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

/// The folder of the emulator's program.
fn package() -> String {
    from_xtask("TEST_COGNITO_LOCAL")
}

fn write(folder: &Path, file: &str, content: &Value) {
    std::fs::write(folder.join(file), content.to_string()).expect("written");
}

impl Emulator {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = folder.path().join(".cognito");
        std::fs::create_dir_all(files.join("db")).expect("a folder");
        let day = "2026-01-01T00:00:00.000Z";
        let issuers = json!({ "IssuerDomain": "https://cognito-idp.eu-west-1.amazonaws.com" });
        write(&files, "config.json", &json!({ "TokenConfig": issuers }));
        write(
            &files,
            "db/clients.json",
            &json!({ "Clients": { CLIENT: {
            "ClientId": CLIENT, "ClientName": "partners", "UserPoolId": POOL,
            "CallbackURLs": [BACK], "AllowedOAuthFlows": ["code"],
            "CreationDate": day, "LastModifiedDate": day, "RefreshTokenValidity": 1,
            "TokenValidityUnits": { "AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days" },
        } } }),
        );
        let attributes = [
            ("sub", SUB),
            ("email", EMAIL),
            ("email_verified", "true"),
            ("custom:partner_org", ORGANISATION),
        ]
        .map(|(name, value)| json!({ "Name": name, "Value": value }));
        write(
            &files,
            &format!("db/{POOL}.json"),
            &json!({
                "Users": { EMAIL: {
                    "Username": SUB, "Password": PASSWORD, "Attributes": attributes, "Enabled": true,
                    "UserStatus": "CONFIRMED", "UserCreateDate": day, "UserLastModifiedDate": day,
                    "RefreshTokens": [],
                } },
                "Groups": { "partners": {
                    "GroupName": "partners", "CreationDate": day, "LastModifiedDate": day,
                    "members": [SUB],
                } },
                "Options": { "Id": POOL, "UsernameAttributes": ["email"] },
            }),
        );
        let port = crate::port::free_port();
        let process = Command::new("node")
            .arg(Path::new(&package()).join("lib/bin/start.js"))
            .current_dir(folder.path())
            .env("HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node");
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let url = format!("http://127.0.0.1:{port}");
        let emulator = Self { url, process, client, _folder: folder };
        let begun = Instant::now();
        while emulator.client.get(format!("{}/health", emulator.url)).send().await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the emulator does not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        emulator
    }

    /// Opens the page at this address, signs in there as a browser does, and
    /// says with which state and code it sends people back; `None` where the
    /// page stays.
    async fn sign_in(&self, begun: &HostedSignIn, password: &str) -> Option<(String, String)> {
        let address = url::Url::parse(&begun.address).expect("an address");
        let page = format!("{}{}", self.url, address.path());
        let asked = format!("{page}?{}", address.query().unwrap_or_default());
        let form = self.client.get(asked).send().await.expect("the page");
        assert_eq!(form.status(), 200);
        let html = form.text().await.expect("the page");
        let value = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\""))?;
            Some(html_escape::decode_html_entities(rest.split('"').next()?).into_owned())
        };
        let mut fields: Vec<(String, String)> = html
            .split("<input")
            .filter(|tag| tag.contains("type=\"hidden\""))
            .filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?)))
            .collect();
        fields.push(("username".to_owned(), EMAIL.to_owned()));
        fields.push(("password".to_owned(), password.to_owned()));
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer = self
            .client
            .post(page)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .expect("an answer");
        let back = answer.headers().get(header::LOCATION)?.to_str().expect("an address");
        let back = url::Url::parse(back).expect("an address");
        assert!(back.as_str().starts_with(BACK), "{back}");
        let query: HashMap<String, String> = back.query_pairs().into_owned().collect();
        Some((query["state"].clone(), query["code"].clone()))
    }
}

/// What stands between: passes on what is asked of the token endpoint, and signs
/// the ID token again, with a nonce.
#[derive(Clone)]
struct Between {
    emulator: String,
    client: reqwest::Client,
    nonce: Arc<Mutex<String>>,
    signer: Signer,
}

async fn sign_again(State(between): State<Between>, body: String) -> Response {
    let answer = between
        .client
        .post(format!("{}/oauth2/token", between.emulator))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
    let text = answer.text().await.expect("an answer");
    let mut said: Value = serde_json::from_str(&text).expect("JSON");
    if let Some(token) = said["id_token"].as_str() {
        let claims = token.split('.').nth(1).expect("claims");
        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let mut claims: Value = serde_json::from_slice(&claims).expect("JSON");
        claims["nonce"] = between.nonce.lock().expect("a nonce").as_str().into();
        said["id_token"] = between.signer.sign(&claims).into();
    }
    (status, axum::Json(said)).into_response()
}

/// The adapter, whose token endpoint is what stands between.
async fn with_nonces(emulator: &Emulator) -> (Cognito, Between) {
    let key = Path::new(&package()).join("lib/keys/cognitoLocal.private.json");
    let key: Value = serde_json::from_slice(&std::fs::read(key).expect("its key")).expect("JSON");
    let between = Between {
        emulator: emulator.url.clone(),
        client: emulator.client.clone(),
        nonce: Arc::default(),
        signer: Signer::of_pem("CognitoLocal", key["pem"].as_str().expect("a key")),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    let router = Router::new().route("/oauth2/token", post(sign_again)).with_state(between.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let provider = provider(&emulator.url, None).await;
    (provider.with_hosted_page(&address, BACK).expect("a page"), between)
}

fn nonce_of(begun: &HostedSignIn) -> String {
    let address = url::Url::parse(&begun.address).expect("an address");
    let nonce = address.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce");
    nonce.1.into_owned()
}

#[tokio::test]
async fn whoever_signs_in_on_the_emulators_page_is_let_in_once() {
    let emulator = Emulator::start().await;
    let (provider, between) = with_nonces(&emulator).await;
    let begun = provider.begin_hosted().expect("the way there");
    *between.nonce.lock().expect("a nonce") = nonce_of(&begun);
    assert_eq!(emulator.sign_in(&begun, "a wrong password").await, None, "the page stays");
    let (state, code) = emulator.sign_in(&begun, PASSWORD).await.expect("the way back");
    let principal = provider.finish_hosted(&begun.challenge, &state, &code).await;
    let principal = principal.expect("signed in");
    assert_eq!(principal.subject, Subject(SUB.to_owned()));
    assert_eq!(principal.email.as_str(), EMAIL);
    let organisation: OrganisationId = ORGANISATION.parse().expect("an ID");
    assert_eq!(principal.role, Role::Partner(organisation));

    let again = provider.finish_hosted(&begun.challenge, &state, &code).await;
    assert!(matches!(again, Err(SignInRefusal::ChallengeExpired)), "a code counts once: {again:?}");
}

#[tokio::test]
async fn what_somebody_else_began_leads_nowhere() {
    let emulator = Emulator::start().await;
    let (provider, between) = with_nonces(&emulator).await;
    let begun = provider.begin_hosted().expect("the way there");
    *between.nonce.lock().expect("a nonce") = nonce_of(&begun);
    let (state, code) = emulator.sign_in(&begun, PASSWORD).await.expect("the way back");
    // The code with the verifier of another sign-in: PKCE refuses it.
    let other = provider.begin_hosted().expect("the way there");
    let mut stolen: Value =
        serde_json::from_str(secrecy::ExposeSecret::expose_secret(&other.challenge.0))
            .expect("JSON");
    stolen["state"] = state.as_str().into();
    let stolen = Challenge(stolen.to_string().into());
    let answer = provider.finish_hosted(&stolen, &state, &code).await;
    assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
}

#[tokio::test]
async fn a_token_without_the_nonce_is_refused() {
    let emulator = Emulator::start().await;
    let provider = provider(&emulator.url, None).await;
    let provider = provider.with_hosted_page(&emulator.url, BACK).expect("a page");
    let begun = provider.begin_hosted().expect("the way there");
    let (state, code) = emulator.sign_in(&begun, PASSWORD).await.expect("the way back");
    let answer = provider.finish_hosted(&begun.challenge, &state, &code).await;
    assert!(matches!(answer, Err(SignInRefusal::ChallengeExpired)), "{answer:?}");
}
