//! A signal to stop: what is under way is finished, and nothing new is begun.

use crate::browser::eventually;
use crate::fault::{ADMIN, Program, Script};
use crate::metrics::{client, create, program, with_zuora};
use crate::order_fault::{Seller, offer, order, seller, sign_in};
use crate::port::free_port;
use crate::support::{Database, Engine, database};
use partners_app::domain::{OrderState, OrganisationId};
use partners_server::store::orders;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(
    what_is_under_way_is_finished,
    what_takes_too_long_is_cut_off,
    a_second_signal_ends_it_at_once,
);

/// As slow as Zuora may be with an account before it counts as away.
const SLOWEST: Duration = Duration::from_millis(4_800);

/// A program with an admin signed in, and its Zuora.
struct Running {
    database: Database,
    _folder: TempDir,
    sandbox: Sandbox,
    program: Program,
    /// Where Prometheus asks it.
    metrics: String,
    admin: Script,
}

impl Running {
    async fn start(engine: Engine, settings: &[(&'static str, String)]) -> Self {
        let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
        let sandbox = Sandbox::open(Settings::default()).unwrap();
        let zuora = zuora_sandbox::start(sandbox.clone()).await.unwrap();
        let mut program = program(&database, &folder);
        with_zuora(&mut program, zuora);
        let metrics = format!("127.0.0.1:{}", free_port());
        program.environment.insert("METRICS_LISTEN", metrics.clone());
        program.environment.extend(settings.iter().cloned());
        let metrics = format!("http://{metrics}/metrics");
        let client = client();
        program.start(&client).await;
        let admin = sign_in(&client, &program.url, ADMIN.0, ADMIN.1).await;
        create(&admin, &program.url, "PA-1002").await;
        Self { database, _folder: folder, sandbox, program, metrics, admin }
    }

    /// From now on each answer of Zuora's takes this long.
    fn slow_zuora_down(&self, latency: Duration) {
        let mut fault = Fault::new(FaultKind::Latency);
        fault.latency_ms = u64::try_from(latency.as_millis()).unwrap();
        self.sandbox.add_fault(fault);
    }

    /// Begins to create an organisation, which asks Zuora, and returns once that
    /// is under way; says how it ends.
    async fn begin(&self) -> tokio::task::JoinHandle<Option<(u16, String)>> {
        let (admin, url) = (self.admin.clone(), self.program.url.clone());
        let begun = tokio::spawn(async move {
            let key = uuid::Uuid::now_v7().to_string();
            let fields = [
                ("creation_key", key.as_str()),
                ("name", "Slowly made"),
                ("zuora_account_id", "PA-1001"),
                ("invoice_owner", "partner"),
                ("accept_duplicates", "true"),
            ];
            crate::fault::post(&admin, &format!("{url}/actions/organisations/create"), &fields)
                .await
        });
        let under_way = async || self.has_one_under_way().await.then_some(());
        eventually("the request is under way", under_way).await;
        begun
    }

    /// Whether Prometheus is told of one request that is not answered yet.
    async fn has_one_under_way(&self) -> bool {
        let told = self.admin.client.get(&self.metrics).send().await.unwrap();
        told.text().await.unwrap().contains("partners_http_requests_in_flight 1")
    }

    /// Tells it to stop; says when.
    fn signal(&self) -> Instant {
        let signalled = Instant::now();
        let id = self.program.child.as_ref().unwrap().id();
        let sent = Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().unwrap();
        assert!(sent.success());
        signalled
    }

    /// How the program ended, and how long that took since the signal.
    async fn end(&mut self, begun: Instant) -> (ExitStatus, Duration) {
        let child = self.program.child.as_mut().unwrap();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn what_is_under_way_is_finished(engine: Engine) {
    let mut it = Running::start(engine, &[]).await;
    let url = it.program.url.clone();
    let offer = offer(&it.admin, &url, &it.sandbox, &it.database).await;
    let seller: Seller = seller(&it.admin, &url, &offer, "partner", &it.database).await;
    // An order that Zuora is slow to carry out, and a request that waits for Zuora.
    it.slow_zuora_down(Duration::from_secs(3));
    let ordered = order(&seller, &url, &offer, &[("company", "Slow & Sons")]).await;
    // The request for as long as may be, so that all of this is seen meanwhile.
    it.sandbox.clear_faults();
    it.slow_zuora_down(SLOWEST);
    let request = it.begin().await;
    let signalled = it.signal();
    while it.admin.client.get(format!("{url}/healthz")).send().await.is_ok() {
        assert!(signalled.elapsed() < Duration::from_secs(4), "nothing new is begun");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Prometheus still sees how it ends.
    assert!(it.has_one_under_way().await);

    let answer = request.await.unwrap();
    let (status, page) = answer.expect("the request under way is answered");
    assert_eq!(status, 200, "{page}");
    assert!(signalled.elapsed() > Duration::from_millis(300), "it was under way at the signal");
    let (status, took) = it.end(signalled).await;
    assert_eq!(status.code(), Some(0), "after {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(it.admin.client.get(&it.metrics).send().await.is_err());

    let organisation: OrganisationId = seller.organisation.parse().unwrap();
    let mut reader = it.database.store.read().await.unwrap();
    let placed = orders::by_id(reader.connection(), organisation, ordered).await.unwrap();
    assert!(matches!(placed.unwrap().state, OrderState::Placed { .. }), "the duty finished it");
}

async fn what_takes_too_long_is_cut_off(engine: Engine) {
    let mut it = Running::start(engine, &[("SHUTDOWN_SECONDS", "1".to_owned())]).await;
    it.slow_zuora_down(SLOWEST);
    let request = it.begin().await;
    let signalled = it.signal();
    let (status, took) = it.end(signalled).await;
    assert_eq!(status.code(), Some(0));
    assert!(took > Duration::from_millis(900), "{took:?}");
    assert_eq!(request.await.unwrap(), None, "it was not answered");
}

async fn a_second_signal_ends_it_at_once(engine: Engine) {
    let mut it = Running::start(engine, &[]).await;
    it.slow_zuora_down(SLOWEST);
    let request = it.begin().await;
    let signalled = it.signal();
    // Signals are not counted: the first one has been heard once nothing new is begun.
    let url = format!("{}/healthz", it.program.url);
    while it.admin.client.get(&url).send().await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    it.signal();
    let (status, _) = it.end(signalled).await;
    assert_eq!(status.code(), Some(0));
    assert_eq!(request.await.unwrap(), None, "it was not answered");
}
