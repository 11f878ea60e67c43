//! Tokens: who gets one, what it lets them do, and when it ends.

use crate::api::{
    Credentials, EVERYTHING, Program, ask_for_token, create, management, of_partner, token_of,
};
use crate::browser::{Answer, Server, server};
use crate::support::Engine;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use partners_app::domain::{ApiClientForm, ApiClientId};
use partners_server::store::attempts;
use serde_json::Value;
use std::time::Duration;

on_each_engine!(
    credentials_become_a_token_for_an_hour,
    what_is_no_credential_is_refused,
    a_token_does_what_its_scopes_say,
    a_revoked_client_is_out_at_once,
    a_client_ends_on_its_day,
    anybody_can_check_a_token,
    a_client_has_a_limit,
    tokens_have_a_limit_for_each_address,
    a_form_in_the_browser_makes_a_client_once,
);

const LIST: &str = "/api/partner-organisations";

async fn credentials_become_a_token_for_an_hour(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let answer = token_of(&server, &credentials).await;
    let body = answer.ok();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &3600.into()));
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
    assert_eq!(answer.header("cache-control"), "no-store");
    // Each token stands in the audit trail as the sign-in that it is.
    let mut admin = server.admin().await;
    let query = serde_json::json!({ "query": { "area": "sign_ins", "actor": "api_client" } });
    let trail = admin.ask("/actions/activity/list", &query).await.json();
    let [row] = trail["rows"].as_array().unwrap().as_slice() else { panic!("{trail}") };
    assert_eq!(
        (&row["action"], &row["actor_id"]),
        (&"session.opened".into(), &credentials.id.clone().into())
    );
    let program = Program::with(&server, &credentials).await;
    program.get(LIST).await.ok();
    server.clock.advance(Duration::from_secs(59 * 60));
    program.get(LIST).await.ok();
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(program.get(LIST).await.status, StatusCode::UNAUTHORIZED);
    // A day later tokens are signed with another key, and those of before that
    // have not ended still count.
    let before = Program::with(&server, &credentials).await;
    server.clock.advance(Duration::from_secs(23 * 60 * 60 - 30 * 60));
    let last = Program::with(&server, &credentials).await;
    server.clock.advance(Duration::from_secs(45 * 60));
    let next = Program::with(&server, &credentials).await;
    assert_eq!(before.get(LIST).await.status, StatusCode::UNAUTHORIZED);
    last.get(LIST).await.ok();
    next.get(LIST).await.ok();
    let kid = |program: &Program| jsonwebtoken::decode_header(&program.token).unwrap().kid;
    assert_eq!(kid(&before), kid(&last));
    assert_ne!(kid(&last), kid(&next));
}

async fn basic(server: &Server, credentials: &Credentials) -> StatusCode {
    basic_with(server, credentials, "grant_type=client_credentials").await.status
}

/// A form beside the header `Authorization: Basic`.
async fn basic_with(server: &Server, credentials: &Credentials, form: &'static str) -> Answer {
    let pair = STANDARD.encode(format!("{}:{}", credentials.id, credentials.secret));
    let request = Request::post("/oauth2/token")
        .header(header::AUTHORIZATION, format!("Basic {pair}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    server.browser().send(request.unwrap()).await
}

async fn what_is_no_credential_is_refused(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    assert_eq!(basic(&server, &credentials).await, StatusCode::OK);
    // What has no value was not sent; what comes twice is refused all the same.
    let empty = "grant_type=client_credentials&client_id=&client_secret=&scope=";
    let answer = basic_with(&server, &credentials, empty).await;
    let token = answer.ok()["access_token"].as_str().expect("a token").to_owned();
    let mut whole = Program::with(&server, &credentials).await;
    whole.token = token;
    whole.get(LIST).await.ok();
    let twice = "grant_type=client_credentials&scope=&scope=audit:read";
    let answer = basic_with(&server, &credentials, twice).await;
    assert_eq!(answer.json()["error"], "invalid_request", "{}", answer.body);
    let wrong = Credentials { secret: "wrong".to_owned(), ..credentials.clone() };
    assert_eq!(basic(&server, &wrong).await, StatusCode::UNAUTHORIZED);
    let answer = token_of(&server, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json()["error"], "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic"));
    let unknown = Credentials { id: uuid::Uuid::now_v7().to_string(), ..credentials.clone() };
    assert_eq!(token_of(&server, &unknown).await.body, answer.body, "who is a client is not told");
    for (fields, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "")], "invalid_request"),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![("grant_type", "client_credentials")], "invalid_client"),
        (
            vec![("grant_type", "client_credentials"), ("grant_type", "client_credentials")],
            "invalid_request",
        ),
        (
            vec![
                ("grant_type", "client_credentials"),
                ("client_id", &credentials.id),
                ("client_secret", &credentials.secret),
                ("scope", "partner"),
            ],
            "invalid_scope",
        ),
    ] {
        let answer = ask_for_token(&server, &fields).await;
        assert_eq!(answer.json()["error"], error, "{}", answer.body);
        assert!(answer.status.is_client_error());
    }
    let mut program = Program::with(&server, &credentials).await;
    let token = program.token.clone();
    for wrong in ["", "nonsense", "a.b.c", &token[..token.len() - 4], &format!("{token}A")] {
        program.token = wrong.to_owned();
        let answer = program.get(LIST).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert!(answer.json()["message"].is_string());
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"partners\", error=\"invalid_token\""
        );
    }
    let nobody = server.browser().get(LIST).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"partners\"");
    assert_eq!(nobody.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
}

async fn a_token_does_what_its_scopes_say(engine: Engine) {
    let server = server(engine).await;
    let organisation = server.admin().await.create_organisation("Acme").await;
    let reading = Program::start(&server, &management(&["organisations:read"])).await;
    let writing = Program::start(&server, &management(&["organisations:write"])).await;
    let auditing = Program::start(&server, &management(&["audit:read"])).await;
    let partner = Program::start(&server, &of_partner(&organisation)).await;
    let one = format!("/api/partner-organisation/{organisation}");
    for (method, path, allowed) in [
        (Method::GET, LIST.to_owned(), &reading),
        (Method::GET, one.clone(), &reading),
        (Method::GET, format!("{one}/users"), &reading),
        (Method::PATCH, one.clone(), &writing),
        (Method::GET, "/api/audit-events".to_owned(), &auditing),
    ] {
        for program in [&reading, &writing, &auditing, &partner] {
            let body = (method == Method::PATCH).then(|| serde_json::json!({ "name": "Acme" }));
            let answer = program.send(method.clone(), &path, &[], body.as_ref()).await;
            if program.token == allowed.token {
                answer.ok();
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
                assert!(answer.header("www-authenticate").contains("insufficient_scope"));
            }
        }
    }
    // A token may ask for less than its client has.
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", credentials.id.as_str()),
        ("client_secret", credentials.secret.as_str()),
        ("scope", "audit:read"),
    ];
    let mut narrow = reading.clone();
    narrow.token = ask_for_token(&server, &fields).await.ok()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    narrow.get("/api/audit-events").await.ok();
    assert_eq!(narrow.get(LIST).await.status, StatusCode::FORBIDDEN);
}

async fn a_revoked_client_is_out_at_once(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let program = Program::with(&server, &credentials).await;
    program.get(LIST).await.ok();
    let mut admin = server.admin().await;
    let clients = admin.ask("/actions/api-clients/list", &serde_json::json!({})).await.json();
    assert_eq!(
        (&clients[0][0]["name"], &clients[0][1]),
        (&"Nightly sync".into(), &"active".into())
    );
    assert!(clients[0][0]["last_used_at"].is_number(), "{clients}");
    let answer = admin.script("/actions/api-clients/revoke", &[("id", &credentials.id)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(program.get(LIST).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(token_of(&server, &credentials).await.status, StatusCode::UNAUTHORIZED);
}

async fn a_client_ends_on_its_day(engine: Engine) {
    let server = server(engine).await;
    let today = partners_app::domain::day::iso(server.clock.today());
    let form = ApiClientForm { expires_on: today, ..management(&EVERYTHING) };
    let credentials = create(&server, &form).await;
    let program = Program::with(&server, &credentials).await;
    program.get(LIST).await.ok();
    server.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(program.get(LIST).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(token_of(&server, &credentials).await.status, StatusCode::UNAUTHORIZED);
}

async fn anybody_can_check_a_token(engine: Engine) {
    let server = server(engine).await;
    let organisation = server.admin().await.create_organisation("Acme").await;
    let program = Program::start(&server, &of_partner(&organisation)).await;
    let answer = server.browser().get("/.well-known/jwks.json").await;
    let keys: JwkSet = serde_json::from_value(answer.ok()).expect("keys");
    let kid = jsonwebtoken::decode_header(&program.token).unwrap().kid.expect("a key ID");
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("the key")).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["partners"]);
    let claims = jsonwebtoken::decode::<Value>(&program.token, &key, &validation).unwrap().claims;
    assert_eq!(claims["scope"], "partner");
    assert_eq!(claims["partner_org"], organisation.as_str());
    // The keys that sign are nowhere but in memory.
    assert!(!answer.body.contains("\"d\""), "{}", answer.body);
}

/// Counts so many more requests at once: a busy machine needs longer than a
/// window to make them.
async fn count(server: &Server, key: &str, times: usize) {
    let now = server.clock.now();
    let mut writer = server.installation.store.write().await.unwrap();
    for _ in 0..times {
        let minute = Duration::from_secs(60);
        attempts::count(writer.connection(), key, now, minute).await.unwrap();
    }
    writer.commit().await.unwrap();
}

async fn a_client_has_a_limit(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let program = Program::with(&server, &credentials).await;
    let first = program.get(LIST).await;
    assert_eq!(
        (first.header("ratelimit-limit"), first.header("ratelimit-remaining")),
        ("600", "599")
    );
    let reset: i64 = first.header("ratelimit-reset").parse().expect("seconds");
    assert!((1..=60).contains(&reset));
    count(&server, &format!("API client {}", credentials.id), 580).await;
    for left in (0..19).rev() {
        let answer = program.get(LIST).await;
        assert_eq!(answer.header("ratelimit-remaining"), left.to_string());
    }
    let over = program.get(LIST).await;
    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(over.header("retry-after").parse::<i64>().is_ok());
    assert_eq!(over.header("retry-after"), over.header("ratelimit-reset"));
    assert_eq!(over.header("ratelimit-remaining"), "0");
    Program::management(&server).await.get(LIST).await.ok();
    server.clock.advance(Duration::from_secs(61));
    program.get(LIST).await.ok();
}

async fn tokens_have_a_limit_for_each_address(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let first = token_of(&server, &credentials).await;
    first.ok();
    assert_eq!(
        (first.header("ratelimit-limit"), first.header("ratelimit-remaining")),
        ("120", "119")
    );
    // What is refused counts too.
    for left in (0..119).rev() {
        let answer = ask_for_token(&server, &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.header("ratelimit-remaining"), left.to_string());
    }
    let over = token_of(&server, &credentials).await;
    assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(over.header("ratelimit-remaining"), "0");
    let wait: u64 = over.header("retry-after").parse().expect("seconds");
    assert_eq!(over.header("ratelimit-reset"), over.header("retry-after"));
    server.clock.advance(Duration::from_secs(wait));
    token_of(&server, &credentials).await.ok();
}

async fn a_form_in_the_browser_makes_a_client_once(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let key = uuid::Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "Nightly sync"),
        ("access", "management"),
        ("scopes[]", "organisations:read"),
    ];
    let created = admin.script("/actions/api-clients/create", &fields).await;
    let created = created.ok();
    let secret = created["secret"].as_str().expect("a secret").to_owned();
    let id: ApiClientId = serde_json::from_value(created["client"]["id"].clone()).unwrap();
    let credentials = Credentials { id: id.to_string(), secret };
    Program::with(&server, &credentials).await.get(LIST).await.ok();
    let again = admin.script("/actions/api-clients/create", &fields).await.ok();
    assert_eq!(
        (&again["client"]["id"], &again["secret"]),
        (&created["client"]["id"], &Value::Null)
    );
    let nowhere = uuid::Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", nowhere.as_str()),
        ("name", "Ordering"),
        ("access", "partner"),
        ("organisation", &nowhere),
    ];
    let answer = admin.script("/actions/api-clients/create", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("There is no partner organisation with this ID."));
}
