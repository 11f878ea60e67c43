//! Sessions: how they begin and how they end.

use crate::browser::{ADMIN, PASSWORD, server};
use crate::support::Engine;
use axum::http::StatusCode;
use serde_json::json;
use std::time::Duration;

on_each_engine!(
    a_disabled_users_session_ends_with_the_next_request,
    a_session_ends_when_idle_and_in_any_case,
    signing_out_ends_the_session_on_the_server,
    signing_in_changes_the_token,
    attempts_from_one_address_are_limited,
    a_temporary_password_opens_nothing,
);

const PARTNERS: &str = "/settings/profile/partners";

async fn a_disabled_users_session_ends_with_the_next_request(engine: Engine) {
    let server = server(engine).await;
    let (organisation, mut partner) = server.partner("Acme", "ann@acme.example").await;
    assert_eq!(partner.get("/partner").await.status, StatusCode::OK);
    let mut admin = server.admin().await;
    let user = admin.users(&organisation).await.remove(0);
    assert_eq!(user["status"], "active");
    let id = user["id"].as_str().unwrap().to_owned();
    let disabled =
        admin.script("/actions/users/set-enabled", &[("user", &id), ("enabled", "false")]).await;
    assert_eq!(disabled.json()["status"], "disabled");
    assert_eq!(partner.get("/partner").await.header("location"), "/sign-in?next=%2Fpartner");
    let ask = partner.ask("/actions/partner/home", &json!({})).await;
    assert_eq!(ask.status, StatusCode::UNAUTHORIZED);
    let mut again = server.browser();
    let fields = [("email", "ann@acme.example"), ("password", "a fine new password")];
    let refused = again.script("/actions/sign-in", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    admin.script("/actions/users/set-enabled", &[("user", &id), ("enabled", "true")]).await;
    server.until_reconciled().await;
    let answer = again.script("/actions/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "an enabled user can sign in again: {}", answer.body);
}

async fn a_session_ends_when_idle_and_in_any_case(engine: Engine) {
    let server = server(engine).await;
    let mut idle = server.admin().await;
    server.clock.advance(Duration::from_secs(2 * 3_600 - 60));
    assert_eq!(idle.get(PARTNERS).await.status, StatusCode::OK);
    server.clock.advance(Duration::from_secs(2 * 3_600 + 60));
    assert_eq!(idle.get(PARTNERS).await.status, StatusCode::FOUND);

    let mut busy = server.admin().await;
    for _ in 0..11 {
        server.clock.advance(Duration::from_secs(3_600));
        assert_eq!(busy.get(PARTNERS).await.status, StatusCode::OK);
    }
    server.clock.advance(Duration::from_secs(3_600));
    assert_eq!(busy.get(PARTNERS).await.status, StatusCode::FOUND);
}

async fn signing_out_ends_the_session_on_the_server(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let mut stolen = admin.clone();
    let answer = admin.form("/actions/sign-out", PARTNERS, &[]).await;
    assert_eq!(answer.header("location"), "/sign-in");
    assert!(!admin.cookies.contains_key("__Host-partners_session"));
    assert_eq!(stolen.get(PARTNERS).await.status, StatusCode::FOUND);
}

async fn signing_in_changes_the_token(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let mut before = admin.clone();
    admin.form("/actions/sign-in", "/sign-in", &[("email", ADMIN), ("password", PASSWORD)]).await;
    assert_ne!(admin.cookies["__Host-partners_session"], before.cookies["__Host-partners_session"]);
    assert_eq!(admin.get(PARTNERS).await.status, StatusCode::OK);
    assert_eq!(before.get(PARTNERS).await.status, StatusCode::FOUND);
}

async fn attempts_from_one_address_are_limited(engine: Engine) {
    let server = server(engine).await;
    let mut browser = server.browser();
    let mut statuses = Vec::new();
    for number in 0..45 {
        let email = format!("nobody{number}@example.com");
        let fields = [("email", email.as_str()), ("password", "a guess")];
        statuses.push(browser.script("/actions/sign-in", &fields).await.status);
    }
    assert_eq!(statuses[39], StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(statuses[40], StatusCode::TOO_MANY_REQUESTS);
    server.clock.advance(Duration::from_secs(10 * 60 + 1));
    server.admin().await;
}

async fn a_temporary_password_opens_nothing(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let organisation = admin.create_organisation("Acme").await;
    let created = admin.create_user(&organisation, "ann@acme.example").await.json();
    let temporary = created["temporary_password"].as_str().unwrap().to_owned();
    admin.until_user_is(&organisation, "ann@acme.example", "invited").await;
    let mut browser = server.browser();
    browser
        .form(
            "/actions/sign-in",
            "/sign-in",
            &[("email", "ann@acme.example"), ("password", &temporary)],
        )
        .await;
    assert_eq!(browser.get("/partner").await.status, StatusCode::FOUND);
    let weak = browser
        .form("/actions/set-first-password", "/sign-in/new-password", &[("new_password", "short")])
        .await;
    assert_eq!(weak.header("location"), "/sign-in/new-password");
    let page = browser.get("/sign-in/new-password").await;
    assert!(page.body.contains("at least 12 characters"), "{}", page.body);
    let same = browser.script("/actions/set-first-password", &[("new_password", &temporary)]).await;
    assert!(same.body.contains("not the temporary one"), "{}", same.body);
    assert_eq!(browser.get("/partner").await.status, StatusCode::FOUND);
}
