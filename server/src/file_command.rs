//! `partners import` and `partners export`.

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use futures::StreamExt;
use futures::stream::BoxStream;
use partners_app::components::count;
use partners_app::domain::import::{MAXIMUM_BYTES, column_key};
use partners_app::domain::{
    FieldErrors, Import, ImportCounts, ImportId, ImportKind, ImportRow, ImportState, Matching,
    OrganisationQuery, RowState,
};
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::config::Config;
use partners_server::files::{self, Format};
use partners_server::imports::{self, Table};
use partners_server::store::audit::Actor;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What can be imported.
#[derive(Subcommand)]
pub enum ImportCommand {
    /// Partner organisations
    Organisations(ImportedFile),
    /// Partner users
    Users(ImportedFile),
}

#[derive(Args)]
pub struct ImportedFile {
    /// The CSV file; its first line has the columns' names
    file: PathBuf,
    /// Look at every row and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Read a field from the column of this name, such as name=Company; may be
    /// given several times
    #[arg(long = "column", value_name = "FIELD=COLUMN")]
    columns: Vec<String>,
    /// Import rows that look like another organisation too
    #[arg(long)]
    accept_duplicates: bool,
}

/// What can be exported.
#[derive(Subcommand)]
pub enum Exported {
    /// Partner organisations; with --json an object on each line
    Organisations,
    /// Partner users; with --json an object on each line
    Users,
}

/// Imports a file, or looks at it; fails where a row has a problem.
pub async fn import(config: &Config, command: ImportCommand, as_json: bool) -> anyhow::Result<()> {
    let (kind, asked) = match command {
        ImportCommand::Organisations(asked) => (ImportKind::Organisations, asked),
        ImportCommand::Users(asked) => (ImportKind::Users, asked),
    };
    let bytes = content(&asked.file)?;
    let Table { columns, lines } = imports::read(&bytes).map_err(anyhow::Error::msg)?;
    let matching = matched(kind, &columns, &asked.columns)?;
    let missing = matching.missing(kind);
    ensure!(missing.is_empty(), "no column has {}; name it with --column", missing.join(", "));
    let installation = Installation::open(config, Clock::default()).await?;
    let earlier = installation.imports.earlier(kind, &bytes).await?;
    let rows = installation.imports.look(kind, lines, &matching).await?;
    let done = if asked.dry_run {
        rows
    } else {
        let name = asked.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = (name.as_str(), bytes.as_slice());
        let by = &Actor::command_line().name;
        let (imports, fields) = (&installation.imports, matching.clone());
        let kept = imports.keep(kind, file, columns, fields, &rows, by).await?;
        drop(rows);
        apply(&installation, kept, &matching, &asked, as_json).await?
    };
    installation.store.close().await;
    answer(&asked, as_json, kind, earlier.as_ref(), &done);
    let mut counts = ImportCounts::default();
    done.iter().for_each(|row| counts.add(row.state, 1));
    let left = counts.to_look_at();
    if left > 0 {
        bail!("{} of {} to look at", count::of(Some(left), "row", "rows"), counts.total());
    }
    Ok(())
}

/// What is in the file, unless it is too large to be read at all.
fn content(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("{} cannot be read", file.display());
    let length = std::fs::metadata(file).with_context(cannot)?.len();
    ensure!(length <= MAXIMUM_BYTES as u64, imports::too_large());
    std::fs::read(file).with_context(cannot)
}

/// What the columns have: by their names, and as it was said.
fn matched(kind: ImportKind, columns: &[String], said: &[String]) -> anyhow::Result<Matching> {
    let by_name = Matching::by_name(kind, columns);
    let mut chosen: Vec<String> =
        (0..columns.len()).map(|place| by_name.of(place).unwrap_or_default().to_owned()).collect();
    for said in said {
        let (field, column) =
            said.split_once('=').context("--column wants FIELD=COLUMN, such as name=Company")?;
        let known = || kind.fields().iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
        let field = kind
            .field(field)
            .with_context(|| format!("there is no field {field}; there are {}", known()))?;
        let place = columns
            .iter()
            .position(|name| column_key(name) == column_key(column))
            .with_context(|| format!("the file has no column {column}"))?;
        for other in &mut chosen {
            if other == field.name {
                other.clear();
            }
        }
        if let Some(chosen) = chosen.get_mut(place) {
            field.name.clone_into(chosen);
        }
    }
    Matching::parse(kind, &chosen).map_err(|errors| anyhow::anyhow!(sentences(&errors)))
}

fn sentences(errors: &FieldErrors) -> String {
    errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ")
}

/// Creates what is ready; a server that runs meanwhile helps.
async fn apply(
    installation: &Installation,
    id: ImportId,
    matching: &Matching,
    asked: &ImportedFile,
    as_json: bool,
) -> anyhow::Result<Vec<ImportRow>> {
    let imports = &installation.imports;
    imports.start(id, matching, &Actor::command_line(), asked.accept_duplicates).await?;
    let left_out = imports.progress(id).await?.map_or(0, |(_, counts)| counts.left_out());
    let mut stderr = std::io::stderr();
    let tells = stderr.is_terminal() && !as_json;
    loop {
        imports.work_batch().await?;
        let (import, counts) = imports.progress(id).await?.context("the import is gone")?;
        if tells {
            let total = counts.total() - left_out;
            write!(stderr, "\r{} of {total} rows", total - counts.ready)?;
        }
        if import.state == ImportState::Done {
            break;
        }
    }
    if tells {
        writeln!(stderr)?;
    }
    Ok(imports.all_rows(id).await?)
}

#[expect(clippy::print_stdout, reason = "a command's answer")]
fn answer(
    asked: &ImportedFile,
    as_json: bool,
    kind: ImportKind,
    earlier: Option<&Import>,
    rows: &[ImportRow],
) {
    let number = |state| rows.iter().filter(|row| row.state == state).count();
    let (unchecked, told): (Vec<_>, Vec<_>) = rows
        .iter()
        .filter(|row| !row.problems.is_empty())
        .partition(|row| row.state == RowState::Ready);
    if as_json {
        let problems: Vec<Value> = told
            .into_iter()
            .flat_map(|row| {
                row.problems.iter().map(|problem| {
                    json!({
                        "line": row.line,
                        "state": row.state,
                        "field": (!problem.field.is_empty()).then_some(&problem.field),
                        "message": problem.message,
                    })
                })
            })
            .collect();
        let created: Vec<Value> = rows
            .iter()
            .filter(|row| row.state == RowState::Created)
            .map(|row| {
                json!({
                    "line": row.line,
                    "id": row.subject,
                    "partner_organisation_id": row.organisation,
                })
            })
            .collect();
        let answer = json!({
            "dry_run": asked.dry_run,
            "rows": rows.len(),
            "ready": number(RowState::Ready),
            "account_unchecked": unchecked.len(),
            "created": created,
            "already_there": number(RowState::There),
            "looks_same": number(RowState::LooksSame),
            "problem": number(RowState::Problem),
            "problems": problems,
            "imported_before": earlier.map(|import| json!({
                "at": import.finished_at.map(|at| at.iso()),
                "by": import.started_by,
            })),
        });
        println!("{answer}");
        return;
    }
    if let Some((import, at)) = earlier.and_then(|import| Some((import, import.finished_at?))) {
        println!("This file was imported before: {}, by {}.", at.minute(), import.started_by);
    }
    for row in told {
        for problem in row.problems.iter() {
            let place = match kind.field(&problem.field) {
                Some(field) => format!(", {}", field.label),
                None => String::new(),
            };
            println!("Line {}{place}: {}", row.line, problem.message);
        }
    }
    let (one, many) = kind.nouns();
    let of = |state| {
        let number = i64::try_from(number(state)).unwrap_or(i64::MAX);
        count::of(Some(number), one, many)
    };
    if asked.dry_run {
        println!("{} can be imported; nothing was changed.", of(RowState::Ready));
        if !unchecked.is_empty() {
            println!(
                "{} of them could not be checked in Zuora in time; they are after the import.",
                unchecked.len()
            );
        }
    } else {
        println!("{} created.", of(RowState::Created));
    }
    for (state, words) in [
        (RowState::There, "already there"),
        (RowState::LooksSame, "like another organisation; --accept-duplicates imports them too"),
        (RowState::Problem, "with problems"),
    ] {
        if number(state) > 0 {
            println!("{} {words}.", of(state));
        }
    }
}

/// Writes everything to standard output.
pub async fn export(config: &Config, what: Exported, as_json: bool) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let store = installation.store.clone();
    let format = if as_json { Format::JsonLines } else { Format::Csv };
    let mut pieces: BoxStream<'_, _> = match what {
        Exported::Organisations => {
            files::organisations_file(store, OrganisationQuery::default(), format).boxed()
        }
        Exported::Users => files::users_file(store, installation.clock.now(), format).boxed(),
    };
    let mut stdout = std::io::stdout().lock();
    while let Some(piece) = pieces.next().await {
        match stdout.write_all(&piece?).and_then(|()| stdout.flush()) {
            // Whoever read it has enough, such as `head`.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    drop(pieces);
    installation.store.close().await;
    Ok(())
}
