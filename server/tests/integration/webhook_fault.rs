//! Webhooks under fire: the real program, killed at random moments while events
//! are made, and an endpoint that refuses a tenth of what it is sent and loses
//! some of its answers.

use crate::fault::{ADMIN, Program, Script, post};
use crate::port::free_port;
use crate::support::{Engine, database};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

on_each_engine!(
    six_hundred_events_survive_kills_and_refusals,
    a_thousand_events_are_sent_in_a_while,
);

const ORGANISATIONS: usize = 20;
/// How often each is suspended and reactivated.
const ROUNDS: usize = 15;

/// What was taken: the organisation, the message, and what it says.
#[derive(Clone, Default)]
struct Taken {
    all: Arc<Mutex<Vec<(String, String, String)>>>,
    /// How often each message was refused, or its answer lost.
    failed: Arc<Mutex<BTreeMap<String, u32>>>,
    refused: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
    is_kind: Arc<AtomicBool>,
}

async fn take(State(taken): State<Taken>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    let mut fate =
        if taken.is_kind.load(Ordering::Relaxed) { 19 } else { rand::random_range(0..20) };
    // At most twice each: what fails more often is left alone for minutes.
    if fate <= 2 {
        let mut failed = taken.failed.lock().unwrap();
        let times = failed.entry(id.clone()).or_default();
        *times += 1;
        if *times > 2 {
            fate = 19;
        }
    }
    if fate < 2 {
        taken.refused.fetch_add(1, Ordering::Relaxed);
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let said: Value = serde_json::from_slice(&body).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    taken.all.lock().unwrap().push((text(&said["data"]["id"]), id, text(&said["type"])));
    // Taken, and the answer is lost.
    if fate == 2 {
        taken.lost.fetch_add(1, Ordering::Relaxed);
        return StatusCode::BAD_GATEWAY;
    }
    StatusCode::OK
}

async fn endpoint() -> (Taken, String) {
    let taken = Taken::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let router = Router::new().fallback(take).with_state(taken.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (taken, url)
}

/// Sends a form again until it is answered, as a person would.
async fn insist(script: &Script, url: &str, fields: &[(&str, &str)]) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match post(script, url, fields).await {
            Some((200, rest)) => return rest,
            Some((503, _)) | None => tokio::time::sleep(Duration::from_millis(50)).await,
            Some((status, body)) => panic!("{status}: {body}"),
        }
        assert!(Instant::now() < deadline, "{url} is not answered");
    }
}

/// The program with an admin who is signed in.
async fn program(database_url: &str) -> (Program, Script) {
    let port = free_port();
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let mut program = Program {
        child: None,
        url: format!("http://127.0.0.1:{port}"),
        environment: BTreeMap::from([
            ("PORT", port.to_string()),
            ("DATABASE_URL", database_url.to_owned()),
            ("SECRET_KEY", key.to_owned()),
            ("PARTNERS_ADMIN_EMAIL", ADMIN.0.to_owned()),
            ("PARTNERS_ADMIN_PASSWORD", ADMIN.1.to_owned()),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned()),
        ]),
    };
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    program.start(&client).await;
    let mut script = Script { client, session: String::new() };
    let credentials = [("email", ADMIN.0), ("password", ADMIN.1)];
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match post(&script, &format!("{}/actions/sign-in", program.url), &credentials).await {
            Some((200, session)) => break script.session = session,
            other => assert!(Instant::now() < deadline, "no sign-in: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    (program, script)
}

async fn create_webhook(script: &Script, url: &str, endpoint: &str) {
    let key = Uuid::now_v7().to_string();
    let fields =
        [("creation_key", key.as_str()), ("name", "ERP"), ("url", endpoint), ("events", "all")];
    insist(script, &format!("{url}/actions/webhooks/create"), &fields).await;
}

async fn create_organisation(script: &Script, url: &str, name: &str) -> String {
    let key = Uuid::now_v7().to_string();
    let account = format!("A{}", &key[24..]);
    let fields = [
        ("creation_key", key.as_str()),
        ("name", name),
        ("zuora_account_id", &account),
        ("invoice_owner", "partner"),
    ];
    let page = insist(script, &format!("{url}/actions/organisations/create"), &fields).await;
    page.rsplit('/').next().unwrap().to_owned()
}

async fn switch(script: &Script, url: &str, organisation: &str, suspended: bool) {
    let fields = [("organisation", organisation), ("suspended", &suspended.to_string())];
    insist(script, &format!("{url}/actions/organisations/set-suspended"), &fields).await;
}

async fn six_hundred_events_survive_kills_and_refusals(engine: Engine) {
    let database = database(engine).await;
    let (taken, endpoint) = endpoint().await;
    let (mut program, script) = program(&database.url).await;
    let url = program.url.clone();
    create_webhook(&script, &url, &endpoint).await;

    let begun = Instant::now();
    let is_done = Arc::new(AtomicBool::new(false));
    let killer = {
        let (client, is_done) = (script.client.clone(), Arc::clone(&is_done));
        tokio::spawn(async move {
            let mut kills = 0;
            while !is_done.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(rand::random_range(100..1_500))).await;
                program.kill();
                kills += 1;
                program.start(&client).await;
            }
            (program, kills)
        })
    };
    let makers = (0..4).map(|maker| {
        let (script, url) = (&script, &url);
        async move {
            let mut made = Vec::new();
            for number in (maker..ORGANISATIONS).step_by(4) {
                made.push(create_organisation(script, url, &format!("Number {number}")).await);
            }
            for round in 0..ROUNDS * 2 - 1 {
                for organisation in &made {
                    switch(script, url, organisation, round % 2 == 0).await;
                }
            }
            made
        }
    });
    let organisations = futures::future::join_all(makers).await.concat();
    // What the trail holds is what has happened.
    let mut wanted: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let trail = || async {
        let mut reader = database.store.read().await.unwrap();
        let query = partners_server::store::audit_list::AuditQuery::default();
        let mut query = partners_server::store::audit_list::AuditQuery { before: None, ..query };
        let mut events = Vec::new();
        loop {
            let (page, more) =
                partners_server::store::audit_list::page(reader.connection(), &query)
                    .await
                    .unwrap();
            query.before = page.last().map(|event| event.seq);
            events.extend(page);
            if !more {
                events.reverse();
                return events;
            }
        }
    };
    for event in trail().await {
        let kind = match event.action.as_str() {
            "organisation.created" => "partner_organisation.created",
            "organisation.suspended" => "partner_organisation.suspended",
            "organisation.reactivated" => "partner_organisation.reactivated",
            _ => continue,
        };
        let organisation = event.organisation.expect("one").to_string();
        let id = format!("msg_{}", event.id.simple());
        wanted.entry(organisation).or_default().push((id, kind.to_owned()));
    }
    let count: usize = wanted.values().map(Vec::len).sum();
    assert_eq!(wanted.len(), organisations.len());
    assert_eq!(count, ORGANISATIONS * ROUNDS * 2, "everything asked for has happened, once");

    // Goes on being killed until most of it has arrived.
    let distinct = || {
        let all = taken.all.lock().unwrap();
        all.iter().map(|(_, id, _)| id.clone()).collect::<BTreeSet<_>>().len()
    };
    // One that fails four times in a row waits for two minutes.
    let deadline = Instant::now() + Duration::from_secs(360);
    let enough = Instant::now() + Duration::from_secs(120);
    while distinct() < count * 9 / 10 && Instant::now() < enough {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    is_done.store(true, Ordering::Relaxed);
    let (mut program, kills) = killer.await.unwrap();
    while distinct() < count {
        assert!(Instant::now() < deadline, "{} of {count} have arrived", distinct());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = begun.elapsed();
    program.kill();

    let all = taken.all.lock().unwrap().clone();
    let mut seen = BTreeSet::new();
    let mut first: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (organisation, id, kind) in &all {
        if seen.insert(id.clone()) {
            first.entry(organisation.clone()).or_default().push((id.clone(), kind.clone()));
        }
    }
    assert_eq!(first, wanted, "each at least once, in order for each organisation");
    let load = |number: &AtomicUsize| number.load(Ordering::Relaxed);
    println!(
        "{engine:?}: {count} events of {ORGANISATIONS} organisations, {kills} kills, {} refused, {} answers lost, {} taken in all, {} more than once, in {took:?}",
        load(&taken.refused),
        load(&taken.lost),
        all.len(),
        all.len() - count,
    );
}

/// How fast it goes, where nothing is in the way.
async fn a_thousand_events_are_sent_in_a_while(engine: Engine) {
    const EVENTS: usize = 1_000;
    let database = database(engine).await;
    let (taken, endpoint) = endpoint().await;
    taken.is_kind.store(true, Ordering::Relaxed);
    let (mut program, script) = program(&database.url).await;
    let url = program.url.clone();
    create_webhook(&script, &url, &endpoint).await;
    let webhooks = {
        let mut reader = database.store.read().await.unwrap();
        partners_server::store::webhooks::all(reader.connection()).await.unwrap()
    };
    let id = webhooks[0].id.to_string();
    // They are made first, so that only the sending is measured.
    let switch_webhook = |enabled: &'static str| {
        let (script, url, id) = (script.clone(), url.clone(), id.clone());
        async move {
            let fields = [("id", id.as_str()), ("enabled", enabled)];
            insist(&script, &format!("{url}/actions/webhooks/set-enabled"), &fields).await;
        }
    };
    switch_webhook("false").await;
    let mut organisations = Vec::new();
    for number in 0..ORGANISATIONS {
        organisations.push(create_organisation(&script, &url, &format!("Number {number}")).await);
    }
    for round in 0..EVENTS / ORGANISATIONS - 1 {
        for organisation in &organisations {
            switch(&script, &url, organisation, round % 2 == 0).await;
        }
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut reader = database.store.read().await.unwrap();
        let webhooks = partners_server::store::webhooks::all(reader.connection()).await.unwrap();
        if webhooks[0].waiting == i64::try_from(EVENTS).unwrap() {
            break;
        }
        assert!(Instant::now() < deadline, "{} wait", webhooks[0].waiting);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let begun = Instant::now();
    switch_webhook("true").await;
    while taken.all.lock().unwrap().len() < EVENTS {
        assert!(Instant::now() < deadline + Duration::from_secs(60), "too slow");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let took = begun.elapsed();
    assert_eq!(taken.all.lock().unwrap().len(), EVENTS);
    program.kill();
    let rate = f64::from(u32::try_from(EVENTS).unwrap()) / took.as_secs_f64();
    println!("{engine:?}: {EVENTS} events sent in {took:?}, {rate:.0} a second");
}
