//! `partners doctor`: whether everything that an installation stands on answers
//! and fits.

use crate::command_line::{answer, with_installation};
use anyhow::ensure;
use partners_app::domain::{ProviderKind, ServiceState};
use partners_server::app::cognito_settings;
use partners_server::billing::Zuora;
use partners_server::clock::Clock;
use partners_server::config::Config;
use partners_server::finding::Finding;
use partners_server::identity::Cognito;
use partners_server::observe;
use serde_json::{Value, json};

/// Looks at everything, also at what comes after something broken, and says what
/// to mend.
///
/// # Errors
/// Where there is something to mend.
pub async fn run(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let mut findings = of_installation(config).await;
    if config.identity == ProviderKind::Cognito {
        findings.extend(of_cognito(config).await.unwrap_or_else(|error| {
            vec![Finding::bad("The user pool can be connected", format!("{error:#}"))]
        }));
    }
    if let Some(settings) = &config.zuora {
        findings.extend(match Zuora::new(settings.clone()) {
            Ok(zuora) => zuora.doctor(Clock::default().today()).await,
            Err(error) => vec![Finding::bad("Zuora can be connected", error.to_string())],
        });
    }
    findings.extend(observe::doctor(config).await);
    let lines: Vec<_> = findings.iter().map(line).collect();
    let all: Vec<Value> = findings.iter().map(described).collect();
    let problems = findings.iter().filter(|finding| !finding.ok).count();
    answer(as_json, lines.join("\n"), &json!({ "ok": problems == 0, "findings": all }));
    ensure!(problems == 0, "{problems} of {} to mend", findings.len());
    Ok(())
}

/// Database, secret key and identity provider, as the server would open them.
async fn of_installation(config: &Config) -> Vec<Finding> {
    let states = with_installation(config, async |installation| {
        Ok([installation.store.state().await, installation.identity.state().await])
    });
    match states.await {
        Ok(states) => states.map(of_service).into(),
        Err(error) => vec![Finding::bad("The server can start", format!("{error:#}"))],
    }
}

async fn of_cognito(config: &Config) -> anyhow::Result<Vec<Finding>> {
    Ok(Cognito::connect(cognito_settings(config)?).await?.doctor().await)
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
