//! `partners audit`: the audit trail from the command line.

use crate::command_line::{answer, with_installation};
use anyhow::ensure;
use clap::Subcommand;
use partners_server::config::Config;
use partners_server::store::audit::{self, Head, Verdict};
use serde_json::{Value, json};

/// What can be done with the audit trail.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check that no audit event was changed, added or removed behind the
    /// program's back
    Verify {
        /// Where the trail ended at an earlier time, as this command printed it
        #[arg(long, value_name = "SEQ:HASH")]
        expect: Option<Head>,
    },
}

/// Runs a command.
///
/// # Errors
/// Where the trail is not whole, or the database fails.
pub async fn run(config: &Config, command: AuditCommand, as_json: bool) -> anyhow::Result<()> {
    let AuditCommand::Verify { expect } = command;
    let verdict = with_installation(config, async |installation| {
        let mut reader = installation.store.read().await?;
        Ok(audit::verify(reader.connection(), expect.as_ref()).await?)
    });
    let verdict = verdict.await?;
    answer(as_json, words(&verdict), &described(&verdict));
    ensure!(verdict.faults.is_empty(), "the audit trail is not whole");
    Ok(())
}

/// How the trail stands, in words.
fn words(verdict: &Verdict) -> String {
    let Verdict { events, unchained, head, faults } = verdict;
    let mut lines = faults.clone();
    if faults.is_empty() {
        let events = if *events == 1 { "1 event".to_owned() } else { format!("{events} events") };
        lines.push(format!("The audit trail is whole: {events}."));
    }
    if *unchained > 0 {
        lines.push(format!("{unchained} of them are from before events were chained."));
    }
    lines.push(format!("It ends with {head}"));
    lines.push("Keep that elsewhere, and give it to --expect the next time.".to_owned());
    lines.join("\n")
}

fn described(verdict: &Verdict) -> Value {
    json!({
        "whole": verdict.faults.is_empty(),
        "events": verdict.events,
        "unchained": verdict.unchained,
        "head": verdict.head.to_string(),
        "faults": verdict.faults,
    })
}
