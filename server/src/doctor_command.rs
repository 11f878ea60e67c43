//! `partners doctor`: whether everything that an installation stands on answers
//! and fits.

use crate::command_line::answer;
use anyhow::ensure;
use partners_app::domain::{ProviderKind, ServiceState};
use partners_server::app::{Installation, cognito_settings};
use partners_server::billing::Zuora;
use partners_server::clock::Clock;
use partners_server::config::Config;
use partners_server::finding::Finding;
use partners_server::identity::Cognito;
use partners_server::observe;
use serde_json::{Value, json};

/// Looks at everything, and says what to mend.
///
/// # Errors
/// Where there is something to mend.
pub async fn run(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let mut findings = Vec::new();
    for state in [installation.store.state().await, installation.identity.state().await] {
        findings.push(of_service(state));
    }
    if config.identity == ProviderKind::Cognito {
        let cognito = Cognito::connect(cognito_settings(config)?).await?;
        findings.extend(cognito.doctor().await);
    }
    if let Some(settings) = &config.zuora {
        findings.extend(Zuora::new(settings.clone())?.doctor(Clock::default().today()).await);
    }
    findings.extend(observe::doctor(config).await);
    let lines: Vec<_> = findings.iter().map(line).collect();
    let all: Vec<Value> = findings.iter().map(described).collect();
    let problems = findings.iter().filter(|finding| !finding.ok).count();
    answer(as_json, lines.join("\n"), &json!({ "ok": problems == 0, "findings": all }));
    ensure!(problems == 0, "{problems} of {} to mend", findings.len());
    Ok(())
}

fn of_service(state: ServiceState) -> Finding {
    let check = format!("{} answers ({})", state.name, state.detail);
    Finding { check, ok: state.problem.is_none(), change: state.problem }
}

/// What was looked at and, where it does not hold, what to change.
fn line(finding: &Finding) -> String {
    if finding.ok {
        format!("ok    {}", finding.check)
    } else {
        format!("MEND  {}\n      {}", finding.check, finding.change.as_deref().unwrap_or_default())
    }
}

fn described(finding: &Finding) -> Value {
    json!({ "check": finding.check, "ok": finding.ok, "change": finding.change })
}
