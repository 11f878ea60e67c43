//! Terms: renewal, cancellation, and taking a cancellation back.

use crate::support::{STARTER_MONTHLY, TODAY, Zuora, change, new_subscription, preview};
use serde_json::{Value, json};

const PARTNER: &str = "PA-1002";

async fn sold(zuora: &Zuora) -> String {
    let order = new_subscription(PARTNER, STARTER_MONTHLY, json!({}));
    let placed = zuora.good("/v1/orders", &order).await;
    placed["subscriptions"][0]["subscriptionNumber"].as_str().unwrap().to_owned()
}

fn cancel(policy: Value) -> Value {
    json!({ "type": "CancelSubscription", "cancelSubscription": policy })
}

async fn invoices(zuora: &Zuora) -> usize {
    let found = zuora.get("/v1/transactions/invoices/accounts/PA-1002?pageSize=40").await;
    found["invoices"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_subscription_renews_and_is_billed_every_month() {
    let mut zuora = Zuora::start().await;
    let number = sold(&zuora).await;
    zuora.days_pass(366).await;
    let after = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(
        (&after["termStartDate"], &after["termEndDate"]),
        (&json!("2027-11-24"), &json!("2028-11-24"))
    );
    assert_eq!(invoices(&zuora).await, 13);
    let versions = zuora
        .get(&format!(
            "/object-query/subscriptions?filter[]=name.EQ:{number}&fields[]=version,islatestversion"
        ))
        .await;
    assert_eq!(versions["data"].as_array().unwrap().len(), 2);
    assert_eq!(versions["data"][1]["isLatestVersion"], true);
    let first = zuora.get(&format!("/v1/subscriptions/{number}/versions/1")).await;
    assert_eq!(first["termEndDate"], "2027-11-24");
    zuora.check();
}

#[tokio::test]
async fn without_renewal_nothing_is_billed_after_the_term() {
    let mut zuora = Zuora::start().await;
    let number = sold(&zuora).await;
    let stay =
        json!({ "type": "TermsAndConditions", "termsAndConditions": { "autoRenew": false } });
    zuora.good("/v1/orders", &change(PARTNER, &number, TODAY, stay)).await;
    let after = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(after["autoRenew"], false);
    zuora.days_pass(500).await;
    assert_eq!(invoices(&zuora).await, 12);
    zuora.check();
}

#[tokio::test]
async fn a_cancellation_at_the_end_of_the_term_can_be_taken_back() {
    let mut zuora = Zuora::start().await;
    let number = sold(&zuora).await;
    let order = change(
        PARTNER,
        &number,
        TODAY,
        cancel(json!({ "cancellationPolicy": "EndOfCurrentTerm" })),
    );
    let seen = zuora.good("/v1/orders/preview", &preview(&order, TODAY)).await;
    assert_eq!(seen["previewResult"]["creditMemos"], json!([]));
    let placed = zuora.good("/v1/orders", &order).await;
    assert_eq!(placed["subscriptions"][0]["status"], "Cancelled");
    let cancelled = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(
        (&cancelled["status"], &cancelled["subscriptionEndDate"]),
        (&json!("Cancelled"), &json!("2027-11-24"))
    );
    let again = zuora.refused("/v1/orders", &order).await;
    assert!(again.1.contains("is cancelled"), "{again:?}");

    zuora.days_pass(40).await;
    let order_number = placed["orderNumber"].as_str().unwrap();
    let path = format!("/v1/orders/{order_number}");
    let undone = Zuora::send(zuora.request(reqwest::Method::DELETE, &path)).await;
    assert_eq!(undone.body["success"], true, "{}", undone.body);
    let after = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!((&after["status"], &after["autoRenew"]), (&json!("Active"), &json!(true)));
    assert_eq!(after["ratePlans"][0]["ratePlanCharges"][0]["chargedThroughDate"], "2027-01-24");
    assert_eq!(zuora.get(&path).await["success"], false);
    zuora.days_pass(30).await;
    assert_eq!(invoices(&zuora).await, 3);
    zuora.check();
}

#[tokio::test]
async fn a_cancellation_now_gives_back_the_rest_of_the_month() {
    let mut zuora = Zuora::start().await;
    let number = sold(&zuora).await;
    zuora.days_pass(15).await;
    let today = cancel(json!({
        "cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-12-09",
    }));
    let mut order = change(PARTNER, &number, "2026-12-09", today);
    let seen = zuora.good("/v1/orders/preview", &preview(&order, "2026-12-09")).await;
    assert_eq!(seen["previewResult"]["creditMemos"][0]["amount"], 14.5);
    order["processingOptions"] = json!({ "runBilling": true });
    let placed = zuora.good("/v1/orders", &order).await;
    assert_eq!(placed["creditMemoNumbers"], json!(["CM00000001"]));
    let account = zuora.get(&format!("/v1/accounts/{PARTNER}")).await;
    assert_eq!(account["metrics"]["balance"], 14.5);
    let memos = zuora.get("/object-query/credit-memos").await;
    assert_eq!(memos["data"][0]["amount"], 14.5);

    let path = format!("/v1/orders/{}", placed["orderNumber"].as_str().unwrap());
    let kept = Zuora::send(zuora.request(reqwest::Method::DELETE, &path)).await;
    assert_eq!(kept.body["success"], false);
    zuora.days_pass(60).await;
    assert_eq!(invoices(&zuora).await, 1);
    zuora.check();
}

#[tokio::test]
async fn what_was_billed_is_the_end_when_the_policy_says_so() {
    let zuora = Zuora::start().await;
    let number = sold(&zuora).await;
    let order = change(
        PARTNER,
        &number,
        TODAY,
        cancel(json!({ "cancellationPolicy": "EndOfLastInvoicePeriod" })),
    );
    zuora.good("/v1/orders", &order).await;
    let after = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(after["subscriptionEndDate"], "2026-12-24");

    let paid =
        zuora.post("/sandbox/payments", &json!({ "invoice": "INV00000001", "amount": 9 })).await;
    assert_eq!(paid["balance"], 20);
    let open =
        zuora.get("/object-query/invoices?filter[]=balance.GT:0&filter[]=status.EQ:Posted").await;
    assert_eq!(open["data"][0]["paymentAmount"], 9);
    zuora.check();
}
