//! What an operator sees of the running program: metrics on a listener of their
//! own, and what to be alarmed by.

use crate::fault::{ADMIN, Program, Script, post};
use crate::order_fault::{insist, sign_in};
use crate::port::free_port;
use crate::support::{Database, Engine, database};
use partners_app::domain::{Import, ImportId, ImportKind, ImportState, Matching, Timestamp};
use partners_server::store::audit::{self, Actor, Event};
use partners_server::store::{imports, standing};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(an_operator_sees_how_it_goes, what_waits_is_counted, nothing_is_told_unasked);

/// An HTTP client that follows nothing.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// The program as it is configured to run on this database, not started yet.
pub fn program(database: &Database, folder: &TempDir) -> Program {
    let port = free_port();
    Program {
        child: None,
        url: format!("http://127.0.0.1:{port}"),
        environment: BTreeMap::from([
            ("PORT", port.to_string()),
            ("DATABASE_URL", database.url.clone()),
            ("DATA_DIR", folder.path().display().to_string()),
            ("PARTNERS_ADMIN_EMAIL", ADMIN.0.to_owned()),
            ("PARTNERS_ADMIN_PASSWORD", ADMIN.1.to_owned()),
        ]),
    }
}

/// What a stand-in for Zuora at this address is called with.
pub fn with_zuora(program: &mut Program, zuora: std::net::SocketAddr) {
    program.environment.extend(zuora_settings(zuora));
}

/// What tells a program of a Zuora at this address.
pub fn zuora_settings(zuora: std::net::SocketAddr) -> [(&'static str, String); 3] {
    [
        ("ZUORA_BASE_URL", format!("http://{zuora}")),
        ("ZUORA_CLIENT_ID", "0193a5b0-7e6c-7c00-8000-000000000001".to_owned()),
        ("ZUORA_CLIENT_SECRET", "a-secret".to_owned()),
    ]
}

/// The metrics of a program.
struct Scraped(String);

impl Scraped {
    async fn of(client: &reqwest::Client, address: &str) -> Self {
        let answer = client.get(format!("http://{address}/metrics")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        Self(answer.text().await.unwrap())
    }

    /// The value of a sample whose line begins with this and has these labels.
    fn value(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let is_it = |line: &&str| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
                && labels.iter().all(|label| line.contains(label))
        };
        self.0.lines().find(is_it)?.rsplit(' ').next()?.parse().ok()
    }
}

/// Creates an organisation; says where its page is.
pub async fn create(admin: &Script, url: &str, account: &str) -> String {
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", account),
        ("zuora_account_id", account),
        ("invoice_owner", "partner"),
        ("accept_duplicates", "true"),
    ];
    insist(admin, &format!("{url}/actions/organisations/create"), &fields).await
}

async fn an_operator_sees_how_it_goes(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    let sandbox = Sandbox::open(Settings::default()).unwrap();
    let zuora = zuora_sandbox::start(sandbox.clone()).await.unwrap();
    let mut program = program(&database, &folder);
    with_zuora(&mut program, zuora);
    let metrics = format!("127.0.0.1:{}", free_port());
    program.environment.insert("METRICS_LISTEN", metrics.clone());
    program.environment.insert("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned());
    let client = client();
    program.start(&client).await;
    let url = program.url.clone();

    let admin = sign_in(&client, &url, ADMIN.0, ADMIN.1).await;
    let wrong = [("email", "somebody@example.com"), ("password", "not the right one")];
    let refused = post(&admin, &format!("{url}/actions/sign-in"), &wrong).await;
    assert_eq!(refused.map(|(status, _)| status), Some(422));
    let page = create(&admin, &url, "PA-1001").await;
    let organisation = page.rsplit('/').next().unwrap().to_owned();
    for path in [&format!("/settings/profile/partners/{organisation}"), "/wp-login.php"] {
        let request = client.get(format!("{url}{path}")).header("cookie", &admin.session);
        request.send().await.unwrap();
    }
    let answer = client.get(format!("{url}/api/partner-organisations")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    // On its own listener alone.
    assert_eq!(client.get(format!("{url}/metrics")).send().await.unwrap().status(), 404);

    let told = Scraped::of(&client, &metrics).await;
    let requests = "partners_http_request_duration_seconds_count";
    for labels in [
        [r#"method="POST""#, r#"route="/actions/sign-in""#, r#"status="2xx""#],
        [r#"method="POST""#, r#"route="/actions/sign-in""#, r#"status="4xx""#],
        [r#"method="POST""#, r#"route="/actions/organisations/create""#, r#"status="2xx""#],
        [r#"method="GET""#, r#"route="/settings/profile/partners/{"#, r#"status="2xx""#],
        [r#"method="GET""#, r#"route="none""#, r#"status="4xx""#],
        [r#"method="GET""#, r#"route="/api/partner-organisations""#, r#"status="4xx""#],
    ] {
        assert!(told.value(requests, &labels) >= Some(1.0), "{labels:?} in\n{}", told.0);
    }
    let complete = told.value("partners_sign_ins_total", &[r#"outcome="complete""#]);
    assert_eq!(complete, Some(1.0));
    let refused = told.value("partners_sign_ins_total", &[r#"outcome="wrong_credentials""#]);
    assert!(refused >= Some(1.0), "{}", told.0);
    assert_eq!(told.value("partners_sessions", &[r#"kind="admin""#]), Some(1.0));
    assert_eq!(told.value("partners_database_up", &[]), Some(1.0));
    assert_eq!(told.value("partners_orders", &[r#"state="needs_attention""#]), Some(0.0));
    assert_eq!(told.value("partners_build_info", &["version="]), Some(1.0));
    assert!(told.value("process_resident_memory_bytes", &[]) > Some(1e6), "{}", told.0);
    assert!(told.value("partners_database_connections_max", &[]) >= Some(1.0));
    assert_eq!(told.value("partners_http_requests_in_flight", &[]), Some(0.0));
    let looked_up = [r#"system="zuora""#, r#"operation="account""#, r#"outcome="ok""#];
    let calls = "partners_outside_call_duration_seconds_count";
    assert!(told.value(calls, &looked_up) >= Some(1.0), "{}", told.0);
    for rows in ["webhook_events", "imports"] {
        let label = format!("rows=\"{rows}\"");
        assert!(told.value("partners_duty_due_rows", &[&label]).is_some(), "{}", told.0);
    }
    for secret in ["example.com", &organisation, "PA-1001", "wp-login"] {
        assert!(!told.0.contains(secret), "{secret} in\n{}", told.0);
    }
    // Twenty pages more make no line more.
    let lines =
        |told: &Scraped| told.0.lines().filter(|line| line.starts_with("partners_http_")).count();
    let before = lines(&told);
    for number in 0..20 {
        let path = format!("{url}/settings/profile/partners/{}?q={number}", Uuid::now_v7());
        client.get(path).header("cookie", &admin.session).send().await.unwrap();
    }
    let more = lines(&Scraped::of(&client, &metrics).await) - before;
    assert!(more < 40, "{more} lines more");

    a_webhook_stops(&client, &admin, &url, &metrics).await;

    // Zuora goes away: that shows as such, and in what waits for it.
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    create(&admin, &url, "PA-1002").await;
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let told = Scraped::of(&client, &metrics).await;
        let away = [r#"system="zuora""#, r#"operation="account""#, r#"outcome="unavailable""#];
        if told.value(calls, &away) >= Some(2.0) {
            break;
        }
        assert!(Instant::now() < deadline, "{}", told.0);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    if engine == Engine::Postgres {
        the_database_goes_away(&database.url, &client, &metrics).await;
    }
}

/// A webhook says that it is gone: that shows in the metrics and on every page of
/// an admin's.
async fn a_webhook_stops(client: &reqwest::Client, admin: &Script, url: &str, metrics: &str) {
    let told = Scraped::of(client, metrics).await;
    assert_eq!(told.value("partners_webhooks_stopped", &[]), Some(0.0));
    assert_eq!(told.value("partners_duty_due_rows", &[r#"rows="webhook_streams""#]), Some(0.0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let gone = axum::Router::new().fallback(|| async { axum::http::StatusCode::GONE });
    let listening = tokio::spawn(async move { axum::serve(listener, gone).await });
    let (key, target) = (Uuid::now_v7().to_string(), format!("http://{address}/hooks"));
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "ERP"),
        ("url", target.as_str()),
        ("events", "all"),
    ];
    insist(admin, &format!("{url}/actions/webhooks/create"), &fields).await;
    create(admin, url, "PA-1003").await;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let told = Scraped::of(client, metrics).await;
        if told.value("partners_webhooks_stopped", &[]) == Some(1.0) {
            let sent = [r#"system="webhook""#, r#"operation="send""#, r#"outcome="gone""#];
            let calls = "partners_outside_call_duration_seconds_count";
            assert!(told.value(calls, &sent) >= Some(1.0), "{}", told.0);
            assert!(!told.0.contains("/hooks"), "{}", told.0);
            break;
        }
        assert!(Instant::now() < deadline, "{}", told.0);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let page = client.get(format!("{url}/settings/orders")).header("cookie", &admin.session);
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("1 stopped"), "{page}");
    listening.abort();
}

/// What nobody works on shows as due, since when.
async fn what_waits_is_counted(engine: Engine) {
    let database = database(engine).await;
    let (at, later) = (Timestamp::from_millis(1_000), Timestamp::from_millis(5_000));
    let due = async |what: &str| {
        let mut reader = database.store.read().await.unwrap();
        let standing = standing::read(reader.connection(), later, at).await.unwrap();
        let due = standing.due.iter().find(|due| due.what == what).unwrap();
        (due.rows, due.since)
    };
    assert_eq!(due("webhook_events").await, (0, None));
    assert_eq!(due("imports").await, (0, None));
    let (actor, changes) = (Actor::partners(), serde_json::json!({}));
    let event =
        Event { action: "organisation.created", organisation: None, subject: None, changes };
    let kept = Import {
        id: ImportId(Uuid::now_v7()),
        kind: ImportKind::Users,
        file_name: "users.csv".to_owned(),
        columns: Vec::new(),
        matching: Matching::by_name(ImportKind::Users, &[]),
        state: ImportState::Checked,
        created_at: at,
        created_by: "Ada".to_owned(),
        finished_at: None,
        started_by: String::new(),
        rows: 0,
    };
    let mut writer = database.store.write().await.unwrap();
    imports::insert(writer.connection(), &kept, b"digest").await.unwrap();
    let (id, matching) = (kept.id, &kept.matching);
    imports::start(writer.connection(), id, matching, ("{}", "Ada"), false, at).await.unwrap();
    audit::record(writer.connection(), at, &actor, &event).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(due("webhook_events").await, (1, Some(1_000)));
    assert_eq!(due("imports").await, (1, Some(1_000)));
}

/// Shuts everybody out of the database: the metrics still come, and say so.
async fn the_database_goes_away(database: &str, client: &reqwest::Client, metrics: &str) {
    let name = database.rsplit('/').next().unwrap().to_owned();
    let pool =
        sqlx::PgPool::connect(&crate::support::from_xtask("TEST_POSTGRES_URL")).await.unwrap();
    for statement in [
        format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&pool).await.unwrap();
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let told = Scraped::of(client, metrics).await;
        let failures = told.value("partners_duty_failures_total", &[]);
        if told.value("partners_database_up", &[]) == Some(0.0) && failures >= Some(1.0) {
            return;
        }
        assert!(Instant::now() < deadline, "{}", told.0);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn nothing_is_told_unasked(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    let mut program = program(&database, &folder);
    let client = client();
    program.start(&client).await;
    for path in ["/metrics", "/metrics/"] {
        let answer = client.get(format!("{}{path}", program.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}
