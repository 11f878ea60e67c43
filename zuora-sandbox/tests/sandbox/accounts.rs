//! Accounts and tokens.

use crate::support::{Zuora, customer};
use reqwest::Method;
use serde_json::json;
use zuora_sandbox::Settings;

#[tokio::test]
async fn an_account_is_found_by_its_number_its_identifier_and_its_name() {
    let zuora = Zuora::start().await;
    let mut account = customer("Babbage & Daughters", "EUR");
    account["crmId"] = json!("001A");
    account["accountNumber"] = json!("CUST-7");
    account["Region__c"] = json!("north");
    let made = zuora.good("/v1/accounts", &account).await;
    assert_eq!(made["accountNumber"], "CUST-7");
    let id = made["accountId"].as_str().unwrap();
    for key in [id, "CUST-7"] {
        let found = zuora.get(&format!("/v1/accounts/{key}")).await;
        assert_eq!(found["basicInfo"]["name"], "Babbage & Daughters");
        assert_eq!(found["basicInfo"]["Region__c"], "north");
        assert_eq!(found["billToContact"]["country"], "United Kingdom");
    }
    let summary = zuora.get("/v1/accounts/CUST-7/summary").await;
    assert_eq!(summary["basicInfo"]["currency"], "EUR");
    let named = zuora.get("/object-query/accounts?filter[]=name.SW:Babbage").await;
    assert_eq!(named["data"][0]["id"], id);
    let one = zuora.get("/object-query/accounts/CUST-7?expand[]=billto").await;
    assert_eq!(one["billTo"]["lastName"], "Lovelace");
    zuora.check();
}

#[tokio::test]
async fn the_seeded_resellers_differ_in_what_matters() {
    let zuora = Zuora::start().await;
    let found = zuora
        .get("/object-query/accounts?filter[]=accountnumber.SW:PA-&sort[]=accountnumber.ASC&fields[]=accountnumber,status,currency")
        .await;
    let facts: Vec<String> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| {
            format!("{} {} {}", account["accountNumber"], account["status"], account["currency"])
        })
        .collect();
    assert_eq!(facts.len(), 6);
    assert!(facts.contains(&r#""PA-1005" "Draft" "EUR""#.to_owned()), "{facts:?}");
    assert!(facts.contains(&r#""PA-1006" "Canceled" "USD""#.to_owned()), "{facts:?}");
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said_in_zuoras_codes() {
    let zuora = Zuora::start().await;
    let answer = Zuora::send(zuora.request(Method::GET, "/v1/accounts/nobody")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["reasons"][0]["code"], 50_000_040);
    assert_eq!(answer.body["reasons"][0]["message"], "Cannot find entity by key: 'nobody'.");
    let by_query = Zuora::send(zuora.request(Method::GET, "/object-query/accounts/nobody")).await;
    assert_eq!(by_query.status, 404);

    let mut nameless = customer("", "EUR");
    let (code, message) = zuora.refused("/v1/accounts", &nameless).await;
    assert_eq!((code, message.as_str()), (53_500_022, "'name' may not be empty"));
    nameless["name"] = json!("A");
    nameless["currency"] = json!("XXX");
    assert_eq!(zuora.refused("/v1/accounts", &nameless).await.0, 53_500_020);
    nameless["currency"] = json!("EUR");
    nameless["accountNumber"] = json!("A/1");
    let (_, message) = zuora.refused("/v1/accounts", &nameless).await;
    assert!(message.contains("# ? /"), "{message}");
    let broken = zuora.request(Method::POST, "/v1/accounts").body("{").send().await.unwrap();
    assert_eq!(broken.status(), 400);
    zuora.check();
}

#[tokio::test]
async fn tokens_expire_and_clients_are_known() {
    let client = Some(("0193a5b0-7e6c-7c00-8000-000000000001".to_owned(), "a-secret".to_owned()));
    let mut zuora = Zuora::start_with(Settings { client, ..Settings::default() }).await;
    assert_eq!(zuora.get("/v1/accounts/PA-1001").await["success"], true);

    zuora.sandbox.advance(3600);
    let late = Zuora::send(zuora.request(Method::GET, "/v1/accounts/PA-1001")).await;
    assert_eq!((late.status, &late.body["reasons"][0]["code"]), (401, &json!(90_000_011)));
    zuora.sign_in().await;
    assert_eq!(zuora.get("/v1/accounts/PA-1001").await["success"], true);

    let all = zuora.request(Method::POST, "/sandbox/tokens/expire").send().await.unwrap();
    assert_eq!(all.status(), 204);
    assert_eq!(zuora.get("/v1/accounts/PA-1001").await["success"], false);

    let stranger = zuora.request(Method::POST, "/oauth/token").form(&[
        ("client_id", "0193a5b0-7e6c-7c00-8000-00000000000f"),
        ("client_secret", "another"),
        ("grant_type", "client_credentials"),
    ]);
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    zuora.check();
}

#[tokio::test]
async fn answers_carry_zuoras_headers() {
    let zuora = Zuora::start().await;
    let request = zuora.request(Method::GET, "/v1/accounts/PA-1001");
    let answer = Zuora::send(request.header("Zuora-Track-Id", "track-1")).await;
    assert_eq!(answer.headers["zuora-request-id"].len(), 36);
    assert_eq!(answer.headers["zuora-track-id"], "track-1");
    for name in ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
        assert!(answer.headers.contains_key(name), "{name}");
    }
}
