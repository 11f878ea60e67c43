//! Faults on demand.

use crate::support::{STARTER_MONTHLY, Zuora, new_subscription};
use reqwest::Method;
use serde_json::{Value, json};

async fn order(zuora: &Zuora) -> Value {
    zuora.post("/v1/orders", &new_subscription("PA-1002", STARTER_MONTHLY, json!({}))).await
}

async fn placed(zuora: &Zuora) -> Value {
    zuora.get("/sandbox/state").await["orders"].clone()
}

#[tokio::test]
async fn limits_outages_and_locks_come_as_often_as_asked() {
    let zuora = Zuora::start().await;
    zuora
        .post("/sandbox/faults", &json!({ "kind": "rate_limit", "next": 1, "retryAfter": 7 }))
        .await;
    let answer = Zuora::send(zuora.request(Method::GET, "/v1/accounts/PA-1001")).await;
    assert_eq!((answer.status, &answer.headers["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(answer.headers["ratelimit-remaining"], "0");
    assert_eq!(answer.body["reasons"][0]["code"], 53_500_070);

    zuora
        .post("/sandbox/faults", &json!({ "kind": "unavailable", "path": "/v1/orders", "next": 1 }))
        .await;
    assert_eq!(zuora.get("/v1/accounts/PA-1001").await["success"], true);
    let answer = Zuora::send(zuora.request(Method::GET, "/v1/orders")).await;
    assert_eq!(answer.status, 503);

    let lock =
        json!({ "kind": "lock_contention", "method": "POST", "path": "/v1/orders", "next": 1 });
    zuora.post("/sandbox/faults", &lock).await;
    let locked = order(&zuora).await;
    assert_eq!(locked["reasons"][0]["code"], 53_500_050);
    assert_eq!(placed(&zuora).await, 0);
    assert_eq!(order(&zuora).await["success"], true);

    zuora.post("/sandbox/faults", &json!({ "kind": "expire_token", "next": 1 })).await;
    let answer = Zuora::send(zuora.request(Method::GET, "/v1/orders")).await;
    assert_eq!(answer.status, 401);
    let struck = zuora.get("/sandbox/faults").await;
    assert_eq!(
        struck
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["befallen"].as_u64().unwrap())
            .sum::<u64>(),
        4
    );
    let wrong = zuora.request(Method::POST, "/sandbox/faults").json(&json!({ "kind": "flood" }));
    assert_eq!(wrong.send().await.unwrap().status(), 400);
    zuora.check();
}

#[tokio::test]
async fn an_answer_is_lost_after_the_work_and_a_request_before_it() {
    let zuora = Zuora::start().await;
    let body = new_subscription("PA-1002", STARTER_MONTHLY, json!({}));
    let send = async || {
        let request = zuora.request(Method::POST, "/v1/orders").json(&body);
        match request.send().await {
            Ok(response) => response.bytes().await.map(|_| ()),
            Err(error) => Err(error),
        }
    };
    zuora.post("/sandbox/faults", &json!({ "kind": "lose_answer", "next": 1 })).await;
    assert!(send().await.is_err());
    assert_eq!(placed(&zuora).await, 1);
    zuora.post("/sandbox/faults", &json!({ "kind": "lose_request", "next": 1 })).await;
    assert!(send().await.is_err());
    assert_eq!(placed(&zuora).await, 1);
    assert!(send().await.is_ok());
    assert_eq!(placed(&zuora).await, 2);
}

#[tokio::test]
async fn the_sandbox_counts_calls_and_starts_afresh() {
    let mut zuora = Zuora::start().await;
    order(&zuora).await;
    zuora.get("/v1/accounts/PA-1001").await;
    zuora.get("/v1/accounts/PA-1002").await;
    let state = zuora.get("/sandbox/state").await;
    assert_eq!(state["calls"]["GET /v1/accounts/{key}"], 2);
    assert_eq!(state["calls"]["POST /v1/orders"], 1);
    let moved = zuora.post("/sandbox/clock", &json!({ "to": "2027-01-01" })).await;
    assert_eq!(moved["time"], "2027-01-01T09:00:00Z");
    let reset = zuora.request(Method::POST, "/sandbox/reset").send().await.unwrap();
    assert_eq!(reset.status(), 204);
    zuora.sign_in().await;
    let state = zuora.get("/sandbox/state").await;
    assert_eq!((&state["orders"], &state["accounts"]), (&json!(0), &json!(6)));
    assert_eq!(state["time"], "2026-11-24T09:00:00Z");
    let unknown = Zuora::send(zuora.request(Method::GET, "/v1/usage")).await;
    assert_eq!(unknown.status, 404);
}
