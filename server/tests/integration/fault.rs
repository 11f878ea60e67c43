//! The reconciler under fire: the real program, killed at random moments while
//! it creates users, with an identity provider that fails a third of its calls,
//! loses answers, and goes away for twenty seconds.

use crate::port::free_port;
use crate::support::{Engine, database, from_xtask};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

on_each_engine!(a_hundred_users_survive_kills_and_outages);

const USERS: usize = 100;
const AWAY: Duration = Duration::from_secs(20);
/// What seals secrets in the tests' databases.
pub const SECRET_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
pub const ADMIN: (&str, &str) = ("admin@example.com", "Correct-Horse-42-Battery");

/// Stands between the program and moto.
#[derive(Clone)]
struct Faults {
    target: Arc<str>,
    client: reqwest::Client,
    failing: Arc<AtomicBool>,
    away: Arc<AtomicBool>,
    failed: Arc<AtomicUsize>,
    passed: Arc<AtomicUsize>,
}

impl Faults {
    fn fail(&self) -> Response {
        self.failed.fetch_add(1, Ordering::Relaxed);
        let body = r#"{"__type":"InternalErrorException","message":"made to fail"}"#;
        (StatusCode::INTERNAL_SERVER_ERROR, [("content-type", "application/x-amz-json-1.1")], body)
            .into_response()
    }
}

async fn stand_between(State(faults): State<Faults>, request: Request) -> Response {
    if faults.away.load(Ordering::Relaxed) {
        return faults.fail();
    }
    let fate = if faults.failing.load(Ordering::Relaxed) { rand::random_range(0..6) } else { 5 };
    // Fails before the work is done …
    if fate == 0 {
        return faults.fail();
    }
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut forward =
        faults.client.request(parts.method, format!("{}{path}", faults.target)).body(body);
    for (name, value) in &parts.headers {
        if !matches!(name.as_str(), "host" | "content-length") {
            forward = forward.header(name, value);
        }
    }
    let Ok(answer) = forward.send().await else { return faults.fail() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap_or_default();
    // … or after it: then the answer is lost.
    if fate == 1 {
        return faults.fail();
    }
    faults.passed.fetch_add(1, Ordering::Relaxed);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in &headers {
        if matches!(name.as_str(), "content-type" | "x-amzn-errortype") {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

pub struct Program {
    pub child: Option<Child>,
    pub environment: BTreeMap<&'static str, String>,
    pub url: String,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_partners"));
        command
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    pub async fn start(&mut self, client: &reqwest::Client) {
        self.child = Some(self.command().arg("serve").spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        while client.get(format!("{}/healthz", self.url)).send().await.is_err() {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
            assert!(ended.is_none(), "the program ended at once: {ended:?}");
            assert!(Instant::now() < deadline, "the program does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL: nothing in the program gets to tidy up.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A script in the admin's browser.
#[derive(Clone)]
pub struct Script {
    pub client: reqwest::Client,
    pub session: String,
}

pub async fn post(script: &Script, url: &str, fields: &[(&str, &str)]) -> Option<(u16, String)> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let answer = script
        .client
        .post(url)
        .header("accept", "application/json")
        .header("cookie", &script.session)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .ok()?;
    let status = answer.status().as_u16();
    let location = answer
        .headers()
        .get("location")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    let body = answer.text().await.ok()?;
    let rest = if location.is_empty() { body } else { location };
    Some((status, cookie.unwrap_or(rest)))
}

async fn a_hundred_users_survive_kills_and_outages(engine: Engine) {
    let database = database(engine).await;
    let moto = from_xtask("TEST_COGNITO_ENDPOINT");
    let faults = Faults {
        target: moto.trim_end_matches('/').into(),
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        failing: Arc::default(),
        away: Arc::default(),
        failed: Arc::default(),
        passed: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let between = Router::new().fallback(stand_between).with_state(faults.clone());
    tokio::spawn(async move { axum::serve(listener, between).await });

    let port = free_port();
    let mut program = Program {
        child: None,
        url: format!("http://127.0.0.1:{port}"),
        environment: BTreeMap::from([
            ("PORT", port.to_string()),
            ("DATABASE_URL", database.url.clone()),
            ("SECRET_KEY", SECRET_KEY.to_owned()),
            ("IDENTITY", "cognito".to_owned()),
            ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", endpoint),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("PARTNERS_ADMIN_EMAIL", ADMIN.0.to_owned()),
            ("PARTNERS_ADMIN_PASSWORD", ADMIN.1.to_owned()),
        ]),
    };
    let pool = format!("fault-{}", Uuid::now_v7());
    let made = program
        .command()
        .args(["cognito", "init", "--name", &pool])
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    let made = String::from_utf8(made.stdout).unwrap();
    for name in ["COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID"] {
        let value = made
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_else(|| panic!("{made}"));
        program.environment.insert(name, value.to_owned());
    }

    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    program.start(&client).await;
    let url = program.url.clone();
    let deadline = Instant::now() + Duration::from_secs(30);
    let credentials = [("email", ADMIN.0), ("password", ADMIN.1)];
    let mut script = Script { client: client.clone(), session: String::new() };
    script.session = loop {
        match post(&script, &format!("{url}/actions/sign-in"), &credentials).await {
            Some((200, session)) => break session,
            other => assert!(Instant::now() < deadline, "the admin cannot sign in: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "Acme"),
        ("zuora_account_id", "A1"),
        ("invoice_owner", "partner"),
    ];
    let (_, page) =
        post(&script, &format!("{url}/actions/organisations/create"), &fields).await.unwrap();
    let organisation = page.rsplit('/').next().unwrap().to_owned();

    faults.failing.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    let mut kills = 0;
    for number in 0..USERS {
        let (key, email) = (Uuid::now_v7().to_string(), format!("user{number}@acme.example"));
        let fields = [
            ("organisation", organisation.as_str()),
            ("creation_key", &key),
            ("name", "Ann"),
            ("email", &email),
        ];
        let away = faults.away.clone();
        if number == USERS / 2 {
            away.store(true, Ordering::Relaxed);
            tokio::spawn(async move {
                tokio::time::sleep(AWAY).await;
                away.store(false, Ordering::Relaxed);
            });
        }
        // Killed somewhere between the request's first byte and well after its answer.
        if number % 7 == 3 {
            let create = format!("{url}/actions/users/create");
            let request = post(&script, &create, &fields);
            tokio::select! {
                _ = request => {}
                () = tokio::time::sleep(Duration::from_micros(rand::random_range(0..60_000))) => {}
            }
            tokio::time::sleep(Duration::from_millis(rand::random_range(0..40))).await;
            program.kill();
            kills += 1;
            program.start(&client).await;
        }
        // Sent again with the same key until it is answered, as a form would be.
        loop {
            match post(&script, &format!("{url}/actions/users/create"), &fields).await {
                Some((200, _)) => break,
                Some((status, body)) if status != 503 => panic!("{status}: {body}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    let list = json!({ "organisation": organisation }).to_string();
    // Whoever was tried in vain to the end waits for a minute.
    let deadline = Instant::now() + Duration::from_secs(240);
    let users: Vec<Value> = loop {
        let answer = client
            .post(format!("{url}/actions/users/list"))
            .header("accept", "application/json")
            .header("cookie", &script.session)
            .header("content-type", "application/json")
            .body(list.clone())
            .send()
            .await;
        let users: Vec<Value> = match answer {
            Ok(answer) => answer.json().await.unwrap_or_default(),
            Err(_) => Vec::new(),
        };
        if users.len() == USERS && users.iter().all(|user| user["status"] == "invited") {
            break users;
        }
        let statuses: Vec<_> = users
            .iter()
            .map(|user| &user["status"])
            .filter(|status| **status != "invited")
            .collect();
        assert!(Instant::now() < deadline, "still not all invited: {statuses:?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    };
    program.kill();

    let mut here: Vec<String> =
        users.iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect();
    let mut there = emails_at(&faults, &program.environment["COGNITO_USER_POOL_ID"]).await;
    there.retain(|email| email != ADMIN.0);
    here.sort();
    there.sort();
    assert_eq!(here, there, "every user exists exactly once on both sides");
    println!(
        "{engine:?}: {USERS} users, {kills} kills, {} calls answered, {} failed or lost, {AWAY:?} away, all in {:?}",
        faults.passed.load(Ordering::Relaxed),
        faults.failed.load(Ordering::Relaxed),
        begun.elapsed(),
    );
}

/// The email of every account in the pool, straight from moto.
async fn emails_at(faults: &Faults, pool: &str) -> Vec<String> {
    let mut emails = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut body = json!({ "UserPoolId": pool, "Limit": 60 });
        if let Some(token) = &token {
            body["PaginationToken"] = json!(token);
        }
        let answer = faults
            .client
            .post(&*faults.target)
            .header("x-amz-target", "AWSCognitoIdentityProviderService.ListUsers")
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=test")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        for user in answer["Users"].as_array().unwrap() {
            let attributes = user["Attributes"].as_array().unwrap();
            let email = attributes.iter().find(|attribute| attribute["Name"] == "email").unwrap();
            emails.push(email["Value"].as_str().unwrap().to_owned());
        }
        match answer["PaginationToken"].as_str() {
            Some(next) => token = Some(next.to_owned()),
            None => return emails,
        }
    }
}
