//! The product catalog.

use crate::support::{
    ARCHIVE_MONTHLY, BUSINESS_ANNUAL, STARTER_MONTHLY, TEAM_MONTHLY, TODAY, Zuora, new_subscription,
};
use serde_json::json;

#[tokio::test]
async fn products_are_paged_and_lead_to_their_rate_plans() {
    let zuora = Zuora::start().await;
    let first = zuora.get("/v1/catalog/products?pageSize=5").await;
    assert_eq!(first["products"].as_array().unwrap().len(), 5);
    let next = first["nextPage"].as_str().unwrap().strip_prefix(&zuora.base).unwrap();
    let second = zuora.get(next).await;
    assert_eq!(second["products"].as_array().unwrap().len(), 3);
    assert!(second.get("nextPage").is_none());

    let team = &first["products"][1];
    assert_eq!(team["name"], "Cadence Team");
    let link = team["productRatePlans"].as_str().unwrap().strip_prefix(&zuora.base).unwrap();
    let plans = zuora.get(link).await;
    let monthly = &plans["productRatePlans"][0];
    assert_eq!((&monthly["id"], &monthly["status"]), (&json!(TEAM_MONTHLY), &json!("Active")));
    let charge = &monthly["productRatePlanCharges"][0];
    assert_eq!((&charge["model"], &charge["uom"]), (&json!("PerUnit"), &json!("Seat")));
    assert_eq!(charge["pricing"][0]["currency"], "EUR");
    assert_eq!(charge["pricing"][0]["price"], 11);
    zuora.check();
}

#[tokio::test]
async fn rate_plans_can_be_queried_with_product_charges_and_prices() {
    let zuora = Zuora::start().await;
    let found = zuora
        .get(&format!(
            "/object-query/product-rate-plans/{BUSINESS_ANNUAL}?expand[]=product&expand[]=productrateplancharges.productrateplanchargetiers"
        ))
        .await;
    assert_eq!(found["product"]["name"], "Cadence Business");
    let charges = found["productRatePlanCharges"].as_array().unwrap();
    assert_eq!(charges.len(), 2);
    assert_eq!(charges[0]["productRatePlanChargeTiers"][1]["currency"], "USD");
    assert_eq!(charges[0]["productRatePlanChargeTiers"][1]["price"], 990);
    let products = zuora
        .get("/object-query/products?filter[]=category.EQ:Add On Services&pageSize=99&expand[]=productrateplans")
        .await;
    assert_eq!(products["data"].as_array().unwrap().len(), 5);
    assert_eq!(products["data"][0]["productRatePlans"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_what_is_for_sale_in_the_currency_can_be_ordered() {
    let zuora = Zuora::start().await;
    let order = new_subscription("PA-1001", ARCHIVE_MONTHLY, json!({}));
    let (code, message) = zuora.refused("/v1/orders", &order).await;
    assert_eq!(code, 53_500_030);
    assert!(message.contains("EUR"), "{message}");
    zuora.good("/v1/orders", &new_subscription("PA-1002", ARCHIVE_MONTHLY, json!({}))).await;

    let gone = json!({ "productRatePlanId": STARTER_MONTHLY, "effectiveEndDate": TODAY });
    zuora.post("/sandbox/catalog", &gone).await;
    let order = new_subscription("PA-1001", STARTER_MONTHLY, json!({}));
    let (_, message) = zuora.refused("/v1/orders", &order).await;
    assert!(message.contains("is not effective"), "{message}");
    let missing = new_subscription("PA-1001", "8ad0a1c08f3b5d11018f3b7c0020ffff", json!({}));
    assert_eq!(zuora.refused("/v1/orders", &missing).await.0, 50_000_040);
    zuora.check();
}
