//! `Idempotency-Key`: sent once more, done once.

use crate::api::{EVERYTHING, Program, account, create, management};
use crate::api_partner::{Shop, order, settled, shop};
use crate::browser::{Server, server};
use crate::support::Engine;
use axum::http::StatusCode;
use partners_server::random;
use partners_server::store::Connection;
use partners_server::store::api_requests::{self, Recorded, SealedAnswer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

on_each_engine!(
    a_request_sent_again_is_answered_as_before,
    of_requests_at_once_one_is_run,
    a_request_that_broke_off_is_run_again,
    a_fault_after_the_order_is_not_a_second_order,
    a_late_run_changes_nothing_of_the_one_that_took_over,
    a_key_is_for_one_request,
    an_answer_is_kept_for_a_day,
    what_is_kept_cannot_be_read,
);

const CREATE: &str = "/api/partner-organisation";

fn acme() -> Value {
    json!({ "name": "Acme", "zuoraAccountId": account(), "isZuoraInvoiceOwner": true })
}

async fn organisations(program: &Program) -> usize {
    let page = program.get("/api/partner-organisations").await.ok();
    page["items"].as_array().unwrap().len()
}

async fn a_request_sent_again_is_answered_as_before(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let body = acme();
    let first = program.post_once("key-1", CREATE, &body).await;
    let id = first.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(first.header("idempotency-replayed"), "");
    program.patch(&format!("{CREATE}/{id}"), &[], &json!({ "name": "Other" })).await.ok();
    let again = program.post_once("key-1", CREATE, &body).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(organisations(&program).await, 1);
    // A refusal is answered as before, too.
    let wrong = json!({ "name": "" });
    let refused = program.post_once("key-2", CREATE, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = program.post_once("key-2", CREATE, &wrong).await;
    assert_eq!((again.status, &again.body), (refused.status, &refused.body));
    // Another client's key is another key.
    let other = Program::management(&server).await;
    let theirs = other.post_once("key-1", CREATE, &acme()).await;
    assert_eq!(theirs.header("idempotency-replayed"), "");
}

async fn of_requests_at_once_one_is_run(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let body = acme();
    let sent = (0..6).map(|_| {
        let (program, body) = (program.clone(), body.clone());
        tokio::spawn(async move { program.post_once("key", CREATE, &body).await })
    });
    let mut made = Vec::new();
    for answer in sent.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        match answer.status {
            StatusCode::OK => made.push(answer.json()["id"].clone()),
            status => assert_eq!(status, StatusCode::CONFLICT, "{}", answer.body),
        }
    }
    made.dedup();
    assert_eq!(made.len(), 1);
    assert_eq!(organisations(&program).await, 1);
}

async fn a_request_that_broke_off_is_run_again(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let program = Program::with(&server, &credentials).await;
    let body = acme();
    let now = server.clock.now();
    // As a server leaves it that dies on the way.
    let begun = Recorded {
        fingerprint: Sha256::digest(format!("POST\0{CREATE}\0{body}")).to_vec(),
        creation_key: Uuid::now_v7(),
        lease_until: now.plus(Duration::from_secs(120)),
        answer: None,
    };
    let id = random::digest(&format!("{} key", credentials.id));
    let mut writer = server.installation.store.write().await.unwrap();
    let tomorrow = now.plus(Duration::from_secs(24 * 60 * 60));
    api_requests::insert(writer.connection(), &id, &begun, now, tomorrow).await.unwrap();
    writer.commit().await.unwrap();
    let early = program.post_once("key", CREATE, &body).await;
    assert_eq!((early.status, early.header("retry-after")), (StatusCode::CONFLICT, "1"));
    server.clock.advance(Duration::from_secs(121));
    let first = program.post_once("key", CREATE, &body).await;
    first.ok();
    assert_eq!(program.post_once("key", CREATE, &body).await.body, first.body);
    assert_eq!(organisations(&program).await, 1);
}

/// Statements for the engine that a server has.
async fn execute(server: &Server, sqlite: &'static str, postgres: &'static str) {
    let mut writer = server.installation.store.write().await.unwrap();
    match writer.connection() {
        Connection::Sqlite(connection) => {
            sqlx::raw_sql(sqlite).execute(connection).await.unwrap();
        }
        Connection::Postgres(connection) => {
            sqlx::raw_sql(postgres).execute(connection).await.unwrap();
        }
    }
    writer.commit().await.unwrap();
}

async fn a_fault_after_the_order_is_not_a_second_order(engine: Engine) {
    const ORDER: &str = "/api/partner/order";
    let Shop { it, program, plan, .. } = shop(engine, "partner").await;
    let before = it.there();
    // What was ordered cannot be read once it is on its way: a fault of ours.
    execute(
        &it.server,
        "CREATE TRIGGER spoil AFTER INSERT ON order_line \
         BEGIN UPDATE order_line SET quantity = 'many'; END",
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN NEW.quantity := 'many'; RETURN NEW; END $$; \
         CREATE TRIGGER spoil BEFORE INSERT ON order_line \
         FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    .await;
    let body = order(&plan);
    let fault = program.post_once("key", ORDER, &body).await;
    assert!(fault.status.is_server_error(), "{} {}", fault.status, fault.body);
    execute(
        &it.server,
        "DROP TRIGGER spoil; UPDATE order_line SET quantity = '7'",
        "DROP TRIGGER spoil ON order_line; UPDATE order_line SET quantity = '7'",
    )
    .await;
    let again = program.post_once("key", ORDER, &body).await;
    let made = again.ok();
    assert_eq!(again.header("idempotency-replayed"), "", "it was run again");
    assert_eq!(settled(&program, &made).await["status"], "complete");
    let auditor = Program::start(&it.server, &management(&["audit:read"])).await;
    let events = auditor.get("/api/audit-events?limit=100").await.ok();
    let events = events["items"].as_array().unwrap();
    let sent = events.iter().filter(|event| event["name"] == "order.sent").count();
    assert_eq!(sent, 1, "one order");
    let after = it.there();
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1), "one subscription");
}

async fn a_late_run_changes_nothing_of_the_one_that_took_over(engine: Engine) {
    let server = server(engine).await;
    let store = &server.installation.store;
    let now = server.clock.now();
    let (late, next) = (now.plus(Duration::from_secs(1)), now.plus(Duration::from_secs(2)));
    let begun = Recorded {
        fingerprint: vec![1],
        creation_key: Uuid::now_v7(),
        lease_until: late,
        answer: None,
    };
    let answer = SealedAnswer { status: 200, salt: "salt".to_owned(), sealed: vec![2] };
    let mut writer = store.write().await.unwrap();
    let tomorrow = now.plus(Duration::from_secs(24 * 60 * 60));
    api_requests::insert(writer.connection(), &[7], &begun, now, tomorrow).await.unwrap();
    assert!(api_requests::move_lease(writer.connection(), &[7], late, next).await.unwrap());
    let ended = api_requests::move_lease(writer.connection(), &[7], late, now).await.unwrap();
    assert!(!ended, "the lease is another's");
    api_requests::answer(writer.connection(), &[7], &answer).await.unwrap();
    for lease in [late, next] {
        let ended = api_requests::move_lease(writer.connection(), &[7], lease, now).await.unwrap();
        assert!(!ended, "it is answered");
    }
    let kept = api_requests::by_id(writer.connection(), &[7], now).await.unwrap().unwrap();
    assert_eq!(kept, Recorded { lease_until: next, answer: Some(answer), ..begun });
}

async fn a_key_is_for_one_request(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    program.post_once("key", CREATE, &acme()).await.ok();
    let other = program.post_once("key", CREATE, &acme()).await;
    assert_eq!(
        (other.status, other.fields()),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["Idempotency-Key".to_owned()])
    );
    assert_eq!(organisations(&program).await, 1);
    let long = "k".repeat(256);
    for wrong in ["", "two words", &long] {
        let answer = program.post_once(wrong, CREATE, &acme()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

async fn an_answer_is_kept_for_a_day(engine: Engine) {
    let server = server(engine).await;
    let credentials = create(&server, &management(&EVERYTHING)).await;
    let program = Program::with(&server, &credentials).await;
    let body = acme();
    program.post_once("key", CREATE, &body).await.ok();
    server.clock.advance(Duration::from_secs(23 * 60 * 60));
    let program = Program::with(&server, &credentials).await;
    let again = program.post_once("key", CREATE, &body).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    server.clock.advance(Duration::from_secs(60 * 60 + 1));
    let program = Program::with(&server, &credentials).await;
    // Run anew, it clashes with what it made before.
    let again = program.post_once("key", CREATE, &body).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.header("idempotency-replayed"), "");
}

async fn what_is_kept_cannot_be_read(engine: Engine) {
    let server = server(engine).await;
    let program = Program::management(&server).await;
    let id = program.post(CREATE, &acme()).await.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("{CREATE}/{id}");
    let ann = json!({ "email": "ann@acme.example" });
    let first = program.post_once("key", &path, &ann).await;
    let password = first.ok()["data"]["temporaryPassword"].as_str().expect("a password").to_owned();
    let again = program.post_once("key", &path, &ann).await;
    assert_eq!(again.body, first.body, "the password is in the repeated answer");
    let kept = kept(&server).await;
    assert!(!kept.is_empty());
    let has_it =
        |bytes: &[u8]| bytes.windows(password.len()).any(|part| part == password.as_bytes());
    assert!(!kept.iter().any(|bytes| has_it(bytes)), "the database has no password");
}

/// What the database has of answers.
async fn kept(server: &Server) -> Vec<Vec<u8>> {
    let sql = "SELECT sealed FROM api_request WHERE sealed IS NOT NULL";
    let mut reader = server.installation.store.read().await.unwrap();
    match reader.connection() {
        Connection::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
        Connection::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
    }
    .unwrap()
}
