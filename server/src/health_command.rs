//! `partners health`: whether the server of this installation answers, for
//! containers that have nothing else to ask with.

use crate::command_line::answer;
use anyhow::{Context, ensure};
use clap::Args;
use partners_server::config::Config;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Longer than a server in good health takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to ask.
#[derive(Args)]
pub struct Health {
    /// Ask whether database and identity provider answer, too
    #[arg(long)]
    ready: bool,
}

/// Asks the server at HOST and PORT.
///
/// # Errors
/// Where it gives no good answer.
pub async fn run(config: &Config, command: Health, as_json: bool) -> anyhow::Result<()> {
    let path = if command.ready { "readyz" } else { "healthz" };
    let url = format!("http://{}/{path}", SocketAddr::new(reachable(config.host), config.port));
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let asked = client.get(&url).send().await;
    let response = asked.with_context(|| format!("the server does not answer at {url}"))?;
    let status = response.status();
    ensure!(status.is_success(), "the server answers {status} at {url}");
    answer(as_json, "The server answers.", &json!({ "status": status.as_u16() }));
    Ok(())
}

/// The address under which this machine reaches what listens at `host`.
fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}
