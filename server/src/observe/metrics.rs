//! Metrics for Prometheus, on a listener of their own.
//!
//! What happens is counted where it happens. How things stand (what is due,
//! orders, sessions) is read from the database when somebody asks, so that it is
//! right whichever instance is asked.

use crate::clock::Clock;
use crate::finding::Finding;
use crate::store::standing::{self, Standing};
use crate::store::{PoolUse, Store, StoreResult};
use crate::web::session::IDLE_LIFE;
use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

/// For how long a reading of the database counts.
const HOLDS: Duration = Duration::from_secs(5);
/// How long a reading may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often what was timed is put away, where nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);
/// Of what was timed, in seconds.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// The text format's version 0.0.4 (prometheus.io, "Exposition formats").
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

const BUILD: &str = "partners_build_info";
const REQUESTS: &str = "partners_http_request_duration_seconds";
const UNDER_WAY: &str = "partners_http_requests_in_flight";
const CALLS: &str = "partners_outside_call_duration_seconds";
const SIGN_INS: &str = "partners_sign_ins_total";
const WORKED: &str = "partners_duty_rows_total";
const FAILED: &str = "partners_duty_failures_total";
const DUE: &str = "partners_duty_due_rows";
const OVERDUE: &str = "partners_duty_oldest_due_seconds";
const ORDERS: &str = "partners_orders";
const OLDEST_ORDER: &str = "partners_order_oldest_placing_seconds";
const USERS: &str = "partners_users_not_set_up";
const WEBHOOKS: &str = "partners_webhooks_stopped";
const SESSIONS: &str = "partners_sessions";
const DATABASE: &str = "partners_database_up";
const CONNECTIONS: &str = "partners_database_connections";
const MOST_CONNECTIONS: &str = "partners_database_connections_max";

/// What is counted in this process, and what is read when somebody asks.
pub struct Metrics {
    handle: PrometheusHandle,
    process: Collector,
    store: Store,
    clock: Clock,
    is_selling: bool,
    read_at: Mutex<Option<Instant>>,
}

impl Metrics {
    /// Begins to count. Once in a process.
    ///
    /// # Errors
    /// Where it counts already.
    pub fn begin(store: Store, clock: Clock, is_selling: bool) -> anyhow::Result<Arc<Self>> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &BUCKETS)
            .and_then(PrometheusBuilder::install_recorder)
            .context("the metrics cannot be counted")?;
        describe();
        let process = Collector::default();
        process.describe();
        gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        let read_at = Mutex::default();
        Ok(Arc::new(Self { handle, process, store, clock, is_selling, read_at }))
    }

    /// `/metrics`, and nothing else.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new().route("/metrics", get(serve)).with_state(self)
    }

    /// Puts away what was timed, until `stop` turns true.
    pub async fn keep_up(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = tokio::time::sleep(UPKEEP) => self.handle.run_upkeep(),
                _ = stop.changed() => {}
            }
        }
    }

    async fn text(&self) -> String {
        self.read().await;
        self.process.collect();
        for PoolUse { pool, open, idle, most } in self.store.connections() {
            let in_use = open.saturating_sub(idle);
            gauge!(CONNECTIONS, "pool" => pool, "state" => "idle").set(idle);
            gauge!(CONNECTIONS, "pool" => pool, "state" => "in_use").set(in_use);
            gauge!(MOST_CONNECTIONS, "pool" => pool).set(most);
        }
        self.handle.render()
    }

    /// Reads how things stand, unless that was just done.
    async fn read(&self) {
        // Held while reading, so that those who ask meanwhile share it.
        let mut read_at = self.read_at.lock().await;
        if read_at.is_some_and(|at| at.elapsed() < HOLDS) {
            return;
        }
        match timeout(PATIENCE, self.standing()).await {
            Ok(Ok(standing)) => {
                gauge!(DATABASE).set(1.0);
                self.tell(&standing);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the metrics could not be read");
                gauge!(DATABASE).set(0.0);
            }
            Err(_) => gauge!(DATABASE).set(0.0),
        }
        *read_at = Some(Instant::now());
    }

    async fn standing(&self) -> StoreResult<Standing> {
        let now = self.clock.now();
        let mut reader = self.store.read().await?;
        standing::read(reader.connection(), now, now.minus(IDLE_LIFE)).await
    }

    fn tell(&self, standing: &Standing) {
        let now = self.clock.now();
        let age = |at: i64| Duration::from_millis(now.millis().saturating_sub(at).unsigned_abs());
        for due in &standing.due {
            // Without a billing system nobody works on what is to be read there.
            let counts = self.is_selling || !due.at_billing;
            let oldest = due.since.filter(|_| counts).map(age).unwrap_or_default();
            gauge!(DUE, "rows" => due.what).set(whole(if counts { due.rows } else { 0 }));
            gauge!(OVERDUE, "rows" => due.what).set(oldest);
        }
        for (state, orders) in &standing.orders {
            gauge!(ORDERS, "state" => *state).set(whole(*orders));
        }
        gauge!(OLDEST_ORDER).set(standing.placing_since.map(age).unwrap_or_default());
        gauge!(USERS, "state" => "setting_up").set(whole(standing.users_setting_up));
        gauge!(USERS, "state" => "failed").set(whole(standing.users_failed));
        gauge!(WEBHOOKS).set(u32::try_from(standing.webhooks_stopped).unwrap_or(u32::MAX));
        gauge!(SESSIONS, "kind" => "admin").set(whole(standing.admin_sessions));
        gauge!(SESSIONS, "kind" => "partner_user").set(whole(standing.partner_sessions));
    }
}

/// A count as Prometheus has it.
#[expect(clippy::cast_precision_loss, reason = "nobody has so many")]
fn whole(count: i64) -> f64 {
    count as f64
}

async fn serve(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT)], metrics.text().await)
}

fn describe() {
    describe_gauge!(BUILD, "The version that runs; always 1");
    describe_histogram!(REQUESTS, Unit::Seconds, "Requests, by route and how they were answered");
    describe_gauge!(UNDER_WAY, "Requests that are being answered");
    describe_histogram!(CALLS, Unit::Seconds, "Calls to outside systems, with their repetitions");
    describe_counter!(SIGN_INS, "Sign-ins, by what came of them");
    describe_counter!(WORKED, "Rows that this instance has worked on in the background");
    describe_counter!(FAILED, "Times that work in the background failed: the database, or a panic");
    describe_gauge!(DUE, "Rows that are due and not done, in the whole installation");
    describe_gauge!(OVERDUE, Unit::Seconds, "For how long the oldest of them has been due");
    describe_gauge!(ORDERS, "Orders, by state");
    describe_gauge!(OLDEST_ORDER, Unit::Seconds, "Age of the oldest order on its way");
    describe_gauge!(USERS, "Partner users that the identity provider does not have as wanted");
    describe_gauge!(WEBHOOKS, "Webhooks that are told nothing though no admin has said so");
    describe_gauge!(SESSIONS, "Sessions that count");
    describe_gauge!(DATABASE, "Whether the database answered when this was asked for");
    describe_gauge!(CONNECTIONS, "Connections to the database");
    describe_gauge!(MOST_CONNECTIONS, "Connections that there may be");
}

/// A request that is being answered; counted until it is dropped.
pub(super) struct UnderWay;

/// Notes that a request has come.
pub(super) fn request_begins() -> UnderWay {
    gauge!(UNDER_WAY).increment(1.0);
    UnderWay
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        gauge!(UNDER_WAY).decrement(1.0);
    }
}

/// Notes that a request was answered.
pub(super) fn answered(
    method: &'static str,
    route: Cow<'static, str>,
    status: u16,
    took: Duration,
) {
    let class = match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    histogram!(REQUESTS, "method" => method, "route" => route, "status" => class).record(took);
}

/// Notes a call to an outside system.
pub(super) fn called(
    system: &'static str,
    operation: &'static str,
    outcome: &'static str,
    took: Duration,
) {
    histogram!(CALLS, "system" => system, "operation" => operation, "outcome" => outcome)
        .record(took);
}

/// Notes what came of a sign-in, in one word.
pub fn sign_in(outcome: &'static str) {
    counter!(SIGN_INS, "outcome" => outcome).increment(1);
}

/// Notes that a duty has worked on so many rows.
pub fn duty_worked(duty: &'static str, rows: usize) {
    counter!(WORKED, "duty" => duty).increment(u64::try_from(rows).unwrap_or(u64::MAX));
}

/// Notes that the database has failed a duty, or that it panicked.
pub fn duty_failed(duty: &'static str) {
    counter!(FAILED, "duty" => duty).increment(1);
}

/// Whether metrics can be had at `METRICS_LISTEN`: from the server that runs, or
/// from one that is started.
pub(super) async fn doctor(address: SocketAddr) -> Finding {
    let check = format!("Metrics can be had at {address}");
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
    let text = match client {
        Ok(client) => match client.get(format!("http://{address}/metrics")).send().await {
            Ok(answer) => answer.text().await.ok(),
            Err(_) => None,
        },
        Err(_) => None,
    };
    if text.is_some_and(|text| text.contains(BUILD)) {
        return Finding::good(check);
    }
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Finding::good(format!("{check} once the server runs")),
        Err(error) => Finding::bad(
            check,
            format!("Set METRICS_LISTEN to an address of this machine that is free ({error})."),
        ),
    }
}
