//! What a partner organisation's programs do: order, and look after what came
//! of it. Nothing of another organisation is there to them.

use crate::api::{Program, management, of_partner};
use crate::selling::{Selling, create_organisation, offer_fields, rate_plan};
use crate::support::Engine;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};

on_each_engine!(
    an_order_becomes_a_subscription_once,
    a_preview_says_what_an_order_costs,
    a_wrong_order_is_told_by_its_fields,
    what_came_of_orders_is_listed,
    what_is_anothers_does_not_exist,
    while_zuora_is_away_nothing_is_lost,
);

struct Shop {
    it: Selling,
    program: Program,
    /// A plan that is sold over the API.
    plan: String,
}

/// Nordlicht's program, and a plan for the API alone.
async fn shop(engine: Engine, invoice_owner: &str) -> Shop {
    let mut it = Selling::start(engine, invoice_owner).await;
    let mut fields = offer_fields("Wire", "plan", &rate_plan(&it.sandbox, "Cadence Team Monthly"));
    for (name, value) in &mut fields {
        if name == "channels[]" {
            *value = "api".to_owned();
        }
    }
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = it.admin.script("/actions/offers/save", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let program = Program::start(&it.server, &of_partner(&it.organisation)).await;
    let offers = program.get("/api/partner/offer").await.ok();
    let names: Vec<_> =
        offers["items"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Wire"], "offers of the Shop alone are not sold over the API");
    let plan = offers["items"][0]["id"].as_str().unwrap().to_owned();
    Shop { it, program, plan }
}

fn order(plan: &str) -> Value {
    json!({
        "order_type": "new",
        "external_id": "4711",
        "orderItems": [{ "offer": { "id": plan, "version": "3" }, "quantity": 7 }],
        "billingDetails": {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": "ada@engines.example",
            "company": "Analytical Engines Ltd",
            "address1": "1 St James’s Square",
            "city": "London",
            "postalCode": "SW1Y 4LB",
        },
        "country": "GB",
        "payment": { "type": "invoice" },
        "checkoutId": "basket-1",
        "process_immediately": true,
    })
}

/// An order once it is no longer on its way.
async fn settled(program: &Program, order: &Value) -> Value {
    let path = format!("/api/partner/order/{}", order["id"].as_str().unwrap());
    for _ in 0..400 {
        let order = program.get(&path).await.ok();
        if order["status"] != "processing" {
            return order;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it stays on its way");
}

async fn an_order_becomes_a_subscription_once(engine: Engine) {
    let Shop { it, program, plan } = shop(engine, "partner").await;
    let before = it.there();
    let first = program.post_once("order-4711", "/api/partner/order", &order(&plan)).await;
    let made = first.ok();
    assert_eq!((&made["external_id"], &made["order_type"]), (&"4711".into(), &"new".into()));
    assert_eq!(made["partner_org"], it.organisation.as_str());
    assert!(made["order_reference"].as_str().unwrap().starts_with("PO-"), "{made}");
    let again = program.post_once("order-4711", "/api/partner/order", &order(&plan)).await;
    assert_eq!(again.body, first.body);
    let done = settled(&program, &made).await;
    assert_eq!(done["status"], "complete", "{done}");
    let number = done["subscriptionReference"].as_str().expect("a subscription");
    let after = it.there();
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1), "one order, one subscription");
    let path = format!("/api/partner/subscription/{number}");
    let mut seen = program.get(&path).await;
    for _ in 0..200 {
        if seen.status == StatusCode::OK {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        seen = program.get(&path).await;
    }
    let subscription = seen.ok();
    assert_eq!((&subscription["id"], &subscription["name"]), (&number.into(), &"Wire".into()));
    assert_eq!(subscription["data"]["quantity"], "7");
    assert_eq!(subscription["data"]["customerId"], done["owner"]);
    // Who ordered is the program, in the trail.
    let auditor = Program::start(&it.server, &management(&["audit:read"])).await;
    let events = auditor.get("/api/audit-events?limit=100").await.ok();
    let sent = events["items"].as_array().unwrap().iter().find(|one| one["name"] == "order.sent");
    assert_eq!(sent.expect("an event")["data"]["actor"]["kind"], "api_client");
}

async fn a_preview_says_what_an_order_costs(engine: Engine) {
    let Shop { it, program, plan } = shop(engine, "end_customer").await;
    let before = it.there();
    let mut wanted = order(&plan);
    wanted["currency"] = "EUR".into();
    let preview = program.post("/api/partner/order/preview", &wanted).await.ok();
    assert_eq!(preview["currency"], "EUR");
    let total = preview["total"].as_str().expect("digits");
    assert!(total.parse::<f64>().expect("digits") > 0.0, "{preview}");
    assert_eq!(preview["items"][0]["quantity"], "7", "{preview}");
    assert!(preview["recurring"][0]["period"].is_string(), "{preview}");
    assert_eq!(it.there(), before, "nothing was made");
}

async fn a_wrong_order_is_told_by_its_fields(engine: Engine) {
    let Shop { it, program, plan } = shop(engine, "end_customer").await;
    let mut right = order(&plan);
    right["currency"] = "EUR".into();
    let nowhere = Uuid::now_v7().to_string();
    let shops = it.offer("Team").to_owned();
    for (pointer, value, status, field) in [
        ("/order_type", json!("update_subscription"), 422, "order_type"),
        ("/orderItems", json!([]), 422, "orderItems"),
        ("/orderItems/0/offer/id", json!(nowhere), 422, "orderItems[0].offer.id"),
        ("/orderItems/0/offer/id", json!(shops), 422, "orderItems[0].offer.id"),
        ("/orderItems/0/quantity", json!(0), 422, "orderItems[0].quantity"),
        ("/orderItems/0/quantity", json!("7"), 400, "orderItems[0].quantity"),
        ("/billingDetails/email", json!("ada"), 422, "billingDetails.email"),
        ("/billingDetails/city", json!(""), 422, "billingDetails.city"),
        ("/country", json!("XX"), 422, "billingDetails.country"),
        ("/currency", json!("XXX"), 422, "currency"),
        ("/billingDetails", Value::Null, 422, "billingDetails"),
    ] {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).expect("a field") = value;
        for path in ["/api/partner/order", "/api/partner/order/preview"] {
            let answer = program.post(path, &wrong).await;
            assert_eq!(answer.status.as_u16(), status, "{pointer}: {}", answer.body);
            assert_eq!(answer.fields(), [field], "{pointer}: {}", answer.body);
        }
    }
    for (name, value, field) in [
        ("orderDate", json!("2001-01-01"), "orderDate"),
        ("orderDiscount", json!({ "percent": 10 }), "orderDiscount"),
        ("deliveryDetails", json!({ "firstName": "Bob" }), "deliveryDetails"),
        ("customerId", json!(nowhere), "customerId"),
    ] {
        let mut wrong = right.clone();
        wrong[name] = value;
        let answer = program.post("/api/partner/order", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", answer.body);
        assert_eq!(answer.fields(), [field], "{name}");
    }
    let mut wrong = right.clone();
    wrong["colour"] = "red".into();
    let answer = program.post("/api/partner/order", &wrong).await;
    assert_eq!(
        (answer.status, answer.fields()),
        (StatusCode::BAD_REQUEST, vec!["colour".to_owned()])
    );
}

async fn what_came_of_orders_is_listed(engine: Engine) {
    let Shop { it, program, plan } = shop(engine, "partner").await;
    let made = program.post("/api/partner/order", &order(&plan)).await.ok();
    let done = settled(&program, &made).await;
    // A second one, for the customer that the first has made.
    let mut second = order(&plan);
    second.as_object_mut().unwrap().remove("billingDetails");
    second["customerId"] = done["owner"].clone();
    let second = settled(&program, &program.post("/api/partner/order", &second).await.ok()).await;
    assert_eq!(second["owner"], done["owner"]);
    let customers = program.get("/api/partner/customer?filter=engines").await.ok();
    assert_eq!(customers["hits"], 1);
    assert_eq!(customers["items"][0]["name"], "Analytical Engines Ltd");
    assert_eq!(customers["items"][0]["data"]["email"], "ada@engines.example");
    assert!(customers.get("queryMore").is_none());
    let none = program.get("/api/partner/customer?filter=nobody").await.ok();
    assert_eq!(none, json!({ "items": [], "hits": 0 }));
    let mut lists = (Value::Null, Value::Null);
    for _ in 0..200 {
        let subscriptions = program.get("/api/partner/subscription?limit=1").await.ok();
        let invoices = program.get("/api/partner/invoice?pageSize=1").await.ok();
        let are_there = subscriptions["hits"] == 2 && invoices["cursor"].is_string();
        lists = (subscriptions, invoices);
        if are_there {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (subscriptions, invoices) = lists;
    assert_eq!(subscriptions["hits"], 2, "{subscriptions}");
    let more = subscriptions["queryMore"].as_str().expect("more");
    let address = format!("/api/partner/subscription?limit=1&queryMore={more}");
    let rest = program.get(&address).await.ok();
    assert_ne!(rest["items"][0]["id"], subscriptions["items"][0]["id"]);
    assert!(rest.get("queryMore").is_none());
    let cursor = invoices["cursor"].as_str().expect("more");
    let rest = program.get(&format!("/api/partner/invoice?pageSize=1&cursor={cursor}")).await.ok();
    assert_ne!(rest["items"][0]["id"], invoices["items"][0]["id"]);
    let invoice = &rest["items"][0];
    assert!(
        invoice["invoiceNumber"].is_string() && invoice["invoiceDate"].is_string(),
        "{invoice}"
    );
    assert_eq!((&invoice["currency"], &invoice["status"]), (&"EUR".into(), &"unpaid".into()));
    assert!(invoice["amount"].as_str().unwrap().contains('.'), "{invoice}");
    // The business sees the same.
    let business = Program::management(&it.server).await;
    let path = format!("/api/partner-organisation/{}/subscriptions", it.organisation);
    assert_eq!(business.get(&path).await.ok()["hits"], 2);
    let number = second["subscriptionReference"].as_str().unwrap();
    let path = format!("/api/partner-organisation/{}/subscription/{number}", it.organisation);
    assert_eq!(business.get(&path).await.ok()["id"], number);
}

async fn what_is_anothers_does_not_exist(engine: Engine) {
    let Shop { mut it, program, plan } = shop(engine, "partner").await;
    let made = program.post("/api/partner/order", &order(&plan)).await.ok();
    let done = settled(&program, &made).await;
    let other = create_organisation(&mut it.admin, "Südwind", "partner").await;
    let stranger = Program::start(&it.server, &of_partner(&other)).await;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (order_id, number) = (text(&done["id"]), text(&done["subscriptionReference"]));
    let nowhere = Uuid::now_v7().to_string();
    for (theirs, none) in [
        (format!("/api/partner/order/{order_id}"), format!("/api/partner/order/{nowhere}")),
        (
            format!("/api/partner/subscription/{number}"),
            "/api/partner/subscription/A-S99999999".to_owned(),
        ),
    ] {
        let (theirs, none) = (stranger.get(&theirs).await, stranger.get(&none).await);
        assert_eq!(theirs.status, StatusCode::NOT_FOUND);
        assert_eq!((theirs.status, &theirs.body), (none.status, &none.body));
    }
    let with_customer = |id: &str| {
        let mut wanted = order(&plan);
        wanted.as_object_mut().unwrap().remove("billingDetails");
        wanted["customerId"] = id.into();
        wanted
    };
    let owner = text(&done["owner"]);
    for path in ["/api/partner/order", "/api/partner/order/preview"] {
        let theirs = stranger.post(path, &with_customer(&owner)).await;
        let none = stranger.post(path, &with_customer(&nowhere)).await;
        assert!(theirs.status.is_client_error(), "{}", theirs.body);
        assert_eq!((theirs.status, &theirs.body), (none.status, &none.body), "{path}");
    }
    for path in ["/api/partner/customer", "/api/partner/subscription", "/api/partner/invoice"] {
        let list = stranger.get(path).await.ok();
        assert_eq!(list["items"], json!([]), "{path}");
    }
    let business = Program::management(&it.server).await;
    let elsewhere = format!("/api/partner-organisation/{other}/subscription/{number}");
    assert_eq!(business.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
}

async fn while_zuora_is_away_nothing_is_lost(engine: Engine) {
    let Shop { it, program, plan } = shop(engine, "end_customer").await;
    let mut wanted = order(&plan);
    wanted["currency"] = "EUR".into();
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let preview = program.post("/api/partner/order/preview", &wanted).await;
    assert_eq!(preview.status, StatusCode::BAD_GATEWAY, "{}", preview.body);
    assert_eq!(preview.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["message"]);
    let made = program.post_once("key", "/api/partner/order", &wanted).await.ok();
    assert_eq!(made["status"], "processing");
    program.get("/api/partner/customer").await.ok();
    program.get("/api/partner/invoice").await.ok();
}
