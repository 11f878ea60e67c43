//! Traces, sent over OTLP (HTTP, protobuf) where OpenTelemetry's own variables
//! name a collector.
//!
//! What leaves the program is chosen span by span: spans with the target
//! [`TRACED`], which say which route, which call and which row, and never a
//! name, an address or what somebody typed. A thread of its own sends them; where
//! the collector is away they are dropped, and nobody waits.

use crate::finding::Finding;
use anyhow::{Context, ensure};
use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context as TraceContext, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{self, SdkTracerProvider, SpanData};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};
use uuid::Uuid;

/// The target of spans that leave the program, and of no others.
pub const TRACED: &str = "partners_trace";

/// How long the last spans may take to leave.
const PATIENCE: Duration = Duration::from_secs(5);
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// Protocols other than the one that is spoken here are refused, not ignored.
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const PROTOCOL: &str = "http/protobuf";

/// Says in the log when the collector goes away, and when it is back.
#[derive(Debug)]
struct Told {
    exporter: SpanExporter,
    is_away: AtomicBool,
}

impl trace::SpanExporter for Told {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        match (&sent, self.is_away.swap(sent.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "the collector takes no traces"),
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Where spans go, if anywhere.
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Nowhere.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// Where OpenTelemetry's variables say.
    ///
    /// # Errors
    /// Where they cannot be used; the message names the variable.
    pub fn from_environment() -> anyhow::Result<Self> {
        if collector().is_none() {
            return Ok(Self::none());
        }
        if let Some((name, value)) = PROTOCOLS.iter().find_map(|name| Some((name, set(name)?))) {
            ensure!(
                value == PROTOCOL,
                "{name} must be {PROTOCOL}: no other protocol is spoken here"
            );
        }
        let exporter = SpanExporter::builder().with_http().build().with_context(|| {
            format!("traces cannot be sent; check {ENDPOINT} or {TRACES_ENDPOINT}")
        })?;
        let resource = Resource::builder().with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
        ]);
        let is_named = set("OTEL_SERVICE_NAME").is_some()
            || set("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|all| all.contains("service.name="));
        let resource = if is_named { resource } else { resource.with_service_name("partners") };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Told { exporter, is_away: AtomicBool::new(false) })
            .with_resource(resource.build())
            .build();
        Ok(Self(Some(provider)))
    }

    /// Takes spans from the program.
    pub(super) fn layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let tracer = self.0.as_ref()?.tracer("partners");
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        let layer = layer.with_filter(filter_fn(|told| told.is_span() && told.target() == TRACED));
        Some(layer.boxed())
    }

    /// Sends what has not been sent, for as long as patience lasts.
    pub async fn flush(self) {
        let Some(provider) = self.0 else { return };
        let sent = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(PATIENCE));
        if !matches!(sent.await, Ok(Ok(()))) {
            tracing::warn!("the last traces could not be sent");
        }
    }
}

/// A variable, where it says something.
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The collector's address for traces, where traces are on.
fn collector() -> Option<String> {
    let is_off = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || set("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    if is_off {
        return None;
    }
    let of_all = || Some(format!("{}/v1/traces", set(ENDPOINT)?.trim_end_matches('/')));
    set(TRACES_ENDPOINT).or_else(of_all)
}

struct Incoming<'a>(&'a HeaderMap);

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}

struct Outgoing<'a>(&'a mut HeaderMap);

impl Injector for Outgoing<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = axum::http::HeaderName::try_from(key);
        if let (Ok(name), Ok(value)) = (name, axum::http::HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Makes a span part of the trace that a request comes with (W3C Trace Context,
/// `traceparent`).
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() || !headers.contains_key("traceparent") {
        return;
    }
    let parent = TraceContextPropagator::new()
        .extract_with_context(&TraceContext::new(), &Incoming(headers));
    span.set_parent(parent).ok();
}

/// Adds `traceparent` to a request that the current span sends.
pub fn pass_trace_on(headers: &mut HeaderMap) {
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut Outgoing(headers));
}

/// Whether the collector takes traces; nothing where traces are off.
pub(super) async fn doctor() -> Option<Finding> {
    let collector = collector()?;
    let check = "The collector takes traces";
    if let Err(error) = Traces::from_environment() {
        return Some(Finding::bad(check, format!("{error:#}")));
    }
    let mend = |what: String| {
        Some(Finding::bad(
            check,
            format!("Check {ENDPOINT} and OTEL_EXPORTER_OTLP_HEADERS: {what}"),
        ))
    };
    let client = match reqwest::Client::builder().timeout(PATIENCE).build() {
        Ok(client) => client,
        Err(error) => return mend(error.to_string()),
    };
    let mut request =
        client.post(&collector).header("content-type", "application/x-protobuf").body(Vec::new());
    let headers =
        set("OTEL_EXPORTER_OTLP_TRACES_HEADERS").or_else(|| set("OTEL_EXPORTER_OTLP_HEADERS"));
    for header in headers.unwrap_or_default().split(',') {
        if let Some((name, value)) = header.split_once('=') {
            request = request.header(name.trim(), value.trim());
        }
    }
    // A message without spans is valid, and empty.
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Some(Finding::good(check)),
        Ok(answer) => mend(format!("it answers {}.", answer.status())),
        Err(error) => mend(error.without_url().to_string()),
    }
}
