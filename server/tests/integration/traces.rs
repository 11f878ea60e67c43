//! Traces: what reaches a collector, what never does, and that nobody waits for
//! one that is away.

use crate::fault::{ADMIN, Program, Script, post};
use crate::metrics::{client, create, program, with_zuora};
use crate::order_fault::{insist, sign_in};
use crate::support::{Engine, database};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(
    spans_reach_the_collector,
    a_trace_goes_on_at_zuora,
    a_collector_that_is_away_delays_nobody,
    the_doctor_asks_whether_they_can_be_had,
);

/// What a collector was sent: the path, the content type, the bytes.
type Received = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

async fn receive(
    State(received): State<Received>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    received.lock().unwrap().push((uri.path().to_owned(), kind.to_owned(), body.to_vec()));
    StatusCode::OK
}

/// A collector; says where it is.
async fn collector(received: Received) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(receive).with_state(received);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Has a program of somebody's told of everything; says how often it was told.
async fn tell_of_webhooks(admin: &Script, url: &str) -> Arc<AtomicUsize> {
    let told = Arc::<AtomicUsize>::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/hooks", listener.local_addr().unwrap());
    let counted = Arc::clone(&told);
    let take = async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::OK
    };
    let router = Router::new().fallback(take);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let key = Uuid::now_v7().to_string();
    let fields =
        [("creation_key", key.as_str()), ("name", "ERP"), ("url", &endpoint), ("events", "all")];
    insist(admin, &format!("{url}/actions/webhooks/create"), &fields).await;
    told
}

/// Stops a program as a service manager does, so that it sends what it has.
fn stop(program: &mut Program) {
    let mut child = program.child.take().unwrap();
    Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(child.wait().unwrap().success());
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

async fn spans_reach_the_collector(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    let zuora = zuora_sandbox::start(Sandbox::open(Settings::default()).unwrap()).await.unwrap();
    let received = Received::default();
    let collector = collector(Arc::clone(&received)).await;
    let mut program = program(&database, &folder);
    with_zuora(&mut program, zuora);
    program.environment.insert("RUST_LOG", "trace".to_owned());
    let client = client();
    // Off where nothing names a collector.
    program.start(&client).await;
    sign_in(&client, &program.url, ADMIN.0, ADMIN.1).await;
    stop(&mut program);
    assert!(received.lock().unwrap().is_empty());

    program.environment.insert("OTEL_EXPORTER_OTLP_ENDPOINT", collector);
    program.environment.insert("NO_PROXY", "127.0.0.1".to_owned());
    program.environment.insert("OTEL_SERVICE_NAME", "partners-under-test".to_owned());
    program.environment.insert("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned());
    program.start(&client).await;
    let url = program.url.clone();
    let admin = sign_in(&client, &url, ADMIN.0, ADMIN.1).await;
    let told = tell_of_webhooks(&admin, &url).await;
    let page = create(&admin, &url, "PA-1001").await;
    let organisation = page.rsplit('/').next().unwrap().to_owned();
    let wrong = [("email", "somebody@example.com"), ("password", "hunter2hunter2")];
    post(&admin, &format!("{url}/actions/sign-in"), &wrong).await;
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let traced = client
        .get(format!("{url}/api/partner-organisations?filter=secretly"))
        .header("traceparent", format!("00-{trace}-{parent}-01"));
    assert_eq!(traced.send().await.unwrap().status(), 401);
    let deadline = Instant::now() + Duration::from_secs(15);
    while told.load(Ordering::Relaxed) == 0 {
        assert!(Instant::now() < deadline, "the webhook is not sent");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop(&mut program);

    let received = received.lock().unwrap();
    assert!(!received.is_empty());
    let mut all = Vec::new();
    for (path, kind, body) in received.iter() {
        assert_eq!((path.as_str(), kind.as_str()), ("/v1/traces", "application/x-protobuf"));
        all.extend_from_slice(body);
    }
    for there in [
        "partners-under-test",
        "POST /actions/sign-in",
        "POST /actions/organisations/create",
        "GET /api/partner-organisations",
        "zuora account",
        "make webhook deliveries",
        "send webhooks",
        "webhook send",
    ] {
        assert!(holds(&all, there.as_bytes()), "{there}");
    }
    let bytes = |hex: &str| {
        let pairs = (0..hex.len()).step_by(2);
        pairs.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect::<Vec<_>>()
    };
    assert!(holds(&all, &bytes(trace)) && holds(&all, &bytes(parent)), "the trace goes on");
    let session = admin.session.split('=').nth(1).unwrap().to_owned();
    for secret in [
        "example.com",
        ADMIN.1,
        "hunter2",
        "PA-1001",
        "secretly",
        "a-secret",
        "/hooks",
        &session,
        &organisation,
    ] {
        assert!(!holds(&all, secret.as_bytes()), "{secret} was sent");
    }
}

/// What Zuora was asked within which trace.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// Stands before Zuora and notes what it is asked; says where it is.
async fn before_zuora(zuora: SocketAddr, asked: Asked) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = client();
    let pass_on = move |request: Request| {
        let (client, asked) = (client.clone(), Arc::clone(&asked));
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
            if let Some(trace) = text("traceparent") {
                asked.lock().unwrap().push((parts.uri.path().to_owned(), trace.to_owned()));
            }
            let url = format!("http://{zuora}{}", parts.uri);
            let mut headers = parts.headers.clone();
            headers.remove("host");
            let answer = client.request(parts.method, url).headers(headers).body(body).send().await;
            let answer = answer.unwrap();
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
            *response.status_mut() = status;
            if let Some(kind) = headers.get("content-type") {
                response.headers_mut().insert("content-type", kind.clone());
            }
            response
        }
    };
    let router = Router::new().fallback(pass_on);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn a_trace_goes_on_at_zuora(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    let zuora = zuora_sandbox::start(Sandbox::open(Settings::default()).unwrap()).await.unwrap();
    let asked = Asked::default();
    let mut program = program(&database, &folder);
    with_zuora(&mut program, before_zuora(zuora, Arc::clone(&asked)).await);
    let collector = collector(Received::default()).await;
    program.environment.insert("OTEL_EXPORTER_OTLP_ENDPOINT", collector);
    program.environment.insert("NO_PROXY", "127.0.0.1".to_owned());
    let client = client();
    program.start(&client).await;
    let created = Command::new(env!("CARGO_BIN_EXE_partners"))
        .args(["api-client", "create", "Sync", "--json"])
        .envs(&program.environment)
        .output()
        .unwrap();
    let credentials: serde_json::Value = serde_json::from_slice(&created.stdout).unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        credentials["client_id"].as_str().unwrap(),
        credentials["client_secret"].as_str().unwrap()
    );
    let answer = client
        .post(format!("{}/oauth2/token", program.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let token: serde_json::Value = answer.send().await.unwrap().json().await.unwrap();
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let acme = serde_json::json!({
        "name": "Acme",
        "zuoraAccountId": "PA-1001",
        "isZuoraInvoiceOwner": true,
    });
    let created = client
        .post(format!("{}/api/partner-organisation", program.url))
        .bearer_auth(token["access_token"].as_str().unwrap())
        .header("traceparent", format!("00-{trace}-{parent}-01"))
        .json(&acme);
    let created = created.send().await.unwrap();
    assert!(created.status().is_success(), "{}", created.status());
    let asked = asked.lock().unwrap();
    let ours: Vec<_> = asked.iter().filter(|(_, header)| header.contains(trace)).collect();
    assert!(!ours.is_empty(), "{asked:?}");
    for (path, header) in ours {
        let parts: Vec<_> = header.split('-').collect();
        assert_eq!((parts[1], parts[3]), (trace, "01"), "{path}: {header}");
        assert_ne!(parts[2], parent, "{path}: a span of ours");
    }
}

async fn a_collector_that_is_away_delays_nobody(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    // Takes connections, and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut program = program(&database, &folder);
    let address = format!("http://{}", silent.local_addr().unwrap());
    program.environment.insert("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    program.environment.insert("NO_PROXY", "127.0.0.1".to_owned());
    program.environment.insert("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned());
    program.environment.insert("OTEL_BSP_MAX_QUEUE_SIZE", "64".to_owned());
    let client = client();
    program.start(&client).await;
    sign_in(&client, &program.url, ADMIN.0, ADMIN.1).await;
    let begun = Instant::now();
    for _ in 0..300 {
        client.get(format!("{}/healthz", program.url)).send().await.unwrap();
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "300 requests in {took:?}");
    let begun = Instant::now();
    stop(&mut program);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

async fn the_doctor_asks_whether_they_can_be_had(engine: Engine) {
    let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
    let program = program(&database, &folder);
    let doctor = |metrics: String, collector: String| {
        let output = Command::new(env!("CARGO_BIN_EXE_partners"))
            .args(["doctor", "--json"])
            .envs(&program.environment)
            .env("NO_PROXY", "127.0.0.1")
            .env("METRICS_LISTEN", metrics)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = told["findings"].as_array().unwrap().clone();
        let about = |word: &str| {
            let it = findings.iter().find(|it| it["check"].as_str().unwrap().contains(word));
            it.unwrap_or_else(|| panic!("{word}: {told}")).clone()
        };
        (output.status.code(), about("Metrics"), about("collector"))
    };
    let received = Received::default();
    let there = collector(Arc::clone(&received)).await;
    let free = format!("127.0.0.1:{}", crate::port::free_port());
    let (code, metrics, traces) = tokio::task::block_in_place(|| doctor(free.clone(), there));
    assert_eq!((code, &metrics["ok"], &traces["ok"]), (Some(0), &true.into(), &true.into()));
    assert_eq!(received.lock().unwrap().len(), 1);
    // Another program has the port, and nobody is where the collector should be.
    let _other = std::net::TcpListener::bind(&free).unwrap();
    let nobody = format!("http://127.0.0.1:{}", crate::port::free_port());
    let (code, metrics, traces) = tokio::task::block_in_place(|| doctor(free, nobody));
    assert_eq!((code, &metrics["ok"], &traces["ok"]), (Some(1), &false.into(), &false.into()));
    assert!(metrics["change"].as_str().unwrap().contains("METRICS_LISTEN"), "{metrics}");
    assert!(traces["change"].as_str().unwrap().contains("OTEL_EXPORTER_OTLP"), "{traces}");
}
