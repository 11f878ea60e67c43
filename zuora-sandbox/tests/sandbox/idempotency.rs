//! Idempotency keys.

use crate::support::{Got, STARTER_MONTHLY, Zuora, new_subscription};
use reqwest::Method;
use serde_json::{Value, json};
use zuora_sandbox::faults::{Fault, FaultKind};

async fn keyed(zuora: &Zuora, key: &str, body: &Value) -> Got {
    let request = zuora.request(Method::POST, "/v1/orders").header("Idempotency-Key", key);
    Zuora::send(request.json(body)).await
}

async fn subscriptions(zuora: &Zuora) -> Value {
    zuora.get("/sandbox/state").await["subscriptions"].clone()
}

#[tokio::test]
async fn the_first_answer_is_given_again_for_a_day() {
    let mut zuora = Zuora::start().await;
    let order = new_subscription("PA-1002", STARTER_MONTHLY, json!({}));
    let first = keyed(&zuora, "key-1", &order).await;
    let again = keyed(&zuora, "key-1", &order).await;
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["zuora-sandbox-replayed"], "true");
    assert_eq!(subscriptions(&zuora).await, 1);

    let other = new_subscription("PA-1004", STARTER_MONTHLY, json!({}));
    assert_eq!(keyed(&zuora, "key-1", &other).await.status, 422);

    // A failure is kept as well.
    let wrong = new_subscription("PA-1006", STARTER_MONTHLY, json!({}));
    let refused = keyed(&zuora, "key-2", &wrong).await;
    let refused_again = keyed(&zuora, "key-2", &wrong).await;
    assert_eq!(refused.body["reasons"], refused_again.body["reasons"]);
    assert_eq!(refused_again.headers["zuora-sandbox-replayed"], "true");

    zuora.days_pass(1).await;
    let later = keyed(&zuora, "key-1", &order).await;
    assert_ne!(first.body["orderNumber"], later.body["orderNumber"]);
    assert_eq!(subscriptions(&zuora).await, 2);
    zuora.check();
}

#[tokio::test]
async fn a_key_whose_request_is_running_is_a_conflict() {
    let zuora = Zuora::start().await;
    zuora
        .sandbox
        .add_fault(Fault::new(FaultKind::Latency).on("POST", "/v1/orders").lasting(3_000).next(1));
    let order = new_subscription("PA-1002", STARTER_MONTHLY, json!({}));
    let slow = keyed(&zuora, "key", &order);
    let quick = async {
        // Once the first one is being worked on.
        while zuora.get("/sandbox/faults").await[0]["befallen"] != 1 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        keyed(&zuora, "key", &order).await
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!((slow.status, quick.status), (200, 409));
    assert_eq!(slow.body["success"], true);
    assert_eq!(subscriptions(&zuora).await, 1);
}

#[tokio::test]
async fn the_work_is_done_although_the_client_has_gone() {
    let zuora = Zuora::start().await;
    zuora
        .sandbox
        .add_fault(Fault::new(FaultKind::Latency).on("POST", "/v1/orders").lasting(1_500).next(1));
    let order = new_subscription("PA-1002", STARTER_MONTHLY, json!({}));
    let request = zuora.request(Method::POST, "/v1/orders").header("Idempotency-Key", "key");
    let impatient = request.timeout(std::time::Duration::from_millis(500)).json(&order);
    assert!(impatient.send().await.is_err());
    for _ in 0..300 {
        if subscriptions(&zuora).await == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(keyed(&zuora, "key", &order).await.body["success"], true);
    assert_eq!(subscriptions(&zuora).await, 1);
}
