//! Amounts keep every digit.

use crate::responder::{self, json};
use crate::stand_in::account_key;
use partners_server::billing::{Billing, OrderedPlan};
use rust_decimal::Decimal;

const CHARGE: &str = r#"{
    "id": "c1", "name": "Units", "type": "Recurring", "model": "PerUnit", "uom": "Unit",
    "billingPeriod": "Month", "listPriceBase": "Per_Billing_Period",
    "pricing": [
        { "currency": "EUR", "price": 1234567890123456789.01, "tiers": null },
        { "currency": "USD", "price": "0.1", "tiers": [] },
        { "currency": "JPY", "price": 1.5E2 }
    ]
}"#;

#[tokio::test]
async fn prices_and_quantities_are_exact() {
    let it = responder::start(|call| match call.line.split(['?', ' ']).nth(1) {
        Some("/v1/catalog/products") => {
            json(200, r#"{"products":[{"id":"p1","name":"P"}],"success":true}"#)
        }
        Some("/v1/products/p1/product-rate-plans") => json(
            200,
            &format!(
                r#"{{"productRatePlans":[{{"id":"r1","name":"R","productRatePlanCharges":[{CHARGE}]}}],"success":true}}"#
            ),
        ),
        _ => json(200, r#"{"success":false,"reasons":[{"code":53500020,"message":"No."}]}"#),
    })
    .await;
    let zuora = it.zuora();
    let plans = zuora.catalog().await.expect("a catalog");
    let prices: Vec<String> = plans[0].charges[0]
        .prices
        .iter()
        .map(|price| price.price.expect("a price").to_string())
        .collect();
    assert_eq!(prices, ["1234567890123456789.01 EUR", "0.10 USD", "150 JPY"]);

    let mut order = crate::stand_in::for_the_customer();
    let quantity: Decimal = "1234567890123456789.125".parse().expect("digits");
    order.plan = OrderedPlan { rate_plan: "r1".into(), quantity: Some(quantity) };
    zuora.place(&order, &crate::stand_in::attempt()).await.expect_err("refused");
    let calls = it.calls();
    let sent = calls.iter().find(|call| call.line == "POST /v1/orders").expect("an order");
    assert!(sent.body.contains(r#""quantity":1234567890123456789.125}"#), "{}", sent.body);
}

#[tokio::test]
async fn balances_are_exact() {
    let it = responder::start(|_| {
        json(
            200,
            r#"{"data":[{
                "id":"i1","invoiceNumber":"INV1","accountId":"a1","invoiceDate":"2026-11-24",
                "amount":90071992547409.93,"balance":-0.07,"currency":"USD","status":"Posted"
            }],"nextPage":"https://elsewhere.example/object-query/invoices?cursor=a%3Db"}"#,
        )
    })
    .await;
    let page = it.zuora().invoices(&["a1".into()], None).await.expect("a page");
    assert_eq!(page.items[0].amount.to_string(), "90071992547409.93 USD");
    assert_eq!(page.items[0].balance.to_string(), "-0.07 USD");
    assert!(page.items[0].is_paid());
    let next = page.next.expect("another page");
    it.zuora().invoices(&["a1".into()], Some(&next)).await.expect("a page");
    let line = it.calls().last().expect("a call").line.clone();
    assert!(line.ends_with("&cursor=a%3Db"), "{line}");
    it.zuora().account(&account_key("A1")).await.expect_err("no account");
}
