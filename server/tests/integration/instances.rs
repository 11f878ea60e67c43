//! Three instances of the real program on one PostgreSQL: what one knows all
//! know, nothing is done twice, and what one leaves behind another takes over.

use crate::fault::{ADMIN, Program, SECRET_KEY, Script, post};
use crate::metrics::{client, create, program, with_zuora};
use crate::order_fault::{Seller, insist, offer, order, place, review, seller, settled, sign_in};
use crate::port::free_port;
use crate::support::{Database, Engine, database};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use partners_app::domain::{OrderId, OrderState};
use partners_server::store::audit;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::{Sandbox, Settings};

const INSTANCES: usize = 3;
/// Sign-ins that one address may try in ten minutes.
const SIGN_INS: usize = 40;
/// Requests that an API client may send in a minute.
const REQUESTS: usize = 600;
const USERS: usize = 30;
const ORDERS: usize = 24;
const ORGANISATIONS: usize = 12;
/// So many of them at the instance that is killed.
const AT_THE_FIRST: usize = 6;

on_each_engine!(the_first_password_that_is_shown_counts);

/// How many mails each address was sent.
type Mails = Arc<Mutex<BTreeMap<String, usize>>>;

/// A mail server that notes who is written to; says where it is.
async fn mail_server(mails: Mails) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(take_mails(stream, Arc::clone(&mails)));
        }
    });
    format!("smtp://{address}")
}

async fn take_mails(stream: TcpStream, mails: Mails) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.example\r\n").await?;
    let (mut recipient, mut is_content) = (String::new(), false);
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.as_str() {
            "." if is_content => {
                is_content = false;
                *mails.lock().unwrap().entry(std::mem::take(&mut recipient)).or_default() += 1;
                b"250 taken\r\n"
            }
            _ if is_content => continue,
            "DATA" => {
                is_content = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            other => {
                if let Some(to) = other.strip_prefix("RCPT TO:<") {
                    recipient = to.split('>').next().unwrap_or_default().to_owned();
                }
                b"250 mail.example\r\n"
            }
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

/// Three instances and what they stand on.
struct Trio {
    programs: Vec<Program>,
    database: Database,
    client: reqwest::Client,
    sandbox: Sandbox,
    mails: Mails,
    _folder: TempDir,
}

impl Trio {
    /// Three that start at the same moment, on an empty database.
    async fn start(sends_mail: bool) -> Self {
        let (database, folder) = (database(Engine::Postgres).await, tempfile::tempdir().unwrap());
        let sandbox = Sandbox::open(Settings::default()).unwrap();
        let zuora = zuora_sandbox::start(sandbox.clone()).await.unwrap();
        let mails = Mails::default();
        let smtp = mail_server(Arc::clone(&mails)).await;
        let mut programs: Vec<_> = (0..INSTANCES).map(|_| program(&database, &folder)).collect();
        for program in &mut programs {
            with_zuora(program, zuora);
            // Says which address somebody comes from, as a proxy would.
            program.environment.insert("TRUSTED_PROXY_HOPS", "1".to_owned());
            program.environment.insert("METRICS_LISTEN", format!("127.0.0.1:{}", free_port()));
            program.environment.insert("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned());
            if sends_mail {
                program.environment.insert("SMTP_URL", smtp.clone());
                program.environment.insert("SMTP_FROM", "partners@example.com".to_owned());
            }
        }
        let client = client();
        futures::future::join_all(programs.iter_mut().map(|program| program.start(&client))).await;
        Self { programs, database, client, sandbox, mails, _folder: folder }
    }

    fn url(&self, instance: usize) -> &str {
        &self.programs[instance % INSTANCES].url
    }

    async fn admin(&self, instance: usize) -> Script {
        sign_in(&self.client, self.url(instance), ADMIN.0, ADMIN.1).await
    }

    /// Asks a server function of an instance; the status and the answer.
    async fn ask(&self, instance: usize, who: &Script, path: &str, body: &Value) -> (u16, Value) {
        let answer = self
            .client
            .post(format!("{}{path}", self.url(instance)))
            .header("accept", "application/json")
            .header("cookie", &who.session)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    async fn assert_whole_trail(&self) -> i64 {
        let mut reader = self.database.store.read().await.unwrap();
        let verdict = audit::verify(reader.connection(), None).await.unwrap();
        assert_eq!(verdict.faults, Vec::<String>::new());
        verdict.events
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_counts_at_all_of_them() {
    let trio = Trio::start(false).await;
    let admin = trio.admin(0).await;
    let list = json!({ "query": {} });
    for instance in 0..INSTANCES {
        let (status, page) = trio.ask(instance, &admin, "/actions/activity/list", &list).await;
        assert_eq!(status, 200, "{page}");
    }
    let out = post(&admin, &format!("{}/actions/sign-out", trio.url(1)), &[]).await;
    assert_eq!(out.map(|(status, _)| status), Some(200));
    for instance in 0..INSTANCES {
        let (status, _) = trio.ask(instance, &admin, "/actions/activity/list", &list).await;
        assert_eq!(status, 401, "at instance {instance}");
    }
    trio.assert_whole_trail().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_counted_across_all_of_them() {
    let trio = Trio::start(false).await;
    trio.admin(2).await;
    let mut statuses = Vec::new();
    for number in 0..SIGN_INS + INSTANCES {
        let email = format!("nobody{number}@example.com");
        let answer = trio
            .client
            .post(format!("{}/actions/sign-in", trio.url(number)))
            .header("accept", "application/json")
            .header("x-forwarded-for", "192.0.2.7")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("email={email}&password=guessed"))
            .send();
        statuses.push(answer.await.unwrap().status().as_u16());
    }
    let expected: Vec<u16> = [vec![422; SIGN_INS], vec![429; INSTANCES]].concat();
    assert_eq!(statuses, expected, "whichever instance is asked");

    // An API client's token of one counts at all, and so do its requests.
    let created = std::process::Command::new(env!("CARGO_BIN_EXE_partners"))
        .args(["api-client", "create", "Sync", "--json"])
        .envs(&trio.programs[0].environment)
        .output()
        .unwrap();
    let credentials: Value = serde_json::from_slice(&created.stdout).unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        credentials["client_id"].as_str().unwrap(),
        credentials["client_secret"].as_str().unwrap()
    );
    let answer = trio
        .client
        .post(format!("{}/oauth2/token", trio.url(0)))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let token: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let token = token["access_token"].as_str().unwrap();
    // A window is a minute: begin with one, so that all of them fall into it.
    let mut counts = BTreeMap::<u16, usize>::new();
    let begun = Instant::now();
    while counts.get(&429).copied().unwrap_or_default() < INSTANCES {
        let number = counts.values().sum::<usize>();
        let request = trio.client.get(format!("{}/api/partner-organisations", trio.url(number)));
        let status = request.bearer_auth(token).send().await.unwrap().status().as_u16();
        *counts.entry(status).or_default() += 1;
        assert!(number < 2 * REQUESTS + INSTANCES, "{counts:?} in {:?}", begun.elapsed());
    }
    let passed = counts[&200];
    // Where a minute ended meanwhile, a second window has begun.
    assert!(
        passed == REQUESTS || begun.elapsed() > Duration::from_secs(5) && passed <= 2 * REQUESTS,
        "{counts:?} in {:?}",
        begun.elapsed()
    );
    assert_eq!(counts.len(), 2, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_user_is_invited_once() {
    let trio = Trio::start(true).await;
    let admin = trio.admin(0).await;
    let page = create(&admin, trio.url(0), "PA-1001").await;
    let organisation = page.rsplit('/').next().unwrap().to_owned();
    let creations = (0..USERS).map(|number| {
        let (trio, admin, organisation) = (&trio, &admin, &organisation);
        async move {
            let (key, email) = (Uuid::now_v7().to_string(), format!("user{number}@acme.example"));
            let fields = [
                ("organisation", organisation.as_str()),
                ("creation_key", &key),
                ("name", "Ann"),
                ("email", &email),
            ];
            // The same form at two instances at once, as an impatient person sends it.
            let url = |instance| format!("{}/actions/users/create", trio.url(instance));
            let (first, second) = (url(number), url(number + 1));
            tokio::join!(insist(admin, &first, &fields), insist(admin, &second, &fields));
        }
    });
    futures::future::join_all(creations).await;
    let list = json!({ "organisation": organisation });
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (_, users) = trio.ask(1, &admin, "/actions/users/list", &list).await;
        let users = users.as_array().cloned().unwrap_or_default();
        assert_eq!(users.len(), USERS);
        if users.iter().all(|user| user["status"] == "invited") {
            break;
        }
        assert!(Instant::now() < deadline, "{users:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mails = trio.mails.lock().unwrap().clone();
    let expected: BTreeMap<_, _> =
        (0..USERS).map(|number| (format!("user{number}@acme.example"), 1)).collect();
    assert_eq!(mails, expected, "one invitation each");
    // The admin (once, although three started at once), the sign-in, the organisation, the users.
    let events = trio.assert_whole_trail().await;
    assert_eq!(events, i64::try_from(3 + USERS).unwrap());
}

/// Two that start at the same moment on an empty database, and are told no
/// password: one of them shows one, and that one is the admin's.
async fn the_first_password_that_is_shown_counts(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    let mut programs: Vec<_> = (0..2).map(|_| program(&database, &folder)).collect();
    let mut told = Vec::new();
    for program in &mut programs {
        program.environment.remove("PARTNERS_ADMIN_PASSWORD");
        program.environment.insert("SECRET_KEY", SECRET_KEY.to_owned());
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_partners"))
            .args(["serve", "--json"])
            .envs(&program.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        program.child = Some(child);
        told.push(tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
            serde_json::from_str::<Value>(&line).unwrap_or_else(|_| panic!("{line:?}"))
        }));
    }
    let told: Vec<Value> =
        futures::future::join_all(told).await.into_iter().map(Result::unwrap).collect();
    let shown: Vec<_> = told.iter().filter(|told| !told["first_admin"].is_null()).collect();
    assert_eq!(shown.len(), 1, "{told:?}");
    let admin = &shown[0]["first_admin"];
    assert_eq!(admin["email"], ADMIN.0);
    let password = admin["password"].as_str().unwrap();
    for program in &programs {
        sign_in(&client(), &program.url, ADMIN.0, password).await;
        assert!(told.iter().any(|told| {
            told["url"]
                .as_str()
                .is_some_and(|url| url.ends_with(program.url.rsplit(':').next().unwrap()))
        }));
    }
    let mut reader = database.store.read().await.unwrap();
    let query = partners_app::domain::ActivityQuery::default();
    let page = partners_server::store::activity::page(reader.connection(), &query).await.unwrap();
    let made = page.rows.iter().filter(|row| row.action == "admin.created").count();
    let reset = page.rows.iter().filter(|row| row.action == "admin.password_set").count();
    assert_eq!((made, reset), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_of_one_that_dies_are_taken_over() {
    let mut trio = Trio::start(false).await;
    let admin = trio.admin(0).await;
    let offer = offer(&admin, trio.url(0), &trio.sandbox, &trio.database).await;
    let seller: Seller = seller(&admin, trio.url(1), &offer, "end_customer", &trio.database).await;
    let before = trio.sandbox.read(|state| state.subscriptions.len());
    let mut orders: Vec<OrderId> = Vec::new();
    for number in 0..AT_THE_FIRST {
        let company = format!("Company {number}");
        orders.push(review(&seller, trio.url(0), &offer, &[("company", &company)]).await);
    }
    // Slow enough that whoever dies is in the middle of something; and answers get lost.
    let mut slow = Fault::new(FaultKind::Latency).on("POST", "/v1/orders");
    slow.latency_ms = 6_000;
    trio.sandbox.add_fault(slow);
    let lost = Fault::new(FaultKind::LoseAnswer).on("POST", "/v1/orders");
    trio.sandbox.add_fault(lost.clone().with_probability(0.2));
    let placing = orders.iter().map(|id| place(&seller, trio.url(0), *id));
    futures::future::join_all(placing).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    trio.programs[0].kill();
    let killed = Instant::now();
    let leased = leased_orders(&trio.database).await;
    let was_at_something = orders.iter().any(|id| leased.contains(&id.0));
    trio.sandbox.clear_faults();
    trio.sandbox.add_fault(lost.with_probability(0.2));

    // Whoever is left goes on selling.
    let more = (AT_THE_FIRST..ORDERS).map(|number| {
        let (seller, offer, url) = (&seller, &offer, trio.url(1 + number % 2));
        async move {
            let company = format!("Company {number}");
            order(seller, url, offer, &[("company", &company)]).await
        }
    });
    orders.extend(futures::future::join_all(more).await);
    let mut subscriptions = BTreeSet::new();
    for id in &orders {
        let placed = settled(&seller, *id, &trio.database).await;
        let OrderState::Placed { subscription, .. } = &placed.state else {
            panic!("not placed: {placed:?}")
        };
        assert!(subscriptions.insert(subscription.to_string()), "one subscription for each order");
    }
    let there = trio.sandbox.read(|state| state.subscriptions.len());
    assert_eq!(there - before, ORDERS, "none is lost and none is doubled");
    // A lease counts for twenty seconds: what the dead one held waited for its end.
    let took = killed.elapsed();
    assert!(!was_at_something || took.as_secs() >= 8, "{took:?}");
    assert!(took.as_secs() < 90, "{took:?}");
    let events = trio.assert_whole_trail().await;
    println!(
        "{ORDERS} orders at {INSTANCES} instances, one killed while {} were being carried out: all placed once {took:?} later, {events} events",
        leased.len()
    );
}

/// The orders that somebody is at.
async fn leased_orders(database: &Database) -> Vec<Uuid> {
    let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
    sqlx::query_scalar(
        "SELECT id FROM partner_order WHERE state = 'placing' \
         AND lease_until > extract(epoch FROM now()) * 1000",
    )
    .fetch_all(&pool)
    .await
    .unwrap()
}

/// Every message that an endpoint was sent: its ID, the organisation, the type.
type Told = Arc<Mutex<Vec<(String, String, String)>>>;

async fn listen(State(told): State<Told>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let said: Value = serde_json::from_slice(&body).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    told.lock().unwrap().push((id, text(&said["data"]["id"]), text(&said["type"])));
    StatusCode::OK
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_told_once_and_in_order() {
    let trio = Trio::start(false).await;
    let admin = trio.admin(0).await;
    let told = Told::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/hooks", listener.local_addr().unwrap());
    let router = Router::new().fallback(listen).with_state(Arc::clone(&told));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let key = Uuid::now_v7().to_string();
    let fields =
        [("creation_key", key.as_str()), ("name", "ERP"), ("url", &endpoint), ("events", "all")];
    insist(&admin, &format!("{}/actions/webhooks/create", trio.url(1)), &fields).await;
    // Each organisation's three events are made at three instances.
    let made = (0..ORGANISATIONS).map(|number| {
        let (trio, admin) = (&trio, &admin);
        async move {
            let page = create(admin, trio.url(number), "PA-1001").await;
            let id = page.rsplit('/').next().unwrap().to_owned();
            for (instance, suspended) in [(number + 1, "true"), (number + 2, "false")] {
                let url = format!("{}/actions/organisations/set-suspended", trio.url(instance));
                let fields = [("organisation", id.as_str()), ("suspended", suspended)];
                insist(admin, &url, &fields).await;
            }
            id
        }
    });
    let organisations = futures::future::join_all(made).await;
    let of = |id: &str| {
        let told = told.lock().unwrap();
        let its = told.iter().filter(|(_, organisation, _)| organisation == id);
        its.map(|(_, _, kind)| kind.clone()).collect::<Vec<_>>()
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while organisations.iter().any(|id| of(id).len() < 3) {
        assert!(Instant::now() < deadline, "{:?}", told.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Nothing comes a second time.
    tokio::time::sleep(Duration::from_secs(6)).await;
    for id in &organisations {
        let expected = [
            "partner_organisation.created",
            "partner_organisation.suspended",
            "partner_organisation.reactivated",
        ];
        assert_eq!(of(id), expected, "{id}");
    }
    let told = told.lock().unwrap();
    let messages: BTreeSet<_> = told.iter().map(|(id, ..)| id).collect();
    assert_eq!(messages.len(), told.len(), "each message once");
}
