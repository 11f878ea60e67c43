//! What a partner organisation's programs change of subscriptions.

use crate::api::Program;
use crate::api_partner::{Shop, order, settled, shop};
use crate::browser::eventually;
use crate::support::Engine;
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

on_each_engine!(
    a_subscription_is_changed_step_by_step,
    a_change_that_is_to_come_locks_the_subscription,
    a_wrong_change_is_told_by_its_fields,
);

const ORDER: &str = "/api/partner/order";
const PREVIEW: &str = "/api/partner/order/preview";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// An order of this change, with these fields beside.
fn change(number: &str, change: &str, fields: &Value) -> Value {
    let mut order = json!({
        "order_type": "update_subscription",
        "forSubscription": number,
        "change": change,
    });
    for (name, value) in fields.as_object().expect("fields") {
        order[name] = value.clone();
    }
    order
}

/// A subscription, once it is listed.
async fn subscription(program: &Program, number: &str) -> Value {
    let path = format!("/api/partner/subscription/{number}");
    eventually(&format!("{number} is listed"), async || {
        let answer = program.get(&path).await;
        (answer.status == StatusCode::OK).then(|| answer.json()["data"].clone())
    })
    .await
}

/// Buys the plan and says which subscription that made.
async fn buy(shop: &Shop) -> String {
    let made = shop.program.post(ORDER, &order(&shop.plan)).await.ok();
    text(&settled(&shop.program, &made).await["subscriptionReference"])
}

/// Places an order and waits until it is done.
async fn done(program: &Program, order: &Value) -> Value {
    let placed = program.post(ORDER, order).await.ok();
    let done = settled(program, &placed).await;
    assert_eq!(done["status"], "complete", "{done}");
    done
}

async fn a_subscription_is_changed_step_by_step(engine: Engine) {
    let shop = shop(engine, "partner").await;
    let number = buy(&shop).await;
    let Shop { program, larger, add_on, it, .. } = &shop;
    let first = subscription(program, &number).await;
    let changes = &first["changes"];
    assert_eq!((&changes["blocked"], &changes["canUndo"]), (&Value::Null, &false.into()));
    assert_eq!(changes["plans"][0]["offer"]["id"], larger.as_str());
    assert_eq!(changes["addOns"][0]["id"], add_on.as_str());
    assert_eq!(changes["removable"], json!([]));
    let business = Program::management(&it.server).await;
    let path = format!("/api/partner-organisation/{}/subscription/{number}", it.organisation);
    assert!(business.get(&path).await.ok()["data"].get("changes").is_none());

    // More units, previewed, then placed once.
    let more = json!({
        "planId": first["plans"][0]["id"],
        "quantity": 9,
        "external_id": "more-seats",
    });
    let more = change(&number, "quantity", &more);
    let there = it.there();
    let preview = program.post(PREVIEW, &more).await.ok();
    assert!(preview["total"].as_str().unwrap().parse::<f64>().unwrap() > 0.0, "{preview}");
    assert_eq!(it.there(), there, "nothing was made");
    let placed = program.post_once("more", ORDER, &more).await.ok();
    assert_eq!(placed["order_type"], "update_subscription");
    assert_eq!(placed["external_id"], "more-seats");
    assert_eq!(placed["subscriptionReference"], number.as_str());
    assert_eq!(program.post_once("more", ORDER, &more).await.ok(), placed);
    assert_eq!(settled(program, &placed).await["external_id"], "more-seats");
    assert_eq!(it.there().1, there.1 + 1, "one order");
    assert_eq!(subscription(program, &number).await["quantity"], "9");

    // An add-on comes, and goes again when the term ends.
    done(program, &change(&number, "add_add_on", &json!({ "offer": { "id": add_on } }))).await;
    let with_add_on = subscription(program, &number).await;
    assert_eq!(with_add_on["plans"].as_array().unwrap().len(), 2, "{with_add_on}");
    let removable = &with_add_on["changes"]["removable"][0];
    assert!(removable.is_string(), "{with_add_on}");
    assert_eq!(with_add_on["changes"]["addOns"], json!([]), "it is there already");

    // Another plan.
    let upgrade = change(&number, "switch_plan", &json!({ "offer": { "id": larger } }));
    let is_upgrade = with_add_on["changes"]["plans"][0]["isUpgrade"].as_bool().unwrap();
    assert!(is_upgrade, "{with_add_on}");
    done(program, &upgrade).await;
    let after = subscription(program, &number).await;
    let names: Vec<String> =
        after["plans"].as_array().unwrap().iter().map(|plan| text(&plan["name"])).collect();
    assert!(names.iter().any(|name| name.contains("Business")), "{names:?}");
    let removable = after["changes"]["removable"][0].clone();
    done(program, &change(&number, "remove_add_on", &json!({ "planId": removable }))).await;
    let after = subscription(program, &number).await;
    assert_eq!(after["pending"]["kind"], "change", "{after}");
}

async fn a_change_that_is_to_come_locks_the_subscription(engine: Engine) {
    let shop = shop(engine, "end_customer").await;
    let mut first = order(&shop.plan);
    first["currency"] = "EUR".into();
    let program = &shop.program;
    let number = text(&done(program, &first).await["subscriptionReference"]);
    let plan = subscription(program, &number).await["plans"][0]["id"].clone();
    let cancel = change(&number, "cancel", &json!({ "when": "term_end" }));
    program.post(PREVIEW, &cancel).await.ok();
    done(program, &cancel).await;
    let cancelled = subscription(program, &number).await;
    assert_eq!(cancelled["pending"]["kind"], "cancellation");
    assert_eq!(cancelled["changes"]["canUndo"], true);
    assert!(cancelled["changes"]["blocked"].is_string());
    let more = change(&number, "quantity", &json!({ "planId": plan, "quantity": 9 }));
    for path in [ORDER, PREVIEW] {
        let locked = program.post(path, &more).await;
        assert_eq!(locked.status, StatusCode::LOCKED, "{}", locked.body);
        assert!(locked.json()["message"].as_str().unwrap().contains("is cancelled"));
    }
    let at_once = change(&number, "cancel", &json!({ "when": "now" }));
    let locked = program.post_once("end", ORDER, &at_once).await;
    assert_eq!(locked.status, StatusCode::LOCKED, "{}", locked.body);
    let undo = change(&number, "undo", &json!({}));
    let preview = program.post(PREVIEW, &undo).await;
    assert_eq!(preview.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(preview.fields(), ["change"]);
    done(program, &undo).await;
    let kept = subscription(program, &number).await;
    assert!(kept.get("pending").is_none(), "{kept}");
    let vain = program.post(ORDER, &undo).await;
    assert_eq!(vain.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", vain.body);
    // At once, and for good. The same request was locked before.
    let placed = program.post_once("end", ORDER, &at_once).await.ok();
    assert_eq!(settled(program, &placed).await["status"], "complete");
    assert_eq!(subscription(program, &number).await["status"], "ended");
    let over = program.post(ORDER, &more).await;
    assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", over.body);
}

async fn a_wrong_change_is_told_by_its_fields(engine: Engine) {
    let shop = shop(engine, "partner").await;
    let number = buy(&shop).await;
    let Shop { program, it, .. } = &shop;
    let plan = subscription(program, &number).await["plans"][0]["id"].clone();
    let nowhere = Uuid::now_v7().to_string();
    let shops = it.offer("Business").to_owned();
    let there = it.there();
    for (kind, fields, status, field) in [
        ("burn", json!({}), 400, "change"),
        ("switch_plan", json!({}), 422, "offer"),
        ("switch_plan", json!({ "offer": { "id": "x" } }), 422, "offer.id"),
        ("switch_plan", json!({ "offer": { "id": nowhere } }), 422, "offer.id"),
        ("switch_plan", json!({ "offer": { "id": shops } }), 422, "offer.id"),
        ("switch_plan", json!({ "offer": {} }), 400, "offer.id"),
        ("add_add_on", json!({ "offer": { "id": nowhere } }), 422, "offer.id"),
        ("add_add_on", json!({ "planId": plan }), 422, "planId"),
        ("quantity", json!({ "planId": plan }), 422, "quantity"),
        ("quantity", json!({ "planId": plan, "quantity": 7 }), 422, "quantity"),
        ("quantity", json!({ "planId": plan, "quantity": 0 }), 422, "quantity"),
        ("quantity", json!({ "planId": plan, "quantity": 1_000_001 }), 422, "quantity"),
        ("quantity", json!({ "planId": plan, "quantity": "8" }), 400, "quantity"),
        ("quantity", json!({ "planId": nowhere, "quantity": 8 }), 422, "planId"),
        ("quantity", json!({ "quantity": 8 }), 422, "planId"),
        ("remove_add_on", json!({ "planId": plan }), 422, "planId"),
        ("cancel", json!({}), 422, "when"),
        ("cancel", json!({ "when": "later" }), 400, "when"),
        ("cancel", json!({ "when": "now", "quantity": 2 }), 422, "quantity"),
        ("undo", json!({ "when": "now" }), 422, "when"),
        ("cancel", json!({ "when": "now", "colour": "red" }), 400, "colour"),
        ("cancel", json!({ "when": "now", "forSubscription": "" }), 422, "forSubscription"),
        ("cancel", json!({ "when": "now", "forSubscription": "A\u{0}" }), 422, "forSubscription"),
        ("cancel", json!({ "when": "now", "forSubscription": "A-S9/.." }), 404, "forSubscription"),
        ("cancel", json!({ "when": "now", "external_id": "\n" }), 422, "external_id"),
    ] {
        let wrong = change(&number, kind, &fields);
        for path in [ORDER, PREVIEW] {
            let answer = program.post(path, &wrong).await;
            assert_eq!(answer.status.as_u16(), status, "{wrong}: {}", answer.body);
            assert_eq!(answer.fields(), [field], "{wrong}: {}", answer.body);
        }
    }
    assert_eq!(it.there(), there, "nothing was done");
    assert_eq!(subscription(program, &number).await["quantity"], "7");
}
