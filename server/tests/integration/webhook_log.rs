//! The delivery log of a webhook, and what an admin does from there.

use crate::browser::server;
use crate::support::Engine;
use crate::webhooks::{Listener, SLOW, Told, create, deliveries, get, ok, suspend, until};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_each_engine!(
    the_same_bytes_are_sent_again,
    what_was_taken_is_not_failing_when_it_is_sent_again,
    an_event_that_is_never_taken_is_skipped,
    what_is_taken_while_it_is_skipped_was_taken,
    one_event_is_replayed_without_the_others,
    the_log_is_paged_narrowed_and_forgotten,
);

async fn the_same_bytes_are_sent_again(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    let acme = admin.create_organisation("Acme").await;
    suspend(&mut admin, &acme, true).await;
    let first = listener.wait_for(2).await;
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    // What is called otherwise by now is told as it was.
    let fields = [("id", acme.as_str()), ("version", "1"), ("name", "Acme Ltd"), ("logo", "")];
    ok(&mut admin, "organisations/edit", &fields).await;
    listener.wait_for(3).await;
    until(&mut admin, &id, |it| it["waiting"] == 0).await;

    let log = deliveries(&mut admin, &id, json!({})).await;
    let suspended = &log["rows"][1];
    assert_eq!(suspended["event"], "partner_organisation.suspended");
    let seq = suspended["seq"].to_string();
    ok(&mut admin, "webhooks/replay", &[("id", &id), ("seq", &seq)]).await;
    let told = listener.wait_for(4).await;
    assert_eq!((told[3].id(), &told[3].body), (first[1].id(), &first[1].body));
    until(&mut admin, &id, |it| it["waiting"] == 0).await;

    let today = &server.clock.now().iso()[..10];
    let fields = [("id", id.as_str()), ("which", "all"), ("since", today)];
    assert_eq!(ok(&mut admin, "webhooks/replay-since", &fields).await, "3");
    let told = listener.wait_for(7).await;
    let ids = |told: &[Told]| told.iter().map(Told::id).collect::<Vec<_>>();
    assert_eq!(ids(&told[4..7]), ids(&told[..3]), "all again, in their order");
    until(&mut admin, &id, |it| it["waiting"] == 0).await;

    // What fails is tried at once.
    listener.always(StatusCode::BAD_GATEWAY);
    suspend(&mut admin, &acme, false).await;
    until(&mut admin, &id, |it| !it["failing_since"].is_null()).await;
    let heard = listener.all().len();
    server.clock.advance(Duration::from_secs(5));
    listener.wait_for(heard + 1).await;
    listener.always(StatusCode::OK);
    let failing = [("id", id.as_str()), ("which", "failing"), ("since", today)];
    assert_eq!(ok(&mut admin, "webhooks/replay-since", &failing).await, "1");
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    let wrong = admin.script("/actions/webhooks/replay-since", &[("id", &id)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = admin.script("/actions/webhooks/replay", &[("id", &id), ("seq", "999999")]).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

async fn what_was_taken_is_not_failing_when_it_is_sent_again(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    admin.create_organisation("Acme").await;
    listener.wait_for(1).await;
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    // It is slow to take it once more: meanwhile it waits, and nothing has failed.
    listener.slow_down(SLOW);
    let seq = deliveries(&mut admin, &id, json!({})).await["rows"][0]["seq"].to_string();
    ok(&mut admin, "webhooks/replay", &[("id", &id), ("seq", &seq)]).await;
    let failing = deliveries(&mut admin, &id, json!({ "filter": "failing" })).await;
    assert_eq!(failing["rows"], json!([]));
    let waiting = deliveries(&mut admin, &id, json!({ "filter": "waiting" })).await;
    assert_eq!(waiting["rows"].as_array().unwrap().len(), 1);
    let page = admin.get(&format!("/settings/webhooks/{id}")).await.body;
    assert!(!page.contains(r#"data-status="failed""#), "{page}");
    listener.slow_down(Duration::ZERO);
    listener.wait_for(2).await;
}

async fn an_event_that_is_never_taken_is_skipped(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    listener.answer(|told| {
        let status = if told.json()["type"] == "partner_organisation.created" {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        status.into_response()
    });
    let acme = admin.create_organisation("Acme").await;
    suspend(&mut admin, &acme, true).await;
    suspend(&mut admin, &acme, false).await;
    until(&mut admin, &id, |it| it["waiting"] == 3 && !it["failing_since"].is_null()).await;
    let today = &server.clock.now().iso()[..10];
    let failing = deliveries(&mut admin, &id, json!({ "filter": "failing" })).await;
    let seq = failing["rows"][0]["seq"].to_string();
    // What is said to be sent again is all that waits behind it as well.
    let fields = [("id", id.as_str()), ("which", "failing"), ("since", today)];
    assert_eq!(ok(&mut admin, "webhooks/replay-since", &fields).await, "3");

    ok(&mut admin, "webhooks/skip", &[("id", &id), ("seq", &seq)]).await;
    until(&mut admin, &id, |it| it["waiting"] == 0 && it["failing_since"].is_null()).await;
    let taken = |told: &[Told]| {
        let taken = told.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned());
        taken.filter(|kind| kind != "partner_organisation.created").collect::<Vec<_>>()
    };
    assert_eq!(
        taken(&listener.all()),
        ["partner_organisation.suspended", "partner_organisation.reactivated"]
    );
    let log = deliveries(&mut admin, &id, json!({})).await;
    assert_eq!(log["rows"][2]["state"], "failed");
    let query = json!({ "query": { "area": "settings" } });
    let trail = admin.ask("/actions/activity/list", &query).await.json();
    assert_eq!(trail["rows"][0]["action"], "webhook.skipped");
    let again = admin.script("/actions/webhooks/skip", &[("id", &id), ("seq", &seq)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // It is sent once more when an admin says so; tests that failed are not.
    ok(&mut admin, "webhooks/replay", &[("id", &id), ("seq", &seq)]).await;
    until(&mut admin, &id, |it| !it["failing_since"].is_null()).await;
    ok(&mut admin, "webhooks/skip", &[("id", &id), ("seq", &seq)]).await;
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    listener.always(StatusCode::IM_A_TEAPOT);
    ok(&mut admin, "webhooks/test", &[("id", &id)]).await;
    listener.always(StatusCode::OK);
    assert_eq!(ok(&mut admin, "webhooks/replay-since", &fields).await, "1");
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    assert_eq!(get(&mut admin, &id).await["disabled"], Value::Null);
    let log = deliveries(&mut admin, &id, json!({ "filter": "delivered" })).await;
    assert_eq!(log["rows"].as_array().unwrap().len(), 3);
}

async fn what_is_taken_while_it_is_skipped_was_taken(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    listener
        .answer(|_| (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "3600")]).into_response());
    let acme = admin.create_organisation("Acme").await;
    suspend(&mut admin, &acme, true).await;
    until(&mut admin, &id, |it| it["waiting"] == 2 && !it["failing_since"].is_null()).await;
    let failing = deliveries(&mut admin, &id, json!({ "filter": "failing" })).await;
    let seq = failing["rows"][0]["seq"].to_string();
    // It is on its way once more, and the answer takes a while.
    listener.always(StatusCode::OK);
    listener.slow_down(SLOW);
    let asked = listener.questions();
    ok(&mut admin, "webhooks/replay", &[("id", &id), ("seq", &seq)]).await;
    listener.wait_for_questions(asked + 1).await;
    ok(&mut admin, "webhooks/skip", &[("id", &id), ("seq", &seq)]).await;
    listener.slow_down(Duration::ZERO);
    let begun = Instant::now();
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "those behind it waited for the lease: {took:?}");
    let log = deliveries(&mut admin, &id, json!({ "filter": "delivered" })).await;
    let rows = log["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{log}");
    assert_eq!((&rows[1]["seq"].to_string(), &rows[1]["status"]), (&seq, &json!(200)));
}

async fn one_event_is_replayed_without_the_others(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    let acme = admin.create_organisation("Acme").await;
    let borealis = admin.create_organisation("Borealis").await;
    listener.wait_for(2).await;
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    listener
        .answer(|_| (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "3600")]).into_response());
    suspend(&mut admin, &acme, true).await;
    until(&mut admin, &id, |it| !it["failing_since"].is_null()).await;
    listener.always(StatusCode::OK);
    let heard = listener.all().len();
    let log = deliveries(&mut admin, &id, json!({ "filter": "delivered" })).await;
    let rows = log["rows"].as_array().unwrap();
    let created = rows.iter().find(|row| row["organisation"][0] == json!(borealis)).unwrap();
    let seq = created["seq"].to_string();
    ok(&mut admin, "webhooks/replay", &[("id", &id), ("seq", &seq)]).await;
    listener.wait_for(heard + 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let about: Vec<_> = listener.all()[heard..].iter().map(Told::json).collect();
    let [only] = about.as_slice() else { panic!("{about:?}") };
    assert_eq!(only["data"]["id"], json!(borealis), "the other waits for an hour");
    until(&mut admin, &id, |it| it["waiting"] == 1).await;
}

async fn the_log_is_paged_narrowed_and_forgotten(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    for number in 0..60 {
        admin.create_organisation(&format!("Number {number}")).await;
    }
    listener.wait_for(60).await;
    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    let first = deliveries(&mut admin, &id, json!({})).await;
    assert_eq!(first["rows"].as_array().unwrap().len(), 50);
    assert_eq!(first["previous"], Value::Null);
    let second = deliveries(&mut admin, &id, json!({ "after": first["next"] })).await;
    assert_eq!(second["rows"].as_array().unwrap().len(), 10);
    assert_eq!(second["next"], Value::Null);
    let back = deliveries(&mut admin, &id, json!({ "before": second["previous"] })).await;
    assert_eq!(back["rows"], first["rows"]);
    let delivered = deliveries(&mut admin, &id, json!({ "filter": "delivered" })).await;
    assert_eq!(delivered["rows"], first["rows"]);
    let page = admin.get(&format!("/settings/webhooks/{id}?state=failing")).await.body;
    assert!(page.contains("No delivery is in this state."), "{page}");

    server.clock.advance(Duration::from_secs(30 * 24 * 60 * 60 + 60));
    let mut admin = server.admin().await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while deliveries(&mut admin, &id, json!({})).await["rows"] != json!([]) {
        assert!(Instant::now() < deadline, "old deliveries stay");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
