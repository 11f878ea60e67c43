//! The state in its file.

use crate::support::{STARTER_MONTHLY, Zuora, new_subscription};
use reqwest::Method;
use serde_json::json;
use zuora_sandbox::Settings;

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { file: Some(folder.path().join("zuora.json")), ..Settings::default() };
    let mut zuora = Zuora::start_with(settings.clone()).await;
    let order = new_subscription("PA-1002", STARTER_MONTHLY, json!({}));
    let keyed = |zuora: &Zuora| {
        zuora.request(Method::POST, "/v1/orders").header("Idempotency-Key", "key").json(&order)
    };
    let placed = Zuora::send(keyed(&zuora)).await.body;
    assert_eq!(placed["success"], true);
    zuora.post("/sandbox/clock", &json!({ "seconds": 3600 })).await;
    zuora.sign_in().await;
    let before = zuora.get("/object-query/invoices").await;

    // Nothing is shut down: the first one is simply no longer asked.
    let again = Zuora::start_with(settings.clone()).await;
    assert_eq!(again.get("/object-query/invoices").await["data"], before["data"]);
    assert_eq!(again.get("/sandbox/state").await["time"], "2026-11-24T10:00:00Z");
    let replayed = Zuora::send(keyed(&again)).await;
    assert_eq!(replayed.body, placed);
    let second = Zuora::send(again.request(Method::POST, "/v1/orders").json(&order)).await.body;
    assert_ne!(second["orderNumber"], placed["orderNumber"]);

    std::fs::write(folder.path().join("zuora.json"), "{").unwrap();
    assert!(zuora_sandbox::Sandbox::open(settings).is_err());
}

#[tokio::test]
async fn orders_at_the_same_time_all_reach_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { file: Some(folder.path().join("zuora.json")), ..Settings::default() };
    let zuora = Zuora::start_with(settings.clone()).await;
    let order = new_subscription("PA-1002", STARTER_MONTHLY, json!({}));
    let sends = (0..30).map(|_| zuora.good("/v1/orders", &order));
    futures_util::future::join_all(sends).await;
    let again = Zuora::start_with(settings).await;
    assert_eq!(again.get("/sandbox/state").await["orders"], 30);
}
