//! What those who run Partners see of it: lines in the log, metrics for
//! Prometheus, and traces over OTLP.

mod billing;
mod call;
mod http;
mod identity;
mod metrics;
mod traces;

pub use billing::ObservedBilling;
pub use call::called;
pub use http::measure;
pub use identity::ObservedIdentity;
pub use metrics::{Metrics, duty_failed, duty_worked, sign_in};
pub use traces::{TRACED, Traces, continue_trace, pass_trace_on};

use crate::config::{Config, LogFormat};
use crate::finding::Finding;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Libraries that write whole messages to their logs at the lower levels.
const TALKATIVE: [&str; 10] = [
    "aws_config",
    "aws_runtime",
    "aws_sdk_cognitoidentityprovider",
    "aws_sigv4",
    "aws_smithy_http",
    "aws_smithy_http_client",
    "aws_smithy_runtime",
    "aws_smithy_runtime_api",
    "lettre",
    "hyper",
];

/// What the server logs where `RUST_LOG` says nothing …
const SERVER_LOG: &str = "warn,partners_server=info,partners_app=info";
/// … and what commands do: how they fail they say themselves.
const COMMAND_LOG: &str = "error";

/// Starts the log and, for a server, the traces where they are configured.
///
/// # Errors
/// Where the settings of the traces cannot be used.
pub fn start(config: &Config, is_server: bool) -> anyhow::Result<Traces> {
    let usual = if is_server { SERVER_LOG } else { COMMAND_LOG };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    // Whatever RUST_LOG asks for: below these levels libraries repeat whole
    // messages, with the passwords and tokens in them.
    let no_secrets = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_targets(TALKATIVE.map(|library| (library, LevelFilter::INFO)))
        .with_target(TRACED, LevelFilter::OFF);
    let filter = filter.and(no_secrets);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let traces = if is_server { Traces::from_environment()? } else { Traces::none() };
    let layers: Vec<_> = [lines].into_iter().chain(traces.layer()).collect();
    tracing_subscriber::registry().with(layers).init();
    Ok(traces)
}

/// Whether metrics and traces can be had as they are configured.
pub async fn doctor(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(address) = config.metrics_listen {
        findings.push(metrics::doctor(address).await);
    }
    findings.extend(traces::doctor().await);
    findings
}
