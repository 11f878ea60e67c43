//! `partners import` and `partners export`.

use crate::command_line::{WrongInput, answer, with_installation};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use futures::StreamExt;
use futures::stream::BoxStream;
use partners_app::components::count;
use partners_app::domain::import::{MAXIMUM_BYTES, column_key};
use partners_app::domain::{
    FieldError, FieldErrors, Import, ImportCounts, ImportId, ImportKind, ImportRow, ImportState,
    Matching, OrganisationQuery, RowState,
};
use partners_server::app::Installation;
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

/// A file, and how it is to be imported.
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

/// Imports a file, or looks at it.
///
/// # Errors
/// Where the file or an argument is wrong, a row has a problem, or the database
/// fails.
pub async fn import(config: &Config, command: ImportCommand, as_json: bool) -> anyhow::Result<()> {
    let (kind, asked) = match command {
        ImportCommand::Organisations(asked) => (ImportKind::Organisations, asked),
        ImportCommand::Users(asked) => (ImportKind::Users, asked),
    };
    let bytes = content(&asked.file)?;
    let Table { columns, lines } = imports::read(&bytes).map_err(wrong_file)?;
    let matching = matched(kind, &columns, &asked.columns)?;
    let missing = matching.missing(kind);
    if !missing.is_empty() {
        let message = format!("No column has {}: name it.", missing.join(", "));
        return Err(wrong_column(message).into());
    }
    let (earlier, rows, caught_up) = with_installation(config, async |installation| {
        let imports = &installation.imports;
        let earlier = imports.earlier(kind, &bytes).await?;
        let rows = imports.look(kind, lines, &matching).await?;
        if asked.dry_run {
            return Ok((earlier, rows, Ok(())));
        }
        let name = asked.file.file_name().unwrap_or_default().to_string_lossy();
        let (file, by) = ((&*name, bytes.as_slice()), &Actor::command_line().name);
        let kept = imports.keep(kind, file, columns, matching.clone(), &rows, by).await?;
        drop(rows);
        let rows = apply(installation, kept, &matching, &asked, as_json).await?;
        // Where no server runs, nobody else makes the users' accounts.
        let caught_up = installation.reconciler.catch_up().await;
        Ok((earlier, rows, caught_up))
    })
    .await?;
    let outcome = Outcome { kind, dry_run: asked.dry_run, earlier: earlier.as_ref(), rows: &rows };
    answer(as_json, outcome.words(), &outcome.described());
    caught_up?;
    let mut counts = ImportCounts::default();
    rows.iter().for_each(|row| counts.add(row.state, 1));
    let left = counts.to_look_at();
    ensure!(left == 0, "{} of {} to look at", count::of(Some(left), "row", "rows"), counts.total());
    Ok(())
}

/// What is in the file, unless it is too large to be read at all.
fn content(file: &Path) -> Result<Vec<u8>, WrongInput> {
    let cannot =
        |error: std::io::Error| wrong_file(format!("{} cannot be read: {error}", file.display()));
    if std::fs::metadata(file).map_err(cannot)?.len() > MAXIMUM_BYTES as u64 {
        return Err(wrong_file(imports::too_large()));
    }
    std::fs::read(file).map_err(cannot)
}

fn wrong_file(why: String) -> WrongInput {
    WrongInput::argument("file", "FILE", why)
}

fn wrong_column(message: impl std::fmt::Display) -> WrongInput {
    WrongInput::argument("column", "--column", message)
}

/// What the columns have: by their names, and as it was said.
fn matched(kind: ImportKind, columns: &[String], said: &[String]) -> Result<Matching, WrongInput> {
    let by_name = Matching::by_name(kind, columns);
    let mut chosen: Vec<String> =
        (0..columns.len()).map(|place| by_name.of(place).unwrap_or_default().to_owned()).collect();
    for said in said {
        let (field, column) = said
            .split_once('=')
            .ok_or_else(|| wrong_column("Say FIELD=COLUMN, such as name=Company."))?;
        let field = kind.field(field).ok_or_else(|| {
            let known: Vec<_> = kind.fields().iter().map(|field| field.name).collect();
            wrong_column(format!("There is no field {field}; there are {}.", known.join(", ")))
        })?;
        let place = columns
            .iter()
            .position(|name| column_key(name) == column_key(column))
            .ok_or_else(|| wrong_column(format!("The file has no column {column}.")))?;
        for other in &mut chosen {
            if other == field.name {
                other.clear();
            }
        }
        if let Some(chosen) = chosen.get_mut(place) {
            field.name.clone_into(chosen);
        }
    }
    Matching::parse(kind, &chosen).map_err(|errors| wrong_column(sentences(&errors)))
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

/// What came of a file.
struct Outcome<'a> {
    kind: ImportKind,
    dry_run: bool,
    /// The last import of the same file.
    earlier: Option<&'a Import>,
    rows: &'a [ImportRow],
}

impl Outcome<'_> {
    fn number(&self, state: RowState) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }

    /// Every problem, with its row. What is said of a row that is ready or was
    /// created is none.
    fn problems(&self) -> impl Iterator<Item = (&ImportRow, &FieldError)> {
        let is_fine = |row: &&ImportRow| matches!(row.state, RowState::Ready | RowState::Created);
        let rows = self.rows.iter().filter(move |row| !is_fine(row));
        rows.flat_map(|row| row.problems.iter().map(move |problem| (row, problem)))
    }

    /// How many rows are ready whose accounts were not reached in time.
    fn unchecked(&self) -> usize {
        let is_unchecked =
            |row: &&ImportRow| row.state == RowState::Ready && !row.problems.is_empty();
        self.rows.iter().filter(is_unchecked).count()
    }

    fn described(&self) -> Value {
        let problem = |(row, problem): (&ImportRow, &FieldError)| {
            json!({
                "line": row.line,
                "state": row.state,
                "field": (!problem.field.is_empty()).then_some(&problem.field),
                "message": problem.message,
            })
        };
        let created = |row: &ImportRow| {
            json!({
                "line": row.line,
                "id": row.subject,
                "partner_organisation_id": row.organisation,
            })
        };
        let is_created = |row: &&ImportRow| row.state == RowState::Created;
        json!({
            "dry_run": self.dry_run,
            "rows": self.rows.len(),
            "ready": self.number(RowState::Ready),
            "account_unchecked": self.unchecked(),
            "created": self.rows.iter().filter(is_created).map(created).collect::<Vec<_>>(),
            "already_there": self.number(RowState::There),
            "looks_same": self.number(RowState::LooksSame),
            "problem": self.number(RowState::Problem),
            "problems": self.problems().map(problem).collect::<Vec<_>>(),
            "imported_before": self.earlier.map(|import| json!({
                "at": import.finished_at.map(|at| at.iso()),
                "by": import.started_by,
            })),
        })
    }

    fn words(&self) -> String {
        let mut lines = Vec::new();
        if let Some((import, at)) = self.earlier.and_then(|it| Some((it, it.finished_at?))) {
            let by = &import.started_by;
            lines.push(format!("This file was imported before: {}, by {by}.", at.minute()));
        }
        for (row, problem) in self.problems() {
            let field = self.kind.field(&problem.field);
            let place = field.map(|field| format!(", {}", field.label)).unwrap_or_default();
            lines.push(format!("Line {}{place}: {}", row.line, problem.message));
        }
        let (one, many) = self.kind.nouns();
        let of = |state| {
            let number = i64::try_from(self.number(state)).unwrap_or(i64::MAX);
            count::of(Some(number), one, many)
        };
        lines.push(if self.dry_run {
            format!("{} can be imported; nothing was changed.", of(RowState::Ready))
        } else {
            format!("{} created.", of(RowState::Created))
        });
        if self.dry_run && self.unchecked() > 0 {
            lines.push(format!(
                "{} of them could not be checked in Zuora in time; they are after the import.",
                self.unchecked()
            ));
        }
        for (state, words) in [
            (RowState::There, "already there"),
            (
                RowState::LooksSame,
                "like another organisation; --accept-duplicates imports them too",
            ),
            (RowState::Problem, "with problems"),
        ] {
            if self.number(state) > 0 {
                lines.push(format!("{} {words}.", of(state)));
            }
        }
        lines.join("\n")
    }
}

/// Writes everything to standard output.
///
/// # Errors
/// Where the database fails, or standard output cannot be written to.
pub async fn export(config: &Config, what: Exported, as_json: bool) -> anyhow::Result<()> {
    with_installation(config, async |installation| {
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
        Ok(())
    })
    .await
}
