//! What happens to a subscription later: products, quantities, plans, owners.

use crate::support::{
    BUSINESS_ANNUAL, ONBOARDING, STARTER_MONTHLY, SUPPORT_MONTHLY, TEAM_MONTHLY, TODAY, Zuora,
    change, customer, new_subscription, preview,
};
use serde_json::{Value, json};

const PARTNER: &str = "PA-1002";

async fn sold(zuora: &Zuora, rate_plan: &str) -> String {
    let owner = json!({ "newSubscriptionOwnerAccount": customer("Looms Inc.", "USD") });
    let placed = zuora.good("/v1/orders", &new_subscription(PARTNER, rate_plan, owner)).await;
    placed["subscriptions"][0]["subscriptionNumber"].as_str().unwrap().to_owned()
}

async fn subscription(zuora: &Zuora, number: &str) -> Value {
    zuora.get(&format!("/v1/subscriptions/{number}")).await
}

fn amounts(documents: &Value) -> Vec<String> {
    documents.as_array().unwrap().iter().map(|document| document["amount"].to_string()).collect()
}

#[tokio::test]
async fn more_seats_in_the_middle_of_a_month_cost_their_share() {
    let zuora = Zuora::start().await;
    let number = sold(&zuora, TEAM_MONTHLY).await;
    let before = subscription(&zuora, &number).await;
    let plan = &before["ratePlans"][0];
    let charge = plan["ratePlanCharges"][0]["number"].clone();
    let update = |plan: &Value, quantity: u32| {
        json!({ "type": "UpdateProduct", "updateProduct": {
            "ratePlanId": plan,
            "chargeUpdates": [{
                "chargeNumber": charge,
                "pricing": { "recurringPerUnit": { "quantity": quantity } },
            }],
        } })
    };
    // 15 of 30 days: half of five more seats at 12.
    let more = change(PARTNER, &number, "2026-12-09", update(&plan["id"], 10));
    let seen = zuora.good("/v1/orders/preview", &preview(&more, "2026-12-09")).await;
    assert_eq!(amounts(&seen["previewResult"]["invoices"]), ["30"]);
    let lines = seen["previewResult"]["invoices"][0]["invoiceItems"].as_array().unwrap();
    assert_eq!(
        (&lines[0]["amountWithoutTax"], &lines[1]["amountWithoutTax"]),
        (&json!(-30), &json!(60))
    );

    zuora.good("/v1/orders", &more).await;
    let after = subscription(&zuora, &number).await;
    assert_eq!(after["revision"], "2.0");
    let segments = after["ratePlans"][0]["ratePlanCharges"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    assert_eq!(segments[0]["effectiveEndDate"], "2026-12-09");
    assert_eq!(segments[1]["quantity"], 10);
    assert_ne!(after["ratePlans"][0]["id"], plan["id"]);
    let stale = change(PARTNER, &number, "2026-12-10", update(&plan["id"], 3));
    assert_eq!(zuora.refused("/v1/orders", &stale).await.0, 53_500_030);

    // And fewer again: a credit memo.
    let fewer = change(PARTNER, &number, TODAY, update(&after["ratePlans"][0]["id"], 4));
    let seen = zuora.good("/v1/orders/preview", &preview(&fewer, TODAY)).await;
    assert_eq!(amounts(&seen["previewResult"]["creditMemos"]), ["6"]);
    assert_eq!(amounts(&seen["previewResult"]["invoices"]), Vec::<String>::new());
    zuora.check();
}

#[tokio::test]
async fn an_add_on_comes_and_goes() {
    let zuora = Zuora::start().await;
    let number = sold(&zuora, STARTER_MONTHLY).await;
    let add =
        json!({ "type": "AddProduct", "addProduct": { "productRatePlanId": SUPPORT_MONTHLY } });
    let mut order = change(PARTNER, &number, TODAY, add);
    order["processingOptions"] = json!({ "runBilling": true });
    let placed = zuora.good("/v1/orders", &order).await;
    let invoice = placed["invoiceNumbers"][0].as_str().unwrap();
    let billed =
        zuora.get(&format!("/object-query/invoices/{invoice}?expand[]=invoiceitems")).await;
    assert_eq!(billed["amount"], 49);
    assert_eq!(billed["invoiceItems"][0]["chargeName"], "Priority support");

    let plans = subscription(&zuora, &number).await["ratePlans"].clone();
    assert_eq!((plans.as_array().unwrap().len(), &plans[1]["lastChangeType"]), (2, &json!("Add")));
    let remove =
        json!({ "type": "RemoveProduct", "removeProduct": { "ratePlanId": plans[1]["id"] } });
    let order = change(PARTNER, &number, "2026-12-24", remove);
    zuora.good("/v1/orders", &order).await;
    let plans = subscription(&zuora, &number).await["ratePlans"].clone();
    assert_eq!(plans[1]["lastChangeType"], "Remove");
    assert_eq!(plans[1]["ratePlanCharges"][0]["effectiveEndDate"], "2026-12-24");

    let once = json!({ "type": "AddProduct", "addProduct": { "productRatePlanId": ONBOARDING } });
    let seen = preview(&change(PARTNER, &number, TODAY, once), "2027-06-01");
    let seen = zuora.good("/v1/orders/preview", &seen).await;
    let lines: Vec<&Value> = seen["previewResult"]["invoices"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|invoice| invoice["invoiceItems"].as_array().unwrap())
        .filter(|line| line["chargeName"] == "Onboarding workshop")
        .collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["amountWithoutTax"], 500);
    zuora.check();
}

#[tokio::test]
async fn a_plan_is_changed_at_once_or_by_removing_and_adding() {
    let mut zuora = Zuora::start().await;
    let number = sold(&zuora, STARTER_MONTHLY).await;
    let plan = subscription(&zuora, &number).await["ratePlans"][0]["id"].clone();
    let upgrade = json!({ "type": "ChangePlan", "changePlan": {
        "ratePlanId": plan,
        "newProductRatePlan": { "productRatePlanId": BUSINESS_ANNUAL },
        "effectivePolicy": "EffectiveImmediately",
    } });
    let upgrade = change(PARTNER, &number, TODAY, upgrade);
    let seen = zuora.good("/v1/orders/preview", &preview(&upgrade, TODAY)).await;
    // 990 and ten seats at 200 for the year, less the month of Starter.
    assert_eq!(amounts(&seen["previewResult"]["invoices"]), ["2961"]);
    let metrics = seen["previewResult"]["chargeMetrics"][0]["charges"].as_array().unwrap();
    assert_eq!(metrics[0]["cmrr"]["regularDelta"], -29);
    zuora.good("/v1/orders", &upgrade).await;

    let plans = subscription(&zuora, &number).await["ratePlans"].clone();
    let current = plans[1]["id"].clone();
    assert_eq!(plans[1]["ratePlanName"], "Cadence Business Annual");
    let mut downgrade = change(
        PARTNER,
        &number,
        "2027-11-24",
        json!({ "type": "RemoveProduct", "removeProduct": { "ratePlanId": current } }),
    );
    downgrade["subscriptions"][0]["orderActions"].as_array_mut().unwrap().push(json!({
        "type": "AddProduct",
        "triggerDates": [{ "name": "ContractEffective", "triggerDate": "2027-11-24" }],
        "addProduct": { "productRatePlanId": TEAM_MONTHLY },
    }));
    let placed = zuora.good("/v1/orders", &downgrade).await;
    let order = placed["orderNumber"].as_str().unwrap();
    let read = zuora.get(&format!("/v1/orders/{order}")).await;
    assert_eq!(read["order"]["subscriptions"][0]["orderActions"][1]["type"], "AddProduct");

    // The term renews, and from then on the smaller plan is billed.
    zuora.days_pass(366).await;
    let filter = "filter[]=invoicedate.GE:2027-11-01&sort[]=invoicedate.ASC";
    let after = zuora.get(&format!("/object-query/invoices?{filter}")).await;
    assert_eq!(after["data"][0]["invoiceDate"], "2027-11-24");
    assert_eq!(amounts(&after["data"]), ["60"]);
    zuora.check();
}

#[tokio::test]
async fn a_subscription_changes_hands() {
    let mut zuora = Zuora::start().await;
    let number = sold(&zuora, STARTER_MONTHLY).await;
    let heir = zuora.good("/v1/accounts", &customer("Heir Inc.", "USD")).await;
    let heir = heir["accountNumber"].as_str().unwrap();
    let transfer = json!({ "type": "OwnerTransfer", "ownerTransfer": {
        "destinationAccountNumber": heir,
        "destinationInvoiceAccountNumber": "PA-1004",
    } });
    let order = change(PARTNER, &number, TODAY, transfer);
    let stranger =
        change("PA-1004", &number, TODAY, order["subscriptions"][0]["orderActions"][0].clone());
    let (code, message) = zuora.refused("/v1/orders", &stranger).await;
    assert_eq!(code, 53_500_030);
    assert!(message.contains("invoice owner"), "{message}");
    zuora.good("/v1/orders", &order).await;
    let after = subscription(&zuora, &number).await;
    assert_eq!(after["accountNumber"], heir);
    assert_eq!(after["invoiceOwnerAccountNumber"], "PA-1004");

    zuora.days_pass(31).await;
    let invoices = zuora.get("/v1/transactions/invoices/accounts/PA-1004").await;
    assert_eq!(amounts(&invoices["invoices"]), ["29"]);
    let before = zuora.get(&format!("/v1/transactions/invoices/accounts/{PARTNER}")).await;
    assert_eq!(amounts(&before["invoices"]), ["29"]);
    zuora.check();
}

#[tokio::test]
async fn orders_are_refused_for_reasons_and_leave_nothing_behind() {
    let zuora = Zuora::start().await;
    let mut both = new_subscription(
        PARTNER,
        STARTER_MONTHLY,
        json!({
            "subscriptionOwnerAccountNumber": "PA-1004",
            "newSubscriptionOwnerAccount": customer("Nobody", "USD"),
        }),
    );
    assert_eq!(zuora.refused("/v1/orders", &both).await.0, 53_500_020);
    both = new_subscription("PA-1006", STARTER_MONTHLY, json!({}));
    let (_, message) = zuora.refused("/v1/orders", &both).await;
    assert!(message.contains("not active"), "{message}");
    let mut late = new_subscription(
        PARTNER,
        STARTER_MONTHLY,
        json!({
            "newSubscriptionOwnerAccount": customer("Half Made", "USD"),
        }),
    );
    late["subscriptions"].as_array_mut().unwrap().push(json!({
        "subscriptionNumber": "A-S99999999",
        "orderActions": [{ "type": "CancelSubscription",
            "cancelSubscription": { "cancellationPolicy": "EndOfCurrentTerm" } }],
    }));
    assert_eq!(zuora.refused("/v1/orders", &late).await.0, 50_000_040);
    let left = zuora.get("/object-query/accounts?filter[]=name.EQ:Half Made").await;
    assert_eq!(left["data"], json!([]));

    let mut numbered = new_subscription(PARTNER, STARTER_MONTHLY, json!({}));
    numbered["orderNumber"] = json!("PO-1");
    zuora.good("/v1/orders", &numbered).await;
    let (_, message) = zuora.refused("/v1/orders", &numbered).await;
    assert!(message.contains("already exists"), "{message}");

    let known = json!({ "customFields": { "Order": ["Known__c"] } });
    zuora.post("/sandbox/tenant", &known).await;
    numbered["orderNumber"] = json!("PO-2");
    numbered["customFields"] = json!({ "Unknown__c": "x" });
    assert_eq!(zuora.refused("/v1/orders", &numbered).await.0, 53_500_021);
    let described = zuora.request(reqwest::Method::GET, "/v1/describe/Order").send().await.unwrap();
    assert!(described.text().await.unwrap().contains("<name>Known__c</name>"));
    zuora.check();
}
