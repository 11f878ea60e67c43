//! How long the Partners table takes as a file, and how much memory.
//!
//! ```text
//! cargo bench --package partners-server --bench exports -- 10000 1000000
//! ```
//! For each number of partner organisations, on SQLite: the file is streamed as
//! whoever downloads it gets it, and the program's greatest size in memory is
//! looked at before and after. It fails where a larger file needs much more
//! memory than the first one.

mod many;

use anyhow::{Context, ensure};
use futures::TryStreamExt;
use partners_app::domain::OrganisationQuery;
use partners_server::files::{Format, organisations_file};
use partners_server::store::Store;
use sqlx::sqlite::SqlitePool;
use std::pin::pin;
use std::time::Instant;

/// By how many MiB a larger file may make the program grow: SQLite keeps up to 2
/// MiB of pages for each connection, of which there are nine.
const MOST_GROWTH: u64 = 48;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program's answer")]
async fn main() -> anyhow::Result<()> {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let numbers = if asked.is_empty() { vec![10_000, 1_000_000] } else { asked };
    println!("organisations      MiB  largest piece KiB  seconds  greatest size MiB");
    let mut first = None;
    for number in numbers {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}", folder.path().join("partners.db").display());
        let store = Store::open(&url).await?;
        let pool = SqlitePool::connect(&url).await?;
        many::fill(&pool, number).await?;
        pool.close().await;
        let begin = Instant::now();
        let file = organisations_file(store.clone(), OrganisationQuery::default(), Format::Csv);
        let (mut file, mut bytes, mut lines, mut largest) = (pin!(file), 0, 0, 0);
        while let Some(piece) = file.try_next().await? {
            bytes += piece.len();
            largest = largest.max(piece.len());
            lines += piece.iter().filter(|byte| **byte == b'\n').count();
        }
        let seconds = begin.elapsed().as_secs_f64();
        ensure!(lines == usize::try_from(number)? + 1, "{lines} lines");
        let size = greatest_size()?;
        println!(
            "{number:>13}  {:>7.1}  {:>17}  {seconds:>7.2}  {size:>17}",
            bytes as f64 / f64::from(1 << 20),
            largest >> 10,
        );
        let first = *first.get_or_insert(size);
        ensure!(size <= first + MOST_GROWTH, "from {first} to {size} MiB");
        store.close().await;
    }
    Ok(())
}

/// The program's greatest size in memory so far, in MiB (proc(5), `VmHWM`).
fn greatest_size() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .context("no VmHWM")?;
    Ok(kib.parse::<u64>()? >> 10)
}
