//! How long a file takes: looked at, kept, and imported.
//!
//! ```text
//! cargo bench --package partners-server --bench imports -- 10000 50000
//! ```
//! For each number of rows, on SQLite: a file of so many partner organisations,
//! and then one of as many users, one in each. No billing system is connected. It
//! fails where 10,000 rows take a minute, or more rows that share of one.

use anyhow::ensure;
use partners_app::domain::{ImportKind, ImportState, Matching};
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::identity::{Embedded, Passwords};
use partners_server::imports::{self, Start, Table};
use partners_server::store::Store;
use partners_server::store::audit::Actor;
use partners_server::vault::Vault;
use partners_server::web::cookies::Cookies;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

/// No more seconds may go by for so many rows, all steps together.
const A_MINUTE: f64 = 60.0;
const ROWS_IN_A_MINUTE: f64 = 10_000.0;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program's answer")]
async fn main() -> anyhow::Result<()> {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let numbers = if asked.is_empty() { vec![10_000] } else { asked };
    println!("         file    rows  read s  dry run s  keep s  apply s");
    for number in numbers {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("partners.db");
        let store = Store::open(&format!("sqlite://{}", path.display())).await?;
        let installation = installation(&store)?;
        for kind in ImportKind::ALL {
            let [read, look, keep, apply] = import(&installation, kind, number).await?;
            println!(
                "{:>13}  {number:>6}  {read:>6.2}  {look:>9.2}  {keep:>6.2}  {apply:>7.2}",
                kind.as_str(),
            );
            let most = A_MINUTE * (f64::from(number) / ROWS_IN_A_MINUTE).max(1.0);
            let took = read + look + keep + apply;
            ensure!(took < most, "{number} rows took {took:.0} s, of {most:.0} s");
        }
        store.close().await;
    }
    Ok(())
}

fn installation(store: &Store) -> anyhow::Result<Installation> {
    let (clock, passwords, vault) =
        (Clock::default(), Passwords::new()?, Vault::of_this_process()?);
    let identity = Arc::new(Embedded::new(
        store.clone(),
        clock.clone(),
        passwords.clone(),
        None,
        vault.clone(),
    ));
    let cookies = Cookies::new(true);
    Ok(Installation::of(store.clone(), identity, clock, vault, passwords, cookies, 0))
}

/// A file of so many rows.
fn file(kind: ImportKind, number: u32) -> anyhow::Result<String> {
    let mut text = match kind {
        ImportKind::Organisations => "name,zuora_account_id,invoice_owner\n".to_owned(),
        ImportKind::Users => "name,email,partner_organisation\n".to_owned(),
    };
    for row in 0..number {
        match kind {
            ImportKind::Organisations => writeln!(text, "Reseller {row},A-{row},partner")?,
            ImportKind::Users => writeln!(text, "User {row},user{row}@x.example,Reseller {row}")?,
        }
    }
    Ok(text)
}

/// How many seconds each step takes: reading, looking, keeping, creating.
async fn import(
    installation: &Installation,
    kind: ImportKind,
    number: u32,
) -> anyhow::Result<[f64; 4]> {
    let (text, imports, actor) =
        (file(kind, number)?, &installation.imports, Actor::command_line());
    let begin = Instant::now();
    let Table { columns, lines } = imports::read(text.as_bytes()).map_err(anyhow::Error::msg)?;
    let read = begin.elapsed();
    let begin = Instant::now();
    let matching = Matching::by_name(kind, &columns);
    let rows = imports.look(kind, lines, &matching).await?;
    let look = begin.elapsed();
    let begin = Instant::now();
    let file = ("bench.csv", text.as_bytes());
    let id = imports.keep(kind, file, columns, matching.clone(), &rows, &actor.name).await?;
    let keep = begin.elapsed();
    let begin = Instant::now();
    ensure!(imports.start(id, &matching, &actor, false).await? == Start::Now, "not started");
    let counts = loop {
        imports.work_batch().await?;
        let progress = imports.progress(id).await?;
        if let Some((import, counts)) = progress
            && import.state == ImportState::Done
        {
            break counts;
        }
    };
    ensure!(counts.created == i64::from(number), "{counts:?}");
    Ok([read, look, keep, begin.elapsed()].map(|span| span.as_secs_f64()))
}
