//! A partner organisation's account is looked up when it is created, or later
//! where the billing system does not answer.

use crate::browser::{Answer, Browser, Server, eventually, server_with};
use crate::support::Engine;
use axum::http::StatusCode;
use partners_server::billing::{Zuora, ZuoraFields, ZuoraSettings, ZuoraTimeouts};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(
    an_account_is_found_and_searched,
    an_account_that_is_not_there_is_refused,
    an_account_is_verified_once_zuora_is_back,
    an_account_that_turns_out_wrong_shows,
);

/// An installation with a stand-in for Zuora.
pub async fn start(engine: Engine) -> (Sandbox, Server) {
    let sandbox = Sandbox::open(Settings::default()).unwrap();
    let address = zuora_sandbox::start(sandbox.clone()).await.unwrap();
    let settings = ZuoraSettings {
        base_url: format!("http://{address}").parse().unwrap(),
        client_id: "0193a5b0-7e6c-7c00-8000-000000000001".to_owned(),
        client_secret: "a-secret".into(),
        entity_ids: None,
        org_ids: None,
        fields: ZuoraFields::default(),
        timeouts: ZuoraTimeouts::default(),
    };
    let server = server_with(engine, Some(Arc::new(Zuora::new(settings).unwrap()))).await;
    (sandbox, server)
}

async fn create(admin: &mut Browser, name: &str, account: &str) -> Answer {
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", name),
        ("zuora_account_id", account),
        ("invoice_owner", "partner"),
    ];
    admin.script("/actions/organisations/create", &fields).await
}

fn id_of(created: &Answer) -> String {
    assert_eq!(created.status, StatusCode::OK, "{}", created.body);
    created.header("location").rsplit('/').next().unwrap().to_owned()
}

async fn known(admin: &mut Browser, organisation: &str) -> Value {
    admin.ask("/actions/accounts/checked", &json!({ "organisation": organisation })).await.json()
}

/// Waits until something else is known of the account than that it is unverified.
async fn verified(admin: &mut Browser, organisation: &str) -> Value {
    eventually("it is verified", async || {
        let known = known(admin, organisation).await;
        (known != "unverified").then_some(known)
    })
    .await
}

async fn doubts(admin: &mut Browser) -> Vec<Value> {
    let query = json!({ "query": { "search": "", "invoice_owner": null, "sort": "Name", "direction": "Ascending", "after": null, "before": null } });
    let page = admin.ask("/actions/organisations/list", &query).await.json();
    let rows = page["rows"].as_array().unwrap();
    rows.iter().map(|row| row["account_doubt"].clone()).collect()
}

async fn an_account_is_found_and_searched(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    let found = admin.ask("/actions/accounts/find", &json!({ "account": "PA-1001" })).await.json();
    assert_eq!(found["found"]["name"], "Nordlicht Systemhaus GmbH");
    assert_eq!(found["found"]["currency"], "EUR");
    assert_eq!(found["found"]["status"], "active");
    assert_eq!(found["found"]["salesforce_account"], "0015g00000NrdLtAAJ");
    let unknown = admin.ask("/actions/accounts/find", &json!({ "account": "A-0" })).await.json();
    assert_eq!(unknown, "unknown");
    let offered = admin.ask("/actions/accounts/search", &json!({ "text": "Harbor" })).await.json();
    assert_eq!(offered[0]["number"], "PA-1002");

    let organisation = id_of(&create(&mut admin, "Nordlicht", "PA-1001").await);
    let known = known(&mut admin, &organisation).await;
    assert_eq!(known["verified"]["name"], "Nordlicht Systemhaus GmbH");
    assert_eq!(doubts(&mut admin).await, [Value::Null]);
}

async fn an_account_that_is_not_there_is_refused(engine: Engine) {
    let (_sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    for (account, reason) in [
        ("A-NOWHERE", "Zuora has no account with this ID or number."),
        ("PA-1006", "which is cancelled in Zuora"),
    ] {
        let answer = create(&mut admin, "Nowhere", account).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("zuora_account_id"), "{}", answer.body);
        assert!(answer.body.contains(reason), "{}", answer.body);
    }
    assert_eq!(doubts(&mut admin).await, Vec::<Value>::new(), "nothing was created");
}

async fn an_account_is_verified_once_zuora_is_back(engine: Engine) {
    let (sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let organisation = id_of(&create(&mut admin, "Early", "PA-1002").await);
    assert_eq!(known(&mut admin, &organisation).await, "unverified");
    assert_eq!(doubts(&mut admin).await, ["unverified"]);
    sandbox.clear_faults();
    let known = verified(&mut admin, &organisation).await;
    assert_eq!(known["verified"]["name"], "Harbor Point Resellers Inc.");
    assert_eq!(doubts(&mut admin).await, [Value::Null]);
}

async fn an_account_that_turns_out_wrong_shows(engine: Engine) {
    let (sandbox, server) = start(engine).await;
    let mut admin = server.admin().await;
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let organisation = id_of(&create(&mut admin, "Wrong", "A-NOWHERE").await);
    sandbox.clear_faults();
    assert_eq!(verified(&mut admin, &organisation).await, "unknown");
    assert_eq!(doubts(&mut admin).await, ["unknown"]);
    let page = admin.get(&format!("/settings/profile/partners/{organisation}")).await;
    assert!(page.body.contains("Not in Zuora"), "the page says so");

    let checked = admin.script("/actions/accounts/check", &[("organisation", &organisation)]).await;
    assert_eq!(checked.json(), "unknown", "asked again, it is still not there");
}
