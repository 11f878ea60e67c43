//! What a partner organisation's programs do: order, and look after what came
//! of it. Nothing of another organisation is there to them.

use crate::api::{Program, management, of_partner};
use crate::browser::eventually;
use crate::selling::{Selling, create_organisation, offer_fields, rate_plan};
use crate::support::Engine;
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};

on_each_engine!(
    an_order_becomes_a_subscription_once,
    a_preview_says_what_an_order_costs,
    a_wrong_order_is_told_by_its_fields,
    what_is_sold_once_has_no_quantity,
    what_came_of_orders_is_listed,
    what_is_anothers_does_not_exist,
    while_zuora_is_away_nothing_is_lost,
);

pub struct Shop {
    pub it: Selling,
    pub program: Program,
    /// A plan that is sold over the API …
    pub plan: String,
    /// … another that it may be changed to …
    pub larger: String,
    /// … and an add-on for it.
    pub add_on: String,
}

/// Makes an offer that is sold over the API alone.
async fn sell(
    it: &mut Selling,
    name: &str,
    kind: &str,
    plan: &str,
    more: &[(&str, &str)],
) -> String {
    let mut fields = offer_fields(name, kind, &rate_plan(&it.sandbox, plan));
    for (name, value) in &mut fields {
        if name == "channels[]" {
            *value = "api".to_owned();
        }
    }
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = fields.chain(more.iter().copied()).collect();
    let answer = it.admin.script("/actions/offers/save", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let all = it.admin.ask("/actions/offers/list", &json!({})).await.json();
    let made = all.as_array().unwrap().iter().find(|one| one["content"]["name"] == name);
    made.expect("an offer")["id"].as_str().unwrap().to_owned()
}

/// Nordlicht's program, and offers for the API alone.
pub async fn shop(engine: Engine, invoice_owner: &str) -> Shop {
    let mut it = Selling::start(engine, invoice_owner).await;
    let larger = sell(&mut it, "Wire Business", "plan", "Cadence Business Monthly", &[]).await;
    let add_on = sell(&mut it, "Wire Support", "add_on", "Priority Support Monthly", &[]).await;
    let links = [("changes_to[]", larger.as_str()), ("add_ons[]", add_on.as_str())];
    let plan = sell(&mut it, "Wire", "plan", "Cadence Team Monthly", &links).await;
    let program = Program::start(&it.server, &of_partner(&it.organisation)).await;
    let offers = program.get("/api/partner/offer").await.ok();
    let names: Vec<_> =
        offers["items"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(
        names,
        ["Wire", "Wire Business"],
        "offers of the Shop alone are not sold over the API"
    );
    Shop { it, program, plan, larger, add_on }
}

pub fn order(plan: &str) -> Value {
    json!({
        "order_type": "new",
        "external_id": "4711",
        "orderItems": [{ "offer": { "id": plan, "version": "3" }, "quantity": 7 }],
        "billingDetails": {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": "ada@engines.example",
            "company": "Analytical Engines Ltd",
            "phone": "+44 7700 900123",
            "workPhone": "+44 20 7946 0001",
            "otherPhone": "+44 20 7946 0002",
            "workEmail": "office@engines.example",
            "address1": "1 St James’s Square",
            "city": "London",
            "county": "Greater London",
            "postalCode": "SW1Y 4LB",
        },
        "country": "GB",
        "payment": { "type": "invoice" },
        "checkoutId": "basket-1",
        "process_immediately": true,
    })
}

/// An order once it is no longer on its way.
pub async fn settled(program: &Program, order: &Value) -> Value {
    let path = format!("/api/partner/order/{}", order["id"].as_str().unwrap());
    eventually("it is no longer on its way", async || {
        let order = program.get(&path).await.ok();
        (order["status"] != "processing").then_some(order)
    })
    .await
}

async fn an_order_becomes_a_subscription_once(engine: Engine) {
    let Shop { it, program, plan, .. } = shop(engine, "partner").await;
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
    assert_eq!(done["external_id"], "4711", "it is kept");
    let number = done["subscriptionReference"].as_str().expect("a subscription");
    it.sandbox.read(|state| {
        let mut accounts = state.accounts.values();
        let account = accounts.find(|account| account.name == "Analytical Engines Ltd");
        let contact = &account.expect("an account").bill_to;
        assert_eq!(contact.mobile_phone, "+44 7700 900123");
        assert_eq!(contact.work_phone, "+44 20 7946 0001");
        assert_eq!(contact.other_phone, "+44 20 7946 0002");
        assert_eq!(contact.personal_email, "ada@engines.example");
        assert_eq!(contact.work_email, "office@engines.example");
        assert_eq!(contact.county, "Greater London");
    });
    let after = it.there();
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1), "one order, one subscription");
    let path = format!("/api/partner/subscription/{number}");
    let subscription = program.get(&path).await.ok();
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
    let Shop { it, program, plan, .. } = shop(engine, "end_customer").await;
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
    let Shop { it, program, plan, .. } = shop(engine, "end_customer").await;
    let mut right = order(&plan);
    right["currency"] = "EUR".into();
    let nowhere = Uuid::now_v7().to_string();
    let shops = it.offer("Team").to_owned();
    for (pointer, value, status, field) in [
        ("/order_type", json!("gift"), 422, "order_type"),
        ("/order_type", json!(7), 400, "order_type"),
        ("/billingDetails/phone", json!("1".repeat(41)), 422, "billingDetails.phone"),
        ("/billingDetails/workEmail", json!("office"), 422, "billingDetails.workEmail"),
        ("/external_id", json!("4711\u{7}"), 422, "external_id"),
        ("/external_id", json!("4".repeat(256)), 422, "external_id"),
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

async fn what_is_sold_once_has_no_quantity(engine: Engine) {
    let Shop { mut it, program, plan, .. } = shop(engine, "partner").await;
    let flat = sell(&mut it, "Wire Starter", "plan", "Cadence Starter Monthly", &[]).await;
    let all = it.admin.ask("/actions/offers/list", &json!({})).await.json();
    let wire = all.as_array().unwrap().iter().find(|one| one["id"] == *plan).expect("the offer");
    let add_on = wire["content"]["add_ons"][0].clone();
    let mut several = order(&flat);
    several["orderItems"][0]["quantity"] = 5.into();
    let mut add_ons = order(&plan);
    let more = json!({ "offer": { "id": add_on }, "quantity": 5 });
    add_ons["orderItems"].as_array_mut().unwrap().push(more);
    for wrong in [several, add_ons] {
        for path in ["/api/partner/order", "/api/partner/order/preview"] {
            let answer = program.post(path, &wrong).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
            assert_eq!(answer.fields(), ["orderItems"], "{}", answer.body);
            assert!(answer.body.contains("leave the quantity out"), "{}", answer.body);
        }
    }
    let mut one = order(&flat);
    one["orderItems"][0]["quantity"] = 1.into();
    program.post("/api/partner/order/preview", &one).await.ok();

    let made = program.post("/api/partner/order", &order(&plan)).await.ok();
    let number = settled(&program, &made).await["subscriptionReference"].clone();
    let change = json!({
        "order_type": "update_subscription",
        "forSubscription": number,
        "change": "add_add_on",
        "offer": { "id": add_on },
        "quantity": 5,
    });
    let answer = program.post("/api/partner/order", &change).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert_eq!(answer.fields(), ["quantity"], "{}", answer.body);
}

async fn what_came_of_orders_is_listed(engine: Engine) {
    let Shop { it, program, plan, .. } = shop(engine, "partner").await;
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
    let path = format!("/api/partner/customer/{}", done["owner"].as_str().unwrap());
    let customer = program.get(&path).await.ok();
    assert_eq!(customer["name"], "Analytical Engines Ltd");
    let orders = customer["data"]["orders"].as_array().expect("orders");
    let ids: Vec<_> = orders.iter().map(|order| &order["id"]).collect();
    assert_eq!(ids, [&second["id"], &done["id"]], "newest first");
    let none = program.get("/api/partner/customer?filter=nobody").await.ok();
    assert_eq!(none, json!({ "items": [], "hits": 0 }));
    let (subscriptions, invoices) = eventually("both are listed", async || {
        let subscriptions = program.get("/api/partner/subscription?limit=1").await.ok();
        let invoices = program.get("/api/partner/invoice?pageSize=1").await.ok();
        let are_there = subscriptions["hits"] == 2 && invoices["cursor"].is_string();
        are_there.then_some((subscriptions, invoices))
    })
    .await;
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
    let path = format!("/api/partner/invoice/{}/file", invoice["id"].as_str().unwrap());
    let file = program.get(&path).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    assert_eq!(file.header("content-type"), "application/pdf");
    assert!(file.body.starts_with("%PDF-"), "a document");
    let name = format!("{}.pdf", invoice["invoiceNumber"].as_str().unwrap());
    assert!(file.header("content-disposition").contains(&name));
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    assert_eq!(program.get(&path).await.status, StatusCode::BAD_GATEWAY);
    it.sandbox.clear_faults();
    // The business sees the same.
    let business = Program::management(&it.server).await;
    let path = format!("/api/partner-organisation/{}/subscriptions", it.organisation);
    assert_eq!(business.get(&path).await.ok()["hits"], 2);
    let number = second["subscriptionReference"].as_str().unwrap();
    let path = format!("/api/partner-organisation/{}/subscription/{number}", it.organisation);
    assert_eq!(business.get(&path).await.ok()["id"], number);
}

async fn what_is_anothers_does_not_exist(engine: Engine) {
    let Shop { mut it, program, plan, larger, .. } = shop(engine, "partner").await;
    let made = program.post("/api/partner/order", &order(&plan)).await.ok();
    let done = settled(&program, &made).await;
    let other = create_organisation(&mut it.admin, "Südwind", "partner").await;
    let stranger = Program::start(&it.server, &of_partner(&other)).await;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let number = text(&done["subscriptionReference"]);
    let nowhere = Uuid::now_v7().to_string();
    let invoices = eventually("an invoice is listed", async || {
        let invoices = program.get("/api/partner/invoice").await.ok();
        (!invoices["items"][0].is_null()).then_some(invoices)
    })
    .await;
    for_one_organisation(&mut it, &plan).await;
    // Every address of a partner's API with something of theirs in it.
    let theirs = |parameter: &str| match parameter {
        "{orderId}" => text(&done["id"]),
        "{subscriptionNumber}" => number.clone(),
        "{customerId}" => text(&done["owner"]),
        "{invoiceId}" => text(&invoices["items"][0]["id"]),
        "{offerId}" => plan.clone(),
        other => panic!("what is {other}?"),
    };
    let none = |parameter: &str| match parameter {
        "{subscriptionNumber}" => "A-S99999999".to_owned(),
        "{invoiceId}" => nowhere.replace('-', ""),
        _ => nowhere.clone(),
    };
    let document = program.get("/api/openapi.json").await.ok();
    let paths = document["paths"].as_object().expect("paths");
    let mut walked = 0;
    for path in paths.keys().filter(|path| path.starts_with("/api/partner/") && path.contains('{'))
    {
        let fill = |with: &dyn Fn(&str) -> String| {
            let parts = path.split('/');
            let filled =
                parts.map(|part| if part.starts_with('{') { with(part) } else { part.to_owned() });
            filled.collect::<Vec<_>>().join("/")
        };
        assert_eq!(program.get(&fill(&theirs)).await.status, StatusCode::OK, "{path}");
        let theirs = stranger.get(&fill(&theirs)).await;
        let none = stranger.get(&fill(&none)).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!((theirs.status, &theirs.body), (none.status, &none.body), "{path}");
        walked += 1;
    }
    assert!(walked >= 5, "{walked}");
    let change = |number: &str| {
        json!({
            "order_type": "update_subscription",
            "forSubscription": number,
            "change": "cancel",
            "when": "now",
        })
    };
    for path in ["/api/partner/order", "/api/partner/order/preview"] {
        let theirs = stranger.post(path, &change(&number)).await;
        let none = stranger.post(path, &change("A-S99999999")).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{}", theirs.body);
        assert_eq!((theirs.status, &theirs.body), (none.status, &none.body), "{path}");
    }
    let with_customer = |id: &str| {
        let mut wanted = order(&larger);
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
    let Shop { it, program, plan, .. } = shop(engine, "end_customer").await;
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

/// Makes an offer one for Nordlicht alone.
async fn for_one_organisation(it: &mut Selling, offer: &str) {
    let saved = it.admin.ask("/actions/offers/get", &json!({ "id": offer })).await.json();
    let plan = saved["content"]["rate_plan"].as_str().expect("a plan");
    let mut fields = offer_fields("Wire", "plan", plan);
    fields.retain(|(name, _)| !matches!(name.as_str(), "eligible" | "channels[]"));
    let organisation = it.organisation.clone();
    let more = [
        ("id", offer),
        ("version", "1"),
        ("channels[]", "api"),
        ("eligible", "chosen"),
        ("partners[]", organisation.as_str()),
    ];
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = fields.chain(more).collect();
    let answer = it.admin.script("/actions/offers/save", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}
