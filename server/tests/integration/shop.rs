//! Orders over HTTP, from the checkout to the subscription in Zuora.

use crate::browser::eventually;
use crate::doubting::{Doubting, Doubts};
use crate::selling::{NORDLICHT, Selling, create_organisation, order_of, placed, review};
use crate::support::Engine;
use axum::http::StatusCode;
use partners_app::domain::PageSize;
use partners_app::domain::billing::Pending;
use partners_app::domain::checkout::add_on_field;
use partners_app::domain::day;
use partners_server::billing::Billing;
use partners_server::store::audit_list::{self, AuditQuery};
use partners_server::store::order_work::{self, Known};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use time::Date;
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::state::AccountStatus;

on_each_engine!(
    the_partner_is_invoiced,
    the_end_customer_is_invoiced,
    what_is_wrong_is_told_beside_its_field,
    a_form_sent_twice_is_one_order,
    an_order_placed_twice_is_one_subscription,
    a_refusal_says_why_and_can_be_mended,
    a_tenant_that_is_not_set_up_needs_attention,
    an_order_that_is_not_there_can_be_given_up,
    an_order_waits_for_zuora,
    a_lost_answer_is_found_again,
    an_order_that_zuora_broke_on_is_placed_at_the_next_attempt,
    an_answer_lost_for_days_is_found_again,
    an_order_that_is_stuck_for_three_days_needs_attention,
    a_subscription_with_the_wrong_invoice_owner_needs_attention,
    plans_quantities_and_add_ons_change,
    an_add_on_is_sold_once_from_two_pages,
    what_is_no_longer_sold_is_not_placed,
    a_change_that_is_found_late_is_placed,
    a_change_that_cannot_be_looked_for_may_have_been_made,
    what_begins_later_is_not_owed_now,
    a_price_of_yesterday_is_looked_at_again,
    what_only_programs_send_stays_with_the_order,
    a_pending_change_keeps_others_out_and_can_be_undone,
    a_change_that_has_taken_effect_is_not_taken_back,
    a_change_sent_again_is_the_order_that_was_placed,
    the_audit_trail_has_before_and_after,
    nothing_of_another_organisation_is_there,
    old_drafts_are_removed,
);

/// The calls that were made for orders and for this subscription.
fn calls(it: &Selling, since: usize, number: &str) -> Vec<String> {
    let exchanges = it.sandbox.exchanges();
    let calls = exchanges[since..].iter().map(|one| format!("{} {}", one.method, one.path));
    let read = format!("GET /v1/subscriptions/{number}");
    calls.filter(|call| call.starts_with("POST /v1/orders") || *call == read).collect()
}

/// Waits until Zuora has carried out the only order, whatever became of the answer.
async fn until_it_is_there(it: &Selling) {
    eventually("a subscription in Zuora", async || (it.there().0 == 1).then_some(())).await;
}

async fn the_partner_is_invoiced(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let front =
        it.partner.ask("/actions/shop/front", &json!({ "organisation": null })).await.json();
    let offers = front["offers"].as_array().unwrap();
    let names: Vec<_> = offers.iter().map(|offer| offer["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Business", "Starter", "Team"]);
    assert!(offers.iter().all(|offer| offer["currencies"] == json!(["EUR"])), "{front}");

    it.buy(&[]).await;
    let since = it.sandbox.exchanges().len();
    let id = it.draft(&[("company", "Difference Engines")]).await;
    let order = it.order(&id).await;
    assert_eq!(order["state"], "draft");
    assert_eq!(order["title"], "Team for Difference Engines");
    assert_eq!(order["lines"], json!([{ "name": "Team", "quantity": "7" }]));
    assert_eq!(
        (&order["invoice_owner"], &order["invoiced_to"]),
        (&json!("partner"), &json!("Nordlicht"))
    );
    assert_eq!(it.there().0, 1, "a draft is nobody’s business");
    let preview = it.preview(&id).await;
    assert_eq!(preview["net"], json!({ "amount": "77", "currency": "EUR" }), "{preview}");
    it.place(&id).await;
    let number = placed(&it.settled(&id).await);
    // After that, what is known of subscriptions is read anew.
    assert_eq!(
        calls(&it, since, &number)[..3],
        [
            "POST /v1/orders/preview".to_owned(),
            "POST /v1/orders".to_owned(),
            format!("GET /v1/subscriptions/{number}"),
        ]
    );
    let subscription = it.subscription(&number).await;
    assert_eq!(subscription.owner.name.as_deref(), Some("Difference Engines"));
    assert_eq!(subscription.invoice_owner.number.unwrap().as_str(), NORDLICHT);
    assert_eq!(subscription.organisation.as_deref(), Some(it.organisation.as_str()));
    assert_eq!(it.there(), (2, 2, 8));

    let latest =
        it.partner.ask("/actions/orders/recent", &json!({ "organisation": null })).await.json();
    assert_eq!((&latest[0]["id"], latest.as_array().unwrap().len()), (&json!(id), 2));
    let seen = json!({ "organisation": it.organisation, "id": id });
    let seen = it.admin.ask("/actions/orders/get", &seen).await.json();
    assert_eq!(placed(&seen), number, "the admin looks");
}

async fn the_end_customer_is_invoiced(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    let storage = add_on_field(it.offer("Storage").parse().unwrap());
    let support = add_on_field(it.offer("Support").parse().unwrap());
    let person =
        [("customer_kind", "person"), ("company", ""), (storage.as_str(), "3"), (&support, "1")];
    let number = it.buy(&person).await;
    let subscription = it.subscription(&number).await;
    assert_eq!(subscription.owner.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(subscription.owner, subscription.invoice_owner);
    assert_eq!(subscription.plans.len(), 3);

    let customer = it.customer("Ada Lovelace").await;
    let again = it.buy(&[("customer", &customer), ("quantity", "2")]).await;
    let second = it.subscription(&again).await;
    assert_eq!((&second.owner, &second.invoice_owner), (&subscription.owner, &subscription.owner));
    assert_eq!(it.there(), (2, 2, 7), "the end customer has one account");
    let starts = day::iso(it.server.clock.today() + time::Duration::days(40));
    let later = it.buy(&[("customer", &customer), ("starts_on", &starts)]).await;
    let later = it.subscription(&later).await.starts_on.unwrap();
    assert_eq!(day::iso(later), starts);
}

async fn what_is_wrong_is_told_beside_its_field(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    for (field, value) in [
        ("company", ""),
        ("email", "ada"),
        ("country", "XX"),
        ("currency", "USD"),
        ("quantity", "0"),
        ("starts_on", "2020-01-01"),
    ] {
        let answer = it.review(Uuid::now_v7(), &[(field, value)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["invalid"][0]["field"], field, "{}", answer.body);
    }
    assert_eq!(it.there(), (0, 0, 6));
}

async fn a_form_sent_twice_is_one_order(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let key = Uuid::now_v7();
    let id = order_of(&it.review(key, &[]).await);
    assert_eq!(order_of(&it.review(key, &[("quantity", "9")]).await), id);
    assert_eq!(it.order(&id).await["lines"], json!([{ "name": "Team", "quantity": "9" }]));
    let team = it.offer("Team").to_owned();
    let page = it.checkout(&team, Some(&id)).await.json();
    assert_eq!(page["typed"]["quantity"], "9");
    let starter = it.offer("Starter").to_owned();
    assert_eq!(it.checkout(&starter, Some(&id)).await.status, StatusCode::NOT_FOUND);

    it.place(&id).await;
    let number = placed(&it.settled(&id).await);
    assert_eq!(order_of(&it.review(key, &[("quantity", "50")]).await), id);
    let order = it.order(&id).await;
    assert_eq!((placed(&order), &order["lines"][0]["quantity"]), (number, &json!("9")));
    assert_eq!(it.there().0, 1);
}

async fn an_order_placed_twice_is_one_subscription(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    let places = (0..6).map(|_| {
        let (mut browser, id) = (it.partner.clone(), id.clone());
        async move { browser.script("/actions/orders/place", &[("id", &id)]).await.status }
    });
    let answers = futures::future::join_all(places).await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK), "{answers:?}");
    placed(&it.settled(&id).await);
    assert_eq!(it.there(), (1, 1, 7));
}

fn cancel_the_account(it: &Selling, status: AccountStatus) {
    it.sandbox.write(|state| {
        let id = state.account_numbers[NORDLICHT].clone();
        state.accounts.get_mut(&id).unwrap().status = status;
    });
}

async fn a_refusal_says_why_and_can_be_mended(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    cancel_the_account(&it, AccountStatus::Canceled);
    it.place(&id).await;
    let order = it.settled(&id).await;
    let reason = order["state"]["refused"]["reason"].as_str().unwrap();
    assert!(reason.contains("not active") && reason.contains("Nothing was ordered."), "{reason}");
    assert!(order["settled_at"].is_number());
    assert_eq!(it.there(), (0, 0, 6));
    let query = json!({ "query": { "organisation": it.organisation, "area": "orders" } });
    let trail = it.admin.ask("/actions/activity/list", &query).await.json();
    assert_eq!(trail["rows"][0]["action"], "order.refused", "{trail}");
    let drafted = trail["rows"].as_array().unwrap().last().unwrap();
    let told = drafted["changes"].to_string();
    assert!(told.contains("Analytical Engines Ltd") && told.contains("Team × 7"), "{told}");

    cancel_the_account(&it, AccountStatus::Active);
    let team = it.offer("Team").to_owned();
    let page = it.checkout(&team, Some(&id)).await.json();
    assert_eq!(page["typed"]["company"], "Analytical Engines Ltd");
    it.buy(&[]).await;
}

/// Why an order needs an admin's attention, as the admin is told.
async fn needing_attention(it: &mut Selling, id: &str) -> String {
    let waiting = it.admin.ask("/actions/orders/needing-attention", &json!({})).await.json();
    let mut orders = waiting.as_array().unwrap().iter().map(|one| &one["order"]);
    let order = orders.find(|order| order["id"] == id).expect("it waits for an admin");
    order["state"]["needs_attention"]["reason"].as_str().expect("a reason").to_owned()
}

async fn a_tenant_that_is_not_set_up_needs_attention(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    it.place(&id).await;
    let order = it.settled(&id).await;
    assert_eq!(order["state"]["needs_attention"]["reason"], "", "that is the admin’s to know");
    assert!(!needing_attention(&mut it, &id).await.is_empty());
    let waiting = it.admin.ask("/actions/orders/needing-attention", &json!({})).await.json();
    let waiting = &waiting[0];
    assert_eq!(
        (&waiting["organisation"], &waiting["organisation_name"], &waiting["order"]["id"]),
        (&json!(it.organisation), &json!("Nordlicht"), &json!(id))
    );

    it.sandbox.write(|state| state.tenant.owner_transfer = true);
    let answer = it.admin.script("/actions/orders/retry", &[("order", &id)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    placed(&it.settled(&id).await);
    assert_eq!(it.there(), (1, 1, 7));
}

async fn an_order_that_is_not_there_can_be_given_up(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    it.place(&id).await;
    it.settled(&id).await;
    let give_up = async |it: &mut Selling| {
        it.admin.script("/actions/orders/give-up", &[("order", &id)]).await
    };
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let answer = give_up(&mut it).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "nobody knows: {}", answer.body);
    it.sandbox.clear_faults();
    let answer = give_up(&mut it).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let order = it.order(&id).await;
    let reason = order["state"]["refused"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("gave this order up"), "{reason}");
    assert_eq!(it.there(), (0, 0, 6), "nothing was ordered");
    assert_eq!(told(&it, "order.refused").await[0]["state"], json!(["needs_attention", "refused"]));
    assert_eq!(give_up(&mut it).await.status, StatusCode::NOT_FOUND, "once");
}

async fn an_order_waits_for_zuora(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    let id = it.draft(&[]).await;
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let order = it.place(&id).await;
    assert!(order["state"].get("placing").is_some(), "{order}");
    let delay = eventually("a reason for the delay", async || {
        it.order(&id).await["state"]["placing"]["delay"].as_str().map(str::to_owned)
    })
    .await;
    assert!(delay.contains("Your order is saved"), "{delay}");
    it.sandbox.clear_faults();
    placed(&it.settled(&id).await);
    assert_eq!(it.there(), (1, 1, 7));
}

async fn a_lost_answer_is_found_again(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    it.sandbox.add_fault(Fault::new(FaultKind::LoseAnswer).on("POST", "/v1/orders").next(1));
    it.buy(&[]).await;
    it.sandbox.add_fault(Fault::new(FaultKind::LoseRequest).on("POST", "/v1/orders").next(1));
    it.buy(&[("company", "Difference Engines")]).await;
    assert_eq!(it.there(), (2, 2, 8));
}

async fn an_order_that_zuora_broke_on_is_placed_at_the_next_attempt(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    it.sandbox.add_fault(Fault::new(FaultKind::Failure).on("POST", "/v1/orders").next(2));
    let number = it.buy(&[]).await;
    assert_eq!(it.there(), (1, 1, 7));
    // A change as well, though what it broke on may not be seen at once.
    let id = order_of(&it.review_change(&number, "cancel", &[("when", "now")]).await);
    it.sandbox.add_fault(Fault::new(FaultKind::Failure).on("POST", "/v1/orders").next(1));
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable).on("GET", "/v1/orders").next(1));
    it.place(&id).await;
    placed(&it.settled(&id).await);
    assert!(it.subscription(&number).await.is_over(it.server.clock.today()));
}

async fn an_answer_lost_for_days_is_found_again(engine: Engine) {
    const TWO_DAYS: u64 = 2 * 24 * 60 * 60;
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    it.sandbox.add_fault(Fault::new(FaultKind::LoseAnswer).on("POST", "/v1/orders").next(1));
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable).on("GET", "/v1/orders"));
    it.place(&id).await;
    until_it_is_there(&it).await;
    // Zuora keeps keys for a day.
    it.sandbox.advance(i64::try_from(TWO_DAYS).unwrap());
    it.server.clock.advance(Duration::from_secs(TWO_DAYS));
    it.sandbox.clear_faults();
    it.partner = it.server.sign_in("ann@nordlicht.example").await;
    placed(&it.settled(&id).await);
    assert_eq!(it.there(), (1, 1, 7));
}

async fn an_order_that_is_stuck_for_three_days_needs_attention(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    let id = it.draft(&[]).await;
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    it.place(&id).await;
    it.server.clock.advance(Duration::from_secs(3 * 24 * 60 * 60 + 1));
    it.partner = it.server.sign_in("ann@nordlicht.example").await;
    let mut order = it.order(&id).await;
    for _ in 0..60 {
        if order["state"].get("placing").is_none() {
            break;
        }
        it.server.clock.advance(Duration::from_secs(20));
        it.server.installation.orders.wake();
        tokio::time::sleep(Duration::from_millis(100)).await;
        order = it.order(&id).await;
    }
    assert!(order["state"].get("needs_attention").is_some(), "{order}");
    it.admin = it.server.admin().await;
    let reason = needing_attention(&mut it, &id).await;
    assert!(reason.contains("for three days"), "{reason}");

    it.sandbox.clear_faults();
    let answer = it.admin.script("/actions/orders/retry", &[("order", &id)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    placed(&it.settled(&id).await);
    assert_eq!(it.there(), (1, 1, 7));
}

async fn a_subscription_with_the_wrong_invoice_owner_needs_attention(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    // It is placed, and somebody changes its owner before it is read back.
    it.sandbox.add_fault(Fault::new(FaultKind::Unavailable).on("GET", "/v1/subscriptions"));
    it.place(&id).await;
    until_it_is_there(&it).await;
    let set_invoice_owner = |it: &Selling, account: &str| {
        it.sandbox.write(|state| {
            let owner = state.account_numbers[account].clone();
            let versions = state.subscriptions.values_mut().flatten();
            versions.for_each(|version| version.invoice_owner_id.clone_from(&owner));
        });
    };
    set_invoice_owner(&it, "PA-1002");
    it.sandbox.clear_faults();
    it.settled(&id).await;
    let reason = needing_attention(&mut it, &id).await;
    assert!(reason.contains("should be invoiced to the partner’s account PA-1001"), "{reason}");
    assert!(reason.contains("PA-1002"), "{reason}");

    let answer = it.admin.script("/actions/orders/give-up", &[("order", &id)]).await;
    assert!(answer.body.contains("Zuora has carried this order out"), "{}", answer.body);
    set_invoice_owner(&it, NORDLICHT);
    let answer = it.admin.script("/actions/orders/retry", &[("order", &id)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    placed(&it.settled(&id).await);
    assert_eq!(it.there(), (1, 1, 7));
}

/// The ID of a subscription's plan, as it is now.
async fn plan_of(it: &Selling, number: &str, catalog_name: &str) -> String {
    let wanted = crate::selling::rate_plan(&it.sandbox, catalog_name);
    let plans = it.subscription(number).await.plans;
    let plan = plans.iter().find(|plan| plan.rate_plan.as_str() == wanted && !plan.is_removed);
    plan.expect("the plan").id.to_string()
}

async fn plans_quantities_and_add_ons_change(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let today = it.server.clock.today();
    let number = it.buy(&[]).await;
    let team = plan_of(&it, &number, "Cadence Team Monthly").await;

    let more = [("target", team.as_str()), ("quantity", "10")];
    let order = order_of(&it.review_change(&number, "quantity", &more).await);
    let draft = it.order(&order).await;
    assert_eq!(draft["title"], format!("Team: 10 instead of 7 on {number}"));
    assert!(draft["effective_on"].is_array() || draft["effective_on"].is_string(), "{draft}");
    let preview = it.preview(&order).await;
    assert_eq!(preview["net"], json!({ "amount": "33", "currency": "EUR" }), "{preview}");
    it.place(&order).await;
    assert_eq!(placed(&it.settled(&order).await), number);
    let now = it.subscription(&number).await;
    assert_eq!(now.plans[0].quantity_on(today), Some(10.into()));

    let support = it.offer("Support").to_owned();
    it.change(&number, "add_add_on", &[("target", &support)]).await;
    let answer = it.review_change(&number, "add_add_on", &[("target", &support)]).await;
    assert_eq!(answer.json()["invalid"][0]["field"], "target", "it is there already");

    let business = it.offer("Business").to_owned();
    let order = it.change(&number, "switch_plan", &[("target", &business)]).await;
    assert_eq!(order["lines"], json!([{ "name": "Business", "quantity": "10" }]));
    assert_eq!(order["customer_name"], "Analytical Engines Ltd");
    let now = it.subscription(&number).await;
    assert_eq!(now.pending(today), None, "an upgrade is there at once");
    plan_of(&it, &number, "Cadence Business Monthly").await;

    let base = plan_of(&it, &number, "Cadence Business Monthly").await;
    let answer = it.review_change(&number, "remove_add_on", &[("target", &base)]).await;
    assert_eq!(answer.json()["invalid"][0]["field"], "target", "a plan is no add-on");
    let support = plan_of(&it, &number, "Priority Support Monthly").await;
    let order = it.change(&number, "remove_add_on", &[("target", &support)]).await;
    assert_eq!(order["effective_on"], Value::Null, "less comes when the term ends");
    let now = it.subscription(&number).await;
    assert_eq!(now.pending(today), now.term_ends_on.map(Pending::Change));
    assert_eq!(it.there(), (1, 5, 7));
}

async fn an_add_on_is_sold_once_from_two_pages(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let number = it.buy(&[]).await;
    let support = it.offer("Support").to_owned();
    let add = [("target", support.as_str())];
    let first = order_of(&it.review_change(&number, "add_add_on", &add).await);
    let second = order_of(&it.review_change(&number, "add_add_on", &add).await);
    it.place(&first).await;
    placed(&it.settled(&first).await);
    it.place(&second).await;
    let order = it.settled(&second).await;
    let reason = order["state"]["refused"]["reason"].as_str().expect("a refusal");
    assert!(reason.contains("has been changed since. Nothing was changed."), "{reason}");
    let wanted = crate::selling::rate_plan(&it.sandbox, "Priority Support Monthly");
    let plans = it.subscription(&number).await.plans;
    let supports = plans.iter().filter(|plan| plan.rate_plan.as_str() == wanted);
    assert_eq!(supports.count(), 1);
    // What is put together from the subscription as it is now can be placed.
    let business = it.offer("Business").to_owned();
    placed(&it.change(&number, "switch_plan", &[("target", &business)]).await);
}

/// Takes an offer back.
async fn withdraw(it: &mut Selling, name: &str, rate_plan: &str, kind: &str) {
    let (id, all) = (it.offer(name).to_owned(), json!({}));
    let all = it.admin.ask("/actions/offers/list", &all).await.json();
    let offer = all.as_array().unwrap().iter().find(|offer| offer["id"] == *id).unwrap().clone();
    let version = offer["version"].to_string();
    let plan = crate::selling::rate_plan(&it.sandbox, rate_plan);
    let mut fields = crate::selling::offer_fields(name, kind, &plan);
    fields.retain(|(field, _)| field != "state");
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let more = [("id", id.as_str()), ("version", version.as_str()), ("state", "draft")];
    let fields: Vec<_> = fields.chain(more).collect();
    let answer = it.admin.script("/actions/offers/save", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn what_is_no_longer_sold_is_not_placed(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let number = it.buy(&[]).await;
    let support = it.offer("Support").to_owned();
    let business = it.offer("Business").to_owned();
    let field = add_on_field(support.parse().unwrap());
    let drafts = [
        it.draft(&[(field.as_str(), "1")]).await,
        order_of(&it.review_change(&number, "add_add_on", &[("target", &support)]).await),
        order_of(&it.review_change(&number, "switch_plan", &[("target", &business)]).await),
    ];
    let other = order_of(&it.review_change(&number, "cancel", &[("when", "term_end")]).await);
    withdraw(&mut it, "Support", "Priority Support Monthly", "add_on").await;
    withdraw(&mut it, "Business", "Cadence Business Monthly", "plan").await;
    let before = it.there();
    for draft in drafts {
        let answer = it.partner.script("/actions/orders/place", &[("id", &draft)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert!(answer.body.contains("no longer sold. Nothing was"), "{}", answer.body);
        assert_eq!(it.order(&draft).await["state"], "draft");
    }
    assert_eq!(it.there(), before);
    it.place(&other).await;
    placed(&it.settled(&other).await);
}

/// A draft of a cancellation with immediate effect, of which the stand-in will
/// lose the answer and the first look for it finds nothing.
async fn unclear_cancellation(it: &mut Selling, doubts: &Doubts) -> String {
    let number = it.buy(&[]).await;
    let id = order_of(&it.review_change(&number, "cancel", &[("when", "now")]).await);
    it.sandbox.add_fault(Fault::new(FaultKind::LoseAnswer).on("POST", "/v1/orders").next(1));
    doubts.unseen.store(1, Ordering::Relaxed);
    id
}

async fn doubting(engine: Engine) -> (Selling, Doubts) {
    let doubts = Doubts::default();
    let over = |zuora| Arc::new(Doubting { zuora, doubts: doubts.clone() }) as Arc<dyn Billing>;
    (Selling::start_over(engine, "partner", over).await, doubts)
}

async fn a_change_that_is_found_late_is_placed(engine: Engine) {
    let (mut it, doubts) = doubting(engine).await;
    let id = unclear_cancellation(&mut it, &doubts).await;
    it.place(&id).await;
    let number = placed(&it.settled(&id).await);
    assert_eq!(doubts.unseen.load(Ordering::Relaxed), 0, "it was looked for in vain");
    assert!(it.subscription(&number).await.is_over(it.server.clock.today()));
}

async fn a_change_that_cannot_be_looked_for_may_have_been_made(engine: Engine) {
    let (mut it, doubts) = doubting(engine).await;
    let id = unclear_cancellation(&mut it, &doubts).await;
    doubts.forbidden.store(1, Ordering::Relaxed);
    it.place(&id).await;
    it.settled(&id).await;
    assert!(!needing_attention(&mut it, &id).await.is_empty());
    // Whoever tries again looks first.
    it.server.stop_working().await;
    let now = it.server.clock.now();
    let mut writer = it.server.installation.store.write().await.unwrap();
    order_work::retry(writer.connection(), id.parse().unwrap(), now).await.unwrap();
    let due = order_work::lease(writer.connection(), now, Duration::from_secs(1)).await.unwrap();
    assert_ne!(due.expect("it is due").last, Known::Nothing);
}

async fn what_begins_later_is_not_owed_now(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let today = it.server.clock.today();
    let later = today + time::Duration::days(30);
    for (starts_on, label) in
        [(today, "Total now".to_owned()), (later, format!("Total on {}", day::short(later)))]
    {
        let id = it.draft(&[("starts_on", &day::iso(starts_on))]).await;
        let page = it.partner.get(&format!("/partner/orders/{id}")).await.body;
        assert!(page.contains(&label), "{page}");
        assert_eq!(page.contains("Total now"), starts_on == today);
    }
}

async fn a_price_of_yesterday_is_looked_at_again(engine: Engine) {
    const DAY: i64 = 24 * 60 * 60;
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    let today = it.server.clock.today();
    let page = format!("/partner/orders/{id}");
    let field = |on| {
        let on = day::iso(on);
        format!("type=\"hidden\" name=\"effective_on\" value=\"{on}\"")
    };
    let shown = it.partner.get(&page).await.body;
    assert!(shown.contains(&field(today)), "{shown}");
    // No later than needed: drafts are kept for a day.
    let left = DAY - (it.server.clock.now().millis() / 1_000).rem_euclid(DAY);
    it.sandbox.advance(left);
    it.server.clock.advance(Duration::from_secs(left.unsigned_abs()));
    it.partner = it.server.sign_in("ann@nordlicht.example").await;
    let (path, seen) = ("/actions/orders/place", day::iso(today));
    let fields = [("id", id.as_str()), ("effective_on", &seen)];
    let refused = it.partner.script(path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.body.contains("The day has changed."), "{}", refused.body);
    let back = it.partner.form(path, &page, &fields).await;
    assert_eq!(back.header("location"), page);
    let shown = it.partner.get(&page).await.body;
    let tomorrow = it.server.clock.today();
    assert!(shown.contains("The day has changed."), "{shown}");
    assert!(shown.contains(&field(tomorrow)), "{shown}");
    assert_eq!(it.order(&id).await["state"], "draft");
    assert_eq!(it.there().0, 0);

    let seen = day::iso(tomorrow);
    let fields = [("id", id.as_str()), ("effective_on", &seen)];
    let answer = it.partner.script(path, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    placed(&it.settled(&id).await);
}

async fn what_only_programs_send_stays_with_the_order(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let more = [
        ("phone", "+44 7700 900123"),
        ("work_phone", "+44 20 7946 0001"),
        ("other_phone", "+44 20 7946 0002"),
        ("work_email", "office@engines.example"),
        ("county", "Greater London"),
    ];
    let draft = it.draft(&more).await;
    let team = it.offer("Team").to_owned();
    let page = it.checkout(&team, Some(&draft)).await.json();
    let address =
        partners_app::paths::checkout_again(team.parse().unwrap(), draft.parse().unwrap());
    let html = it.partner.get(&address).await.body;
    for (name, value) in more {
        assert_eq!(page["typed"][name], value);
        assert!(
            html.contains(&format!("type=\"hidden\" name=\"{name}\" value=\"{value}\"")),
            "{html}"
        );
    }
}

async fn a_pending_change_keeps_others_out_and_can_be_undone(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    let today = it.server.clock.today();
    let number = it.buy(&[]).await;
    let starter = it.offer("Starter").to_owned();
    let refused = it.review_change(&number, "undo", &[]).await;
    assert!(refused.body.contains("No change is pending"), "{}", refused.body);

    it.change(&number, "switch_plan", &[("target", &starter)]).await;
    let now = it.subscription(&number).await;
    assert_eq!(now.pending(today), now.term_ends_on.map(Pending::Change), "a downgrade waits");
    let refused = it.review_change(&number, "cancel", &[("when", "now")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("A change is pending"), "{}", refused.body);

    let undo = order_of(&it.review_change(&number, "undo", &[]).await);
    assert_eq!(it.preview(&undo).await, Value::Null, "it moves no money");
    it.place(&undo).await;
    let undone = it.settled(&undo).await;
    assert_eq!(
        (&undone["kind"], &undone["state"]["placed"]["order"]),
        (&json!("undo"), &Value::Null)
    );
    assert_eq!(it.subscription(&number).await.pending(today), None);

    // Of two that were put together, the first one placed goes.
    let first = order_of(&it.review_change(&number, "cancel", &[("when", "term_end")]).await);
    let second = order_of(&it.review_change(&number, "cancel", &[("when", "now")]).await);
    it.place(&first).await;
    it.settled(&first).await;
    let answer = it.partner.script("/actions/orders/place", &[("id", &second)]).await;
    let late =
        if answer.status == StatusCode::OK { it.settled(&second).await } else { Value::Null };
    assert!(late.is_null() || late["state"]["refused"]["reason"].is_string(), "{late}");
    let now = it.subscription(&number).await;
    assert_eq!(now.pending(today), now.term_ends_on.map(Pending::Cancellation));
    it.change(&number, "undo", &[]).await;

    let order = it.change(&number, "cancel", &[("when", "now")]).await;
    assert_eq!(order["title"], format!("Cancel {number}"));
    assert!(it.subscription(&number).await.is_over(today));
    let ended = it.review_change(&number, "cancel", &[("when", "now")]).await;
    assert!(ended.body.contains("has ended"), "{}", ended.body);
}

/// Turns the clocks on to an hour of a day.
async fn go_on_to(it: &mut Selling, day: Date, hour: i64) {
    let now = it.server.clock.now().millis() / 1_000;
    let begins = day.midnight().assume_utc().unix_timestamp();
    let seconds = begins + hour * 3_600 - now;
    it.sandbox.advance(seconds);
    it.server.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
    it.partner = it.server.sign_in("ann@nordlicht.example").await;
}

async fn a_change_that_has_taken_effect_is_not_taken_back(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let number = it.buy(&[]).await;
    it.change(&number, "cancel", &[("when", "term_end")]).await;
    let ends = it.subscription(&number).await.ends_on.expect("it ends");
    // Reviewed on the last evening, and confirmed on the next morning.
    go_on_to(&mut it, ends.previous_day().unwrap(), 20).await;
    let id = order_of(&it.review_change(&number, "undo", &[]).await);
    go_on_to(&mut it, ends, 8).await;
    it.place(&id).await;
    let order = it.settled(&id).await;
    let reason = order["state"]["refused"]["reason"].as_str().expect("it is refused");
    assert!(reason.contains("has taken effect"), "{reason}");
    assert!(it.subscription(&number).await.is_over(ends));
}

async fn a_change_sent_again_is_the_order_that_was_placed(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    let number = it.buy(&[]).await;
    let plan = plan_of(&it, &number, "Cadence Team Monthly").await;
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("subscription", &number),
        ("change", "quantity"),
        ("target", &plan),
        ("quantity", "10"),
    ];
    let first = it.partner.script("/actions/subscriptions/review-change", &fields).await;
    let id = order_of(&first);
    it.place(&id).await;
    placed(&it.settled(&id).await);
    let again = it.partner.script("/actions/subscriptions/review-change", &fields).await;
    assert_eq!(order_of(&again), id, "{}", again.body);
}

async fn nothing_of_another_organisation_is_there(engine: Engine) {
    let mut it = Selling::start(engine, "end_customer").await;
    let number = it.buy(&[]).await;
    let customer = it.customer("Analytical Engines Ltd").await;
    let draft = it.draft(&[]).await;
    let key = Uuid::now_v7();
    order_of(&it.review(key, &[]).await);
    let other = create_organisation(&mut it.admin, "Other", "end_customer").await;
    let mut other = it.server.user_of(&other, "bob@other.example").await;
    let team = it.offer("Team").to_owned();
    let nowhere = Uuid::now_v7().to_string();
    let mut answers = Vec::new();
    for (order, customer, number) in
        [(draft.as_str(), customer.as_str(), number.as_str()), (&nowhere, &nowhere, "A-S0")]
    {
        let get = json!({ "organisation": null, "id": order });
        let checkout = json!({ "offer": team, "customer": null, "draft": order });
        let change = [
            ("creation_key", nowhere.as_str()),
            ("subscription", number),
            ("change", "cancel"),
            ("when", "now"),
        ];
        let buy = [("customer", customer)];
        answers.push([
            other.ask("/actions/orders/get", &get).await,
            other.ask("/actions/orders/preview", &json!({ "id": order })).await,
            other.script("/actions/orders/place", &[("id", order)]).await,
            other.ask("/actions/shop/checkout", &checkout).await,
            review(&mut other, Uuid::now_v7(), &team, &buy).await,
            other.script("/actions/subscriptions/review-change", &change).await,
        ]);
    }
    for (foreign, missing) in answers[0].iter().zip(&answers[1]) {
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{}", foreign.body);
        assert_eq!((foreign.status, &foreign.body), (missing.status, &missing.body));
    }
    assert_eq!(review(&mut other, key, &team, &[]).await.status, StatusCode::NOT_FOUND);
    let page = json!({ "offer": team, "customer": customer, "draft": null });
    let page = other.ask("/actions/shop/checkout", &page).await.json();
    assert_eq!((&page["chosen"], &page["customers"]), (&Value::Null, &json!([])));
    let none = other.ask("/actions/orders/recent", &json!({ "organisation": null })).await.json();
    assert_eq!(none, json!([]));
    assert_eq!(it.order(&draft).await["state"], "draft");
    assert_eq!(it.there().0, 1);
}

async fn old_drafts_are_removed(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let id = it.draft(&[]).await;
    it.server.clock.advance(Duration::from_secs(25 * 60 * 60));
    it.partner = it.server.sign_in("ann@nordlicht.example").await;
    let arguments = json!({ "organisation": null, "id": id });
    eventually("it goes", async || {
        let answer = it.partner.ask("/actions/orders/get", &arguments).await;
        (answer.status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
}

/// What the audit trail says of all events with this action, the first one first.
async fn told(it: &Selling, action: &str) -> Vec<Value> {
    let mut reader = it.server.installation.store.read().await.unwrap();
    let query = AuditQuery { organisation: None, before: None, size: PageSize::default() };
    let (mut events, _) = audit_list::page(reader.connection(), &query).await.unwrap();
    events.retain(|event| event.action == action);
    events.reverse();
    events.into_iter().map(|event| event.changes).collect()
}

async fn the_audit_trail_has_before_and_after(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let key = Uuid::now_v7();
    let first = order_of(&it.review(key, &[]).await);
    let again = order_of(&it.review(key, &[("quantity", "8")]).await);
    assert_eq!(first, again, "it was put together anew");
    let drafted = told(&it, "order.drafted").await;
    assert_eq!(drafted[0]["lines"], json!([null, "Team × 7"]));
    assert_eq!(drafted[0]["invoice_owner"], json!([null, "partner"]));
    assert_eq!(drafted[1], json!({ "lines": ["Team × 7", "Team × 8"] }), "and nothing else");
    order_of(&it.review(key, &[("quantity", "8"), ("city", "Manchester")]).await);
    let moved = told(&it, "order.drafted").await.pop().expect("a third one");
    assert_eq!(moved, json!({ "customer_city": ["London", "Manchester"] }));

    it.place(&again).await;
    let number = placed(&it.settled(&again).await);
    let plan = plan_of(&it, &number, "Cadence Team Monthly").await;
    it.change(&number, "quantity", &[("target", &plan), ("quantity", "10")]).await;
    it.change(&number, "cancel", &[("when", "term_end")]).await;
    it.change(&number, "undo", &[]).await;
    let [more, cancelled, undone] = &told(&it, "subscription.changed").await[..] else {
        panic!("three changes");
    };
    assert_eq!(more["plans"], json!(["Team × 8", "Team × 10"]));
    assert_eq!(more["subscription"], json!(number));
    assert_eq!(more.get("cancelled"), None, "only what has changed");
    assert_eq!(cancelled["cancelled"], json!([false, true]));
    assert_eq!(undone["cancelled"], json!([true, false]));
    assert!(cancelled["effective_on"].is_string(), "{cancelled}");
}
