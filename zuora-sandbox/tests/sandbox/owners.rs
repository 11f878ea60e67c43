//! The story of a sale, once with the partner as the invoice owner and once
//! with the end customer.

use crate::support::{TEAM_MONTHLY, TEAM_SEATS, TODAY, Zuora, customer, new_subscription, preview};
use serde_json::json;

const PARTNER: &str = "PA-1001";

#[tokio::test]
async fn the_partner_is_invoiced_for_a_new_customers_subscription() {
    let mut zuora = Zuora::start().await;
    let account = zuora.get(&format!("/v1/accounts/{PARTNER}")).await;
    assert_eq!(account["basicInfo"]["name"], "Nordlicht Systemhaus GmbH");
    assert_eq!(account["basicInfo"]["crmId"], "0015g00000NrdLtAAJ");

    let mut order = new_subscription(
        PARTNER,
        TEAM_MONTHLY,
        json!({ "newSubscriptionOwnerAccount": customer("Analytical Engines Ltd", "EUR") }),
    );
    order["customFields"] = json!({ "PartnerReference__c": "ref-1" });
    order["subscriptions"][0]["customFields"] = json!({ "PartnerOrganisation__c": "org-1" });
    order["subscriptions"][0]["orderActions"][0]["createSubscription"]["subscribeToRatePlans"][0]
        ["chargeOverrides"] = json!([{
        "productRatePlanChargeId": TEAM_SEATS,
        "pricing": { "recurringPerUnit": { "quantity": 7 } },
    }]);

    let seen = zuora.good("/v1/orders/preview", &preview(&order, TODAY)).await;
    let invoice = &seen["previewResult"]["invoices"][0];
    assert_eq!(invoice["amount"], 77);
    assert_eq!(invoice["invoiceItems"][0]["additionalInfo"]["quantity"], 7);
    let metrics = &seen["previewResult"]["chargeMetrics"][0]["charges"][0];
    assert_eq!(
        (&metrics["cmrr"]["regular"], &metrics["tcv"]["regular"]),
        (&json!(77), &json!(924))
    );

    let placed = zuora.good("/v1/orders?returnIds=true", &order).await;
    assert_eq!(placed["accountNumber"], PARTNER);
    let entry = &placed["subscriptions"][0];
    let owner = entry["subscriptionOwnerNumber"].as_str().unwrap();
    let number = entry["subscriptionNumber"].as_str().unwrap();

    let subscription = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(subscription["accountNumber"], owner);
    assert_eq!(subscription["accountName"], "Analytical Engines Ltd");
    assert_eq!(subscription["invoiceOwnerAccountNumber"], PARTNER);
    assert_eq!(subscription["PartnerOrganisation__c"], "org-1");
    let owned = zuora.get(&format!("/v1/subscriptions/accounts/{owner}")).await;
    assert_eq!(owned["subscriptions"][0]["subscriptionNumber"], number);

    let found = zuora
        .get("/object-query/orders?filter[]=partnerreference__c.EQ:ref-1&expand[]=orderactions")
        .await;
    assert_eq!(found["data"][0]["orderNumber"], placed["orderNumber"]);
    assert_eq!(found["data"][0]["orderActions"][0]["subscriptionNumber"], number);
    let order_number = placed["orderNumber"].as_str().unwrap();
    let read = zuora.get(&format!("/v1/orders/{order_number}")).await;
    assert_eq!(read["order"]["customFields"]["PartnerReference__c"], "ref-1");
    for path in [format!("subscriptionOwner/{owner}"), format!("invoiceOwner/{PARTNER}")] {
        let orders = zuora.get(&format!("/v1/orders/{path}")).await;
        assert_eq!(orders["orders"][0]["orderNumber"], placed["orderNumber"]);
    }

    let billed = zuora
        .get(&format!(
            "/object-query/subscriptions?filter[]=invoiceownerid.EQ:{}&filter[]=islatestversion.EQ:true&expand[]=account",
            account["basicInfo"]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(billed["data"][0]["name"], number);
    assert_eq!(billed["data"][0]["account"]["accountNumber"], owner);

    zuora.days_pass(31).await;
    let invoices = zuora.get(&format!("/v1/transactions/invoices/accounts/{PARTNER}")).await;
    let dates: Vec<_> =
        invoices["invoices"].as_array().unwrap().iter().map(|one| &one["invoiceDate"]).collect();
    assert_eq!(dates, ["2026-12-24", "2026-11-24"]);
    let none = zuora.get(&format!("/v1/transactions/invoices/accounts/{owner}")).await;
    assert_eq!(none["invoices"], json!([]));

    let invoice = &invoices["invoices"][0];
    let id = invoice["id"].as_str().unwrap();
    let files = zuora.get(&format!("/v1/invoices/{id}/files")).await;
    let file = files["invoiceFiles"][0]["id"].as_str().unwrap();
    let response =
        zuora.request(reqwest::Method::GET, &format!("/v1/files/{file}")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/pdf");
    let pdf = response.bytes().await.unwrap();
    assert!(pdf.starts_with(b"%PDF-1.4"));
    assert!(String::from_utf8_lossy(&pdf).contains("Cadence Team"));
    let items = zuora.get(&format!("/v1/invoices/{id}/items")).await;
    assert_eq!(items["invoiceItems"][0]["chargeAmount"], 77);

    let balance = zuora.get(&format!("/v1/accounts/{PARTNER}")).await;
    assert_eq!(balance["metrics"]["balance"], 154);
    let summary = zuora.get(&format!("/v1/accounts/{PARTNER}/summary")).await;
    assert_eq!(summary["invoices"].as_array().unwrap().len(), 2);
    zuora.check();
}

#[tokio::test]
async fn the_end_customer_is_invoiced_when_the_order_is_theirs() {
    let zuora = Zuora::start().await;
    let mut order = new_subscription("", TEAM_MONTHLY, json!({}));
    order.as_object_mut().unwrap().remove("existingAccountNumber");
    order["newAccount"] = customer("Difference Engines Ltd", "USD");
    let seen = preview(&order, TODAY);
    let mut seen = seen;
    seen.as_object_mut().unwrap().remove("newAccount");
    seen["previewAccountInfo"] = json!({ "billCycleDay": 1, "currency": "USD" });
    let seen = zuora.good("/v1/orders/preview", &seen).await;
    assert_eq!(seen["previewResult"]["invoices"][0]["amount"], 60);

    let placed = zuora.good("/v1/orders", &order).await;
    let account = placed["accountNumber"].as_str().unwrap();
    let number = placed["subscriptions"][0]["subscriptionNumber"].as_str().unwrap();
    let subscription = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(subscription["accountNumber"], account);
    assert_eq!(subscription["invoiceOwnerAccountNumber"], account);
    let invoices = zuora.get(&format!("/v1/transactions/invoices/accounts/{account}")).await;
    assert_eq!(invoices["invoices"][0]["amount"], 60);

    let second =
        zuora.good("/v1/orders", &new_subscription(account, TEAM_MONTHLY, json!({}))).await;
    assert_eq!(second["subscriptions"][0]["subscriptionOwnerNumber"], account);
    zuora.check();
}

#[tokio::test]
async fn an_order_of_the_customer_can_name_the_partner_as_invoice_owner() {
    let zuora = Zuora::start().await;
    let account = zuora.good("/v1/accounts", &customer("Jacquard Mills", "USD")).await;
    let account = account["accountNumber"].as_str().unwrap();
    let named = json!({ "invoiceOwnerAccountNumber": "PA-1002" });
    let order = new_subscription(account, TEAM_MONTHLY, named.clone());
    let placed = zuora.good("/v1/orders", &order).await;
    let number = placed["subscriptions"][0]["subscriptionNumber"].as_str().unwrap();
    let subscription = zuora.get(&format!("/v1/subscriptions/{number}")).await;
    assert_eq!(subscription["accountNumber"], account);
    assert_eq!(subscription["invoiceOwnerAccountNumber"], "PA-1002");

    let wrong =
        new_subscription(account, TEAM_MONTHLY, json!({ "invoiceOwnerAccountNumber": "PA-1001" }));
    let (code, message) = zuora.refused("/v1/orders", &wrong).await;
    assert_eq!(code, 53_500_030);
    assert!(message.contains("currency"), "{message}");

    zuora.post("/sandbox/tenant", &json!({ "invoiceOwnerField": false })).await;
    let (code, _) = zuora.refused("/v1/orders", &order).await;
    assert_eq!(code, 53_500_021);
    zuora.post("/sandbox/tenant", &json!({ "ownerTransfer": false })).await;
    let (code, _) = zuora.refused("/v1/orders", &order).await;
    assert_eq!(code, 53_500_030);
    zuora.check();
}
