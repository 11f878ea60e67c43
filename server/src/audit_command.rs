//! `partners audit`: the audit trail from the command line.

use anyhow::bail;
use clap::Subcommand;
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::config::Config;
use partners_server::store::audit::{self, Head, Verdict};
use serde_json::json;

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

/// Carries a command out; fails where the trail is not whole.
pub async fn run(config: &Config, command: AuditCommand, json: bool) -> anyhow::Result<()> {
    let AuditCommand::Verify { expect } = command;
    let installation = Installation::open(config, Clock::default()).await?;
    let mut reader = installation.store.read().await?;
    let verdict = audit::verify(reader.connection(), expect.as_ref()).await?;
    drop(reader);
    installation.store.close().await;
    print(&verdict, json);
    if verdict.faults.is_empty() { Ok(()) } else { bail!("the audit trail is not whole") }
}

#[expect(clippy::print_stdout, reason = "a command's answer")]
fn print(verdict: &Verdict, as_json: bool) {
    let Verdict { events, unchained, head, faults } = verdict;
    if as_json {
        let answer = json!({
            "whole": faults.is_empty(),
            "events": events,
            "unchained": unchained,
            "head": head.to_string(),
            "faults": faults,
        });
        println!("{answer}");
        return;
    }
    for fault in faults {
        println!("{fault}");
    }
    if faults.is_empty() {
        let events = if *events == 1 { "1 event".to_owned() } else { format!("{events} events") };
        println!("The audit trail is whole: {events}.");
    }
    if *unchained > 0 {
        println!("{unchained} of them are from before events were chained.");
    }
    println!("It ends with {head}");
    println!("Keep that elsewhere, and give it to --expect the next time.");
}
