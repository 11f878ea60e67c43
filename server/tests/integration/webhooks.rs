//! Webhooks, from the change that is told of to the program that is told.

use crate::browser::{Answer, Browser, Server, server};
use crate::selling::Selling;
use crate::support::Engine;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use partners_app::domain::{DeliveryQuery, WebhookDisabled, WebhookId};
use partners_server::store::{webhook_log, webhooks};
use serde_json::{Value, json};
use standardwebhooks::Webhook as Verifier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use uuid::Uuid;

on_each_engine!(
    what_happens_arrives_signed_and_in_order,
    only_what_was_chosen_arrives,
    orders_and_subscriptions_are_told_of,
    an_organisation_that_fails_does_not_stop_others,
    after_three_days_it_is_disabled_and_nothing_is_lost,
    gone_is_believed_at_once,
    nobody_is_followed_elsewhere,
    a_new_secret_overlaps_the_old_one_for_a_day,
    what_waits_follows_to_a_new_address,
    an_edit_undoes_no_other_that_it_has_not_seen,
    what_the_old_address_says_counts_for_that_one,
    an_organisation_with_much_to_tell_makes_way,
    an_address_that_cannot_be_used_is_refused_beside_its_field,
    a_form_sent_twice_is_one_webhook,
    a_test_says_what_was_answered,
    what_is_disabled_keeps_what_waits,
    it_is_deleted_by_its_name,
    two_instances_send_each_event_once,
);

/// What somebody was told.
#[derive(Clone)]
pub struct Told {
    pub headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().to_owned()
    }
}

type Answers = Arc<dyn Fn(&Told) -> Response + Send + Sync>;

/// Longer than a test needs for what it does meanwhile, and shorter than an
/// answer is waited for. It ends when the listener is told to hurry.
pub const SLOW: Duration = Duration::from_secs(15);

/// A program that is told of things.
#[derive(Clone)]
pub struct Listener {
    pub url: String,
    told: Arc<Mutex<Vec<Told>>>,
    answers: Arc<Mutex<Answers>>,
    pause: Arc<Mutex<Duration>>,
    asked: Arc<AtomicUsize>,
}

impl Listener {
    pub async fn start() -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", socket.local_addr().unwrap());
        let answers: Answers = Arc::new(|_| StatusCode::NO_CONTENT.into_response());
        let answers = Arc::new(Mutex::new(answers));
        let (told, pause, asked) = Default::default();
        let it = Self { url, told, answers, pause, asked };
        let router = Router::new().fallback(hear).with_state(it.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        it
    }

    /// From now on it answers so.
    pub fn answer(&self, answers: impl Fn(&Told) -> Response + Send + Sync + 'static) {
        *self.answers.lock().unwrap() = Arc::new(answers);
    }

    pub fn always(&self, status: StatusCode) {
        self.answer(move |_| status.into_response());
    }

    /// From now on it takes so long to answer.
    pub fn slow_down(&self, pause: Duration) {
        *self.pause.lock().unwrap() = pause;
    }

    fn pause(&self) -> Duration {
        *self.pause.lock().unwrap()
    }

    pub fn all(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.all().iter().map(Told::kind).collect()
    }

    /// Waits until it was told this often.
    pub async fn wait_for(&self, count: usize) -> Vec<Told> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let all = self.all();
            if all.len() >= count {
                return all;
            }
            assert!(Instant::now() < deadline, "{count} expected, heard {:?}", self.kinds());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// How often it was asked.
    pub fn questions(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Waits until it was asked this often, though it may not have answered yet.
    pub async fn wait_for_questions(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.questions() < count {
            assert!(Instant::now() < deadline, "{count} expected, answered {:?}", self.kinds());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits long enough for something to arrive that must not.
    async fn silence(&self) {
        let before = self.all().len();
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(self.all().len(), before, "{:?}", self.kinds());
    }
}

async fn hear(State(it): State<Listener>, headers: HeaderMap, body: Bytes) -> Response {
    let told = Told { headers, body: String::from_utf8(body.to_vec()).unwrap() };
    it.asked.fetch_add(1, Ordering::Relaxed);
    // So long, or until it is told to hurry.
    let asked = Instant::now();
    while asked.elapsed() < it.pause() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let answers = Arc::clone(&it.answers.lock().unwrap());
    let answer = answers(&told);
    it.told.lock().unwrap().push(told);
    answer
}

pub async fn create(admin: &mut Browser, url: &str, more: &[(&str, &str)]) -> (String, String) {
    let key = Uuid::now_v7().to_string();
    let mut fields = vec![("creation_key", key.as_str()), ("name", "ERP"), ("url", url)];
    if more.is_empty() {
        fields.push(("events", "all"));
    }
    fields.extend(more);
    let answer = admin.script("/actions/webhooks/create", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let created = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&created["webhook"]["id"]), text(&created["secret"]))
}

pub async fn get(admin: &mut Browser, id: &str) -> Value {
    admin.ask("/actions/webhooks/get", &json!({ "id": id })).await.json()
}

pub async fn deliveries(admin: &mut Browser, id: &str, more: Value) -> Value {
    let mut query = json!({ "webhook": id });
    for (name, value) in more.as_object().unwrap() {
        query[name] = value.clone();
    }
    admin.ask("/actions/webhooks/deliveries", &json!({ "query": query })).await.json()
}

pub async fn ok(admin: &mut Browser, action: &str, fields: &[(&str, &str)]) -> String {
    let answer = admin.script(&format!("/actions/{action}"), fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.body);
    answer.body
}

pub async fn suspend(admin: &mut Browser, organisation: &str, suspended: bool) {
    let fields = [("organisation", organisation), ("suspended", &suspended.to_string())];
    ok(admin, "organisations/set-suspended", &fields).await;
}

/// Waits until a webhook is so.
pub async fn until(admin: &mut Browser, id: &str, so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let webhook = get(admin, id).await;
        if so(&webhook) {
            return webhook;
        }
        assert!(Instant::now() < deadline, "{webhook}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn what_happens_arrives_signed_and_in_order(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    admin.create_organisation("Before").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let (id, secret) = create(&mut admin, &listener.url, &[]).await;
    let acme = admin.create_organisation("Acme").await;
    let user = admin.create_user(&acme, "ann@acme.example").await.json();
    let user = user["user"]["id"].as_str().unwrap().to_owned();
    let fields = [("id", acme.as_str()), ("version", "1"), ("name", "Acme Ltd"), ("logo", "")];
    ok(&mut admin, "organisations/edit", &fields).await;
    for enabled in ["false", "true"] {
        ok(&mut admin, "users/set-enabled", &[("user", &user), ("enabled", enabled)]).await;
    }
    suspend(&mut admin, &acme, true).await;
    suspend(&mut admin, &acme, false).await;
    ok(&mut admin, "users/rename", &[("user", &user), ("name", "Ann Other")]).await;
    let confirmed = [("user", user.as_str()), ("confirmation", "ann@acme.example")];
    ok(&mut admin, "users/delete", &confirmed).await;
    suspend(&mut admin, &acme, true).await;
    let confirmed = [("organisation", acme.as_str()), ("confirmation", "Acme Ltd")];
    ok(&mut admin, "organisations/delete", &confirmed).await;

    let told = listener.wait_for(11).await;
    assert_eq!(
        listener.kinds(),
        [
            "partner_organisation.created",
            "partner_user.created",
            "partner_organisation.updated",
            "partner_user.disabled",
            "partner_user.enabled",
            "partner_organisation.suspended",
            "partner_organisation.reactivated",
            "partner_user.updated",
            "partner_user.deleted",
            "partner_organisation.suspended",
            "partner_organisation.deleted",
        ]
    );
    let verifier = Verifier::new(&secret).unwrap();
    for one in &told {
        verifier.verify(one.body.as_bytes(), &one.headers).unwrap();
        assert_eq!(one.headers["content-type"], "application/json");
        assert!(one.id().starts_with("msg_"));
    }
    let mut changed = told[0].body.clone().into_bytes();
    changed.push(b' ');
    assert!(verifier.verify(&changed, &told[0].headers).is_err());
    let other = Verifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    assert!(other.verify(told[0].body.as_bytes(), &told[0].headers).is_err());

    let data = |place: usize| told[place].json()["data"].clone();
    assert_eq!((&data(0)["id"], &data(0)["name"]), (&json!(acme), &json!("Acme")));
    assert_eq!(data(0)["isZuoraInvoiceOwner"], true);
    let created = data(1);
    assert_eq!((&created["id"], &created["partnerOrg"]), (&json!(user), &json!(acme)));
    assert_eq!(
        (&created["name"], &created["email"]),
        (&json!("Ann Reseller"), &json!("ann@acme.example"))
    );
    assert_eq!((&data(2)["name"], &data(2)["changed"]), (&json!("Acme Ltd"), &json!(["name"])));
    assert_eq!((&data(3)["enabled"], &data(5)["suspended"]), (&json!(false), &json!(true)));

    assert_eq!((&data(7)["name"], &data(7)["changed"]), (&json!("Ann Other"), &json!(["name"])));
    assert_eq!((&data(8)["id"], &data(8)["email"]), (&json!(user), &json!("ann@acme.example")));
    assert_eq!(data(10), json!({ "id": acme, "name": "Acme Ltd" }));

    until(&mut admin, &id, |it| it["waiting"] == 0).await;
    let webhook = get(&mut admin, &id).await;
    assert_eq!((&webhook["waiting"], &webhook["failing_since"]), (&json!(0), &Value::Null));
    let page = admin.get(&format!("/settings/webhooks/{id}")).await.body;
    let list = admin.get("/settings/webhooks").await.body;
    for body in [&page, &list, &webhook.to_string()] {
        assert!(!body.contains(&secret), "the secret is shown once");
    }
    assert!(page.contains("Answered 204"), "{page}");
    assert!(told.iter().all(|one| !one.body.contains("password")), "{:?}", listener.kinds());
}

async fn only_what_was_chosen_arrives(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let chosen = [("events", "chosen"), ("event_types[]", "partner_user.created")];
    create(&mut admin, &listener.url, &chosen).await;
    let acme = admin.create_organisation("Acme").await;
    admin.create_user(&acme, "ann@acme.example").await;
    suspend(&mut admin, &acme, true).await;
    listener.wait_for(1).await;
    listener.silence().await;
    assert_eq!(listener.kinds(), ["partner_user.created"]);
}

async fn orders_and_subscriptions_are_told_of(engine: Engine) {
    let mut it = Selling::start(engine, "partner").await;
    let listener = Listener::start().await;
    let (_, secret) = create(&mut it.admin, &listener.url, &[]).await;
    let subscription = it.buy(&[]).await;
    let told = listener.wait_for(1).await;
    assert_eq!(told[0].kind(), "order.placed");
    let placed = &told[0].json()["data"];
    assert_eq!(placed["subscriptionReference"], json!(subscription));
    assert_eq!(placed["partnerOrg"], json!(it.organisation));
    assert_eq!((&placed["orderType"], &placed["status"]), (&json!("new"), &json!("complete")));
    assert!(placed["orderReference"].is_string() && placed["owner"].is_string(), "{placed}");

    let support = it.offer("Support").to_owned();
    it.change(&subscription, "add_add_on", &[("target", &support)]).await;
    let told = listener.wait_for(3).await;
    assert_eq!(listener.kinds()[1..], ["order.placed", "subscription.changed"]);
    assert_eq!(told[1].json()["data"]["orderType"], "update_subscription");
    let changed = &told[2].json()["data"];
    assert_eq!(changed["subscriptionReference"], json!(subscription));
    assert_eq!(changed["order"], told[1].json()["data"]["id"]);

    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    let order = it.draft(&[]).await;
    it.place(&order).await;
    it.settled(&order).await;
    let given_up = it.admin.script("/actions/orders/give-up", &[("order", &order)]).await;
    assert_eq!(given_up.status, StatusCode::OK, "{}", given_up.body);
    let told = listener.wait_for(4).await;
    assert_eq!(told[3].kind(), "order.refused");
    let refused = &told[3].json()["data"];
    assert_eq!((&refused["id"], &refused["status"]), (&json!(order), &json!("failed")));
    assert!(refused["reason"].as_str().unwrap().contains("gave this order up"), "{refused}");
    let verifier = Verifier::new(&secret).unwrap();
    assert!(told.iter().all(|one| verifier.verify(one.body.as_bytes(), &one.headers).is_ok()));
}

async fn an_organisation_that_fails_does_not_stop_others(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let borealis = admin.create_organisation("Borealis").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    let fails = acme.clone();
    listener.answer(move |told| {
        if told.body.contains(&fails) {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "120")], "in <b>repair</b>\0")
                .into_response()
        } else {
            StatusCode::OK.into_response()
        }
    });
    suspend(&mut admin, &acme, true).await;
    suspend(&mut admin, &acme, false).await;
    suspend(&mut admin, &borealis, true).await;
    let about = |told: &[Told], organisation: &str| {
        let about = told.iter().filter(|one| one.body.contains(organisation));
        about.map(Told::kind).collect::<Vec<_>>()
    };
    let told = listener.wait_for(2).await;
    assert_eq!(about(&told, &borealis), ["partner_organisation.suspended"]);
    listener.silence().await;
    assert_eq!(
        about(&listener.all(), &acme),
        ["partner_organisation.suspended"],
        "the first waits"
    );

    until(&mut admin, &id, |it| it["waiting"] == 2 && it["failing_since"].is_i64()).await;
    let failing = deliveries(&mut admin, &id, json!({ "filter": "failing" })).await;
    let [first] = failing["rows"].as_array().unwrap().as_slice() else { panic!("{failing}") };
    assert_eq!((&first["status"], &first["answer"]), (&json!(503), &json!("in <b>repair</b>")));
    let waits =
        first["next_attempt_at"].as_i64().unwrap() - first["attempted_at"].as_i64().unwrap();
    assert!(waits >= 120_000, "it was asked to wait two minutes: {waits}");
    let waiting = deliveries(&mut admin, &id, json!({ "filter": "waiting" })).await;
    assert_eq!(waiting["rows"].as_array().unwrap().len(), 2);
    assert_eq!(waiting["rows"][0]["next_attempt_at"], Value::Null, "it waits for the other");

    listener.always(StatusCode::OK);
    server.clock.advance(Duration::from_secs(125));
    let told = listener.wait_for(4).await;
    let suspended = "partner_organisation.suspended";
    assert_eq!(about(&told, &acme), [suspended, suspended, "partner_organisation.reactivated"]);
    let ids: Vec<_> = told.iter().filter(|one| one.body.contains(&acme)).map(Told::id).collect();
    assert_eq!(ids[0], ids[1], "a retry is the same message");
    until(&mut admin, &id, |it| it["failing_since"].is_null() && it["waiting"] == 0).await;
}

async fn after_three_days_it_is_disabled_and_nothing_is_lost(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    listener.always(StatusCode::INTERNAL_SERVER_ERROR);
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    let acme = admin.create_organisation("Acme").await;
    suspend(&mut admin, &acme, true).await;
    let begun = server.clock.now();
    listener.wait_for(1).await;
    let webhook: WebhookId = id.parse().unwrap();
    // Sessions end meanwhile: the database is looked at.
    let disabled = loop {
        let mut reader = server.installation.store.read().await.unwrap();
        let now = webhooks::by_id(reader.connection(), webhook).await.unwrap().unwrap();
        if now.disabled.is_some() {
            break now;
        }
        let query = DeliveryQuery { webhook, ..DeliveryQuery::default() };
        let page = webhook_log::page(reader.connection(), &query).await.unwrap();
        drop(reader);
        // As soon as the next attempt is due, and no sooner.
        if let Some(next) = page.rows.iter().find_map(|row| row.next_attempt_at) {
            let wait = next.millis() - server.clock.now().millis();
            server.clock.advance(Duration::from_millis(u64::try_from(wait).unwrap_or(0)));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(listener.all().len() < 30, "it is never disabled");
    };
    let attempts = listener.all().len();
    let days = (server.clock.now().millis() - begun.millis()) / 86_400_000;
    assert_eq!(days, 3, "after {attempts} attempts");
    assert!((10..25).contains(&attempts), "{attempts}");
    assert_eq!(disabled.disabled.map(|(_, why)| why), Some(WebhookDisabled::Failing));
    assert_eq!(disabled.waiting, 2);
    let mut admin = server.admin().await;
    let list = admin.get("/settings/webhooks").await.body;
    assert!(list.contains("No longer told of anything"), "{list}");
    let page = admin.get(&format!("/settings/webhooks/{id}")).await.body;
    assert!(page.contains("an event was not taken for three days"), "{page}");
    let trail = admin
        .ask("/actions/activity/list", &json!({ "query": { "area": "settings" } }))
        .await
        .json();
    let event = &trail["rows"][0];
    assert_eq!(
        (&event["action"], &event["actor_kind"]),
        (&json!("webhook.disabled"), &json!("system"))
    );
    assert_eq!(event["subject"], "ERP");

    listener.always(StatusCode::OK);
    suspend(&mut admin, &acme, false).await;
    let heard = listener.all().len();
    listener.silence().await;
    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "true")]).await;
    listener.wait_for(heard + 3).await;
    assert_eq!(
        listener.kinds()[heard..],
        [
            "partner_organisation.created",
            "partner_organisation.suspended",
            "partner_organisation.reactivated",
        ]
    );
}

async fn gone_is_believed_at_once(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    listener.always(StatusCode::GONE);
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    admin.create_organisation("Acme").await;
    let webhook = until(&mut admin, &id, |it| !it["disabled"].is_null()).await;
    assert_eq!((&webhook["disabled"][1], &webhook["waiting"]), (&json!("gone"), &json!(1)));
    assert_eq!(listener.all().len(), 1);
}

async fn nobody_is_followed_elsewhere(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let elsewhere = Listener::start().await;
    let mut admin = server.admin().await;
    let target = elsewhere.url.clone();
    listener.answer(move |_| Redirect::temporary(&target).into_response());
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    admin.create_organisation("Acme").await;
    until(&mut admin, &id, |it| !it["failing_since"].is_null()).await;
    let failing = deliveries(&mut admin, &id, json!({ "filter": "failing" })).await;
    assert_eq!(failing["rows"][0]["status"], 307);
    assert_eq!(elsewhere.all().len(), 0);
}

fn is_signed_with(told: &Told, secret: &str) -> bool {
    let seconds = told.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
    let verifier = Verifier::new(secret).unwrap();
    let signature = verifier.sign(&told.id(), seconds, told.body.as_bytes()).unwrap();
    told.headers["webhook-signature"].to_str().unwrap().split(' ').any(|one| one == signature)
}

async fn a_new_secret_overlaps_the_old_one_for_a_day(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, old) = create(&mut admin, &listener.url, &[]).await;
    let rotated = ok(&mut admin, "webhooks/rotate-secret", &[("id", &id)]).await;
    // Pressed again, as the answer was lost: the secret in use is not forgotten.
    let again = admin.script("/actions/webhooks/rotate-secret", &[("id", &id)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("rotated after the page was loaded"), "{}", again.body);
    let rotated: Value = serde_json::from_str(&rotated).unwrap();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    admin.create_organisation("Acme").await;
    let told = listener.wait_for(1).await;
    assert!(is_signed_with(&told[0], &new) && is_signed_with(&told[0], &old));
    server.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    let mut admin = server.admin().await;
    admin.create_organisation("Borealis").await;
    let told = listener.wait_for(2).await;
    assert!(is_signed_with(&told[1], &new) && !is_signed_with(&told[1], &old));
    // A page that was loaded on the day before has seen a secret that is none now.
    let seen = rotated["webhook"]["old_secret_until"].to_string();
    let mut writer = server.installation.store.write().await.unwrap();
    webhooks::forget_old_secrets(writer.connection(), server.clock.now()).await.unwrap();
    writer.commit().await.unwrap();
    ok(&mut admin, "webhooks/rotate-secret", &[("id", &id), ("seen", &seen)]).await;
}

async fn what_waits_follows_to_a_new_address(engine: Engine) {
    let (server, old, new) =
        (server(engine).await, Listener::start().await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, secret) = create(&mut admin, &old.url, &[]).await;
    old.always(StatusCode::SERVICE_UNAVAILABLE);
    let acme = admin.create_organisation("Acme").await;
    suspend(&mut admin, &acme, true).await;
    until(&mut admin, &id, |it| !it["failing_since"].is_null() && it["waiting"] == 2).await;
    let wrong = edit(&mut admin, &id, None, ("", "https://10.0.0.1/")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = edit(&mut admin, &id, None, ("CRM", &new.url)).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    let told = new.wait_for(2).await;
    assert_eq!(new.kinds(), ["partner_organisation.created", "partner_organisation.suspended"]);
    assert!(told.iter().all(|one| is_signed_with(one, &secret)), "the secret stays");
    let heard = old.all().len();
    until(&mut admin, &id, |it| it["waiting"] == 0 && it["failing_since"].is_null()).await;
    assert_eq!(get(&mut admin, &id).await["name"], "CRM");
    assert_eq!(old.all().len(), heard);
    let query = json!({ "query": { "area": "settings" } });
    let trail = admin.ask("/actions/activity/list", &query).await.json();
    assert_eq!(trail["rows"][0]["action"], "webhook.updated");
    // Saved as it is, nothing has changed, and nothing is said to have.
    edit(&mut admin, &id, None, ("CRM", &new.url)).await;
    let again = admin.ask("/actions/activity/list", &query).await.json();
    assert_eq!(again["rows"], trail["rows"]);
}

/// What the page for editing says that it has seen.
async fn seen(admin: &mut Browser, id: &str) -> String {
    let page = admin.get(&format!("/settings/webhooks/{id}/edit")).await.body;
    let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("a hidden field");
    html_escape::decode_html_entities(rest.split_once('"').unwrap().0).into_owned()
}

/// Sends the form for editing with this name and address, from the page as it is
/// now or as it was.
async fn edit(
    admin: &mut Browser,
    id: &str,
    before: Option<&str>,
    (name, url): (&str, &str),
) -> Answer {
    let seen = match before {
        Some(before) => before.to_owned(),
        None => seen(admin, id).await,
    };
    let fields = [("id", id), ("seen", &seen), ("name", name), ("url", url), ("events", "all")];
    admin.script("/actions/webhooks/update", &fields).await
}

async fn an_edit_undoes_no_other_that_it_has_not_seen(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    let before = seen(&mut admin, &id).await;
    let moved = format!("{}?moved", listener.url);
    // The answer to the first was lost: sent again, it changes nothing and is not
    // refused.
    for _ in 0..2 {
        let first = edit(&mut admin, &id, Some(&before), ("ERP", &moved)).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    }
    let second = edit(&mut admin, &id, Some(&before), ("CRM", &listener.url)).await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(second.body.contains("Somebody else has changed this webhook"), "{}", second.body);
    let webhook = get(&mut admin, &id).await;
    assert_eq!((&webhook["url"], &webhook["name"]), (&json!(moved), &json!("ERP")));
    // Without scripts as well, until the page is loaded anew.
    let page = format!("/settings/webhooks/{id}/edit");
    let fields = [
        ("id", id.as_str()),
        ("seen", &before),
        ("name", "CRM"),
        ("url", &listener.url),
        ("events", "all"),
    ];
    admin.form("/actions/webhooks/update", &page, &fields).await;
    assert_eq!(seen(&mut admin, &id).await, before, "the form comes back as it was");
    assert_eq!(get(&mut admin, &id).await["url"], json!(moved));
    let third = edit(&mut admin, &id, None, ("CRM", &moved)).await;
    assert_eq!(third.status, StatusCode::OK, "{}", third.body);
    assert_eq!(get(&mut admin, &id).await["name"], "CRM");
}

async fn what_the_old_address_says_counts_for_that_one(engine: Engine) {
    let (server, old, new) =
        (server(engine).await, Listener::start().await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &old.url, &[]).await;
    old.always(StatusCode::GONE);
    old.slow_down(SLOW);
    admin.create_organisation("Acme").await;
    // The old address is asked, and takes its time.
    old.wait_for_questions(1).await;
    let edited = edit(&mut admin, &id, None, ("ERP", &new.url)).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    assert_eq!(old.all().len(), 0);
    old.slow_down(Duration::ZERO);
    new.wait_for(1).await;
    let webhook = until(&mut admin, &id, |it| it["waiting"] == 0).await;
    assert_eq!((old.all().len(), &webhook["disabled"]), (1, &Value::Null));
}

async fn an_organisation_with_much_to_tell_makes_way(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let mut busy = Vec::new();
    for number in 0..4 {
        busy.push(admin.create_organisation(&format!("Busy {number}")).await);
    }
    let late = admin.create_organisation("Late").await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "false")]).await;
    // Each of four has more to tell than fits into a turn, and is told of slowly.
    for organisation in &busy {
        for round in 0..20 {
            suspend(&mut admin, organisation, round % 2 == 0).await;
        }
    }
    suspend(&mut admin, &late, true).await;
    until(&mut admin, &id, |it| it["waiting"] == 81).await;
    listener.slow_down(Duration::from_millis(400));
    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "true")]).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !listener.all().iter().any(|one| one.body.contains(&late)) {
        assert!(Instant::now() < deadline, "{:?}", listener.kinds());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(listener.all().len() < 81, "it had to wait for all of the others");
}

async fn an_address_that_cannot_be_used_is_refused_beside_its_field(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    for (url, expected) in [
        ("", "Enter the address"),
        ("http://erp.example/", "https://"),
        ("https://10.1.2.3/hooks", "10.1.2.3 is not on the public internet"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://[::1]/", "not on the public internet"),
        ("https://[::ffff:10.0.0.1]/", "not on the public internet"),
        ("https://nowhere.invalid/", "We could not find nowhere.invalid"),
    ] {
        let key = Uuid::now_v7().to_string();
        let fields =
            [("creation_key", key.as_str()), ("name", "ERP"), ("url", url), ("events", "all")];
        let answer = admin.script("/actions/webhooks/create", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        let error = &answer.json()["invalid"][0];
        assert_eq!(error["field"], "url");
        assert!(error["message"].as_str().unwrap().contains(expected), "{url}: {error}");
        // Without scripts the same stands on the page, with what was typed.
        admin.form("/actions/webhooks/create", "/settings/webhooks/new", &fields).await;
        let page = admin.get("/settings/webhooks/new").await.body;
        let shown = page.contains(&html_escape::encode_text(expected).into_owned());
        assert!(shown && page.contains("value=\"ERP\""), "{url}: {page}");
    }
    assert_eq!(admin.ask("/actions/webhooks/list", &json!({})).await.json(), json!([]));
}

async fn a_form_sent_twice_is_one_webhook(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "ERP"),
        ("url", &listener.url),
        ("events", "all"),
    ];
    let first = admin.script("/actions/webhooks/create", &fields).await.json();
    let second = admin.script("/actions/webhooks/create", &fields).await.json();
    assert_eq!(first["webhook"]["id"], second["webhook"]["id"]);
    assert!(first["secret"].is_string() && second["secret"].is_null());
    assert_eq!(
        admin.ask("/actions/webhooks/list", &json!({})).await.json().as_array().unwrap().len(),
        1
    );
}

async fn a_test_says_what_was_answered(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let chosen = [("events", "chosen"), ("event_types[]", "order.placed")];
    let (id, secret) = create(&mut admin, &listener.url, &chosen).await;
    let (_, _) = create(&mut admin, &Listener::start().await.url, &[]).await;
    listener.answer(|_| (StatusCode::CREATED, "thank you").into_response());
    let tested: Value =
        serde_json::from_str(&ok(&mut admin, "webhooks/test", &[("id", &id)]).await).unwrap();
    assert_eq!((&tested["state"], &tested["status"]), (&json!("delivered"), &json!(201)));
    assert_eq!(tested["answer"], "thank you");
    let told = listener.all();
    assert_eq!(told[0].json()["data"], json!({ "webhook": id }));
    assert!(is_signed_with(&told[0], &secret));

    listener.always(StatusCode::IM_A_TEAPOT);
    let tested: Value =
        serde_json::from_str(&ok(&mut admin, "webhooks/test", &[("id", &id)]).await).unwrap();
    assert_eq!((&tested["state"], &tested["status"]), (&json!("failed"), &json!(418)));
    let webhook = get(&mut admin, &id).await;
    assert!(webhook["failing_since"].is_null(), "a test that fails is not tried again: {webhook}");

    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "false")]).await;
    let refused = admin.script("/actions/webhooks/test", &[("id", &id)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn what_is_disabled_keeps_what_waits(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "false")]).await;
    let acme = admin.create_organisation("Acme").await;
    suspend(&mut admin, &acme, true).await;
    until(&mut admin, &id, |it| it["waiting"] == 2).await;
    listener.silence().await;
    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "true")]).await;
    listener.wait_for(2).await;
    assert_eq!(
        listener.kinds(),
        ["partner_organisation.created", "partner_organisation.suspended"]
    );
}

async fn it_is_deleted_by_its_name(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    admin.create_organisation("Acme").await;
    listener.wait_for(1).await;
    let wrong = [("id", id.as_str()), ("confirmation", "CRM")];
    let answer = admin.script("/actions/webhooks/delete", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["invalid"][0]["field"], "confirmation");
    let right = [("id", id.as_str()), ("confirmation", "erp")];
    let page = format!("/settings/webhooks/{id}?delete-webhook=1");
    let answer = admin.form("/actions/webhooks/delete", &page, &right).await;
    assert_eq!(answer.header("location"), "/settings/webhooks");
    assert!(admin.get("/settings/webhooks").await.body.contains("ERP was deleted."));
    assert_eq!(admin.get(&format!("/settings/webhooks/{id}")).await.status, StatusCode::NOT_FOUND);
    admin.create_organisation("Borealis").await;
    listener.silence().await;
}

async fn two_instances_send_each_event_once(engine: Engine) {
    let (server, listener) = (server(engine).await, Listener::start().await);
    let (stop, stopped) = watch::channel(false);
    for _ in 0..2 {
        tokio::spawn(another(&server).run(stopped.clone()));
    }
    let mut admin = server.admin().await;
    create(&mut admin, &listener.url, &[]).await;
    for number in 0..40 {
        let id = admin.create_organisation(&format!("Number {number}")).await;
        suspend(&mut admin, &id, true).await;
    }
    let told = listener.wait_for(80).await;
    listener.silence().await;
    let mut ids: Vec<_> = told.iter().map(Told::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 80);
    stop.send(true).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_enables_a_webhook_and_its_deliveries_do_not_wait_for_each_other() {
    let (server, listener) = (server(Engine::Postgres).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    ok(&mut admin, "webhooks/set-enabled", &[("id", &id), ("enabled", "false")]).await;
    admin.create_organisation("Acme").await;
    until(&mut admin, &id, |it| it["waiting"] == 1).await;
    let pool = server.postgres().await;
    let endpoint: Uuid = id.parse().unwrap();
    // As a delivery that ends with a 410 takes the rows.
    let mut delivery = pool.begin().await.unwrap();
    let take = async |delivery: &mut sqlx::PgConnection, sql: &'static str| {
        sqlx::query(sql).bind(endpoint).execute(delivery).await
    };
    let stream = "UPDATE webhook_stream SET attempts = attempts WHERE endpoint_id = $1";
    take(&mut delivery, stream).await.unwrap();
    let enabled = {
        let (mut admin, id) = (admin.clone(), id.clone());
        tokio::spawn(async move {
            let fields = [("id", id.as_str()), ("enabled", "true")];
            ok(&mut admin, "webhooks/set-enabled", &fields).await
        })
    };
    server.until_somebody_waits(&pool).await;
    let row = "UPDATE webhook_endpoint SET name = name WHERE id = $1";
    take(&mut delivery, row).await.expect("nobody waits for this row");
    delivery.commit().await.unwrap();
    enabled.await.unwrap();
    listener.wait_for(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_begun_anew_while_it_fails_is_tried_soon() {
    let (server, listener) = (server(Engine::Postgres).await, Listener::start().await);
    let mut admin = server.admin().await;
    let (id, _) = create(&mut admin, &listener.url, &[]).await;
    listener
        .answer(|_| (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "3600")]).into_response());
    admin.create_organisation("Acme").await;
    until(&mut admin, &id, |it| !it["failing_since"].is_null()).await;
    listener.always(StatusCode::SERVICE_UNAVAILABLE);
    listener.slow_down(SLOW);
    let pool = server.postgres().await;
    let now = || server.clock.now().millis();
    // It has failed so often that it would be tried again in an hour.
    let asked = listener.questions();
    sqlx::query("UPDATE webhook_stream SET attempts = 6, next_attempt_at = $1, lease_until = 0")
        .bind(now())
        .execute(&pool)
        .await
        .unwrap();
    server.installation.webhooks.wake();
    listener.wait_for_questions(asked + 1).await;
    let mut anew = pool.begin().await.unwrap();
    sqlx::query(
        "UPDATE webhook_stream SET attempts = 0, failing_since = NULL, next_attempt_at = $1",
    )
    .bind(now())
    .execute(&mut *anew)
    .await
    .unwrap();
    listener.slow_down(Duration::ZERO);
    server.until_somebody_waits(&pool).await;
    anew.commit().await.unwrap();
    until(&mut admin, &id, |it| !it["failing_since"].is_null()).await;
    let (attempts, next): (i64, i64) =
        sqlx::query_as("SELECT attempts, next_attempt_at FROM webhook_stream")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert!(attempts <= 2 && next - now() < 60_000, "{attempts}: in {} ms", next - now());
}

/// Webhooks of another instance on the same database.
fn another(server: &Server) -> partners_server::webhooks::Webhooks {
    let guard = server.installation.webhooks.guard().clone();
    server.installation.clone().with_webhooks_to(guard).webhooks
}
