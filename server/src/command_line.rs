//! What the commands share: how they answer and fail, and the proof that
//! whoever works at the command line may do what admins do.

use partners_app::desks::{Admin, Origin};
use partners_app::domain::{DuplicateOrganisation, FieldErrors};
use partners_app::error::PublicError;
use partners_server::app::Installation;
use partners_server::clock::Clock;
use partners_server::config::Config;
use serde_json::{Map, Value, json};
use std::fmt;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use uuid::Uuid;

/// The exit code where a command did not do what was asked.
const FAILED: u8 = 1;
/// The exit code where something that was given is wrong; clap's own, too.
const WRONG_INPUT: u8 = 2;

/// Proof that whoever asks works at the command line.
#[expect(clippy::disallowed_methods, reason = "this is the command line")]
pub fn proof() -> Admin {
    let reference = Uuid::new_v4().simple().to_string()[..12].to_uppercase();
    Admin::vouch_for_command_line(Origin { reference, address: IpAddr::V4(Ipv4Addr::LOCALHOST) })
}

/// Does a command's work with the installation that is configured, and closes
/// it again whatever comes of that.
///
/// # Errors
/// Where the installation cannot be opened, or the work fails.
pub async fn with_installation<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Installation) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let installation = Installation::open(config, Clock::default()).await?;
    let done = work(&installation).await;
    installation.store.close().await;
    done
}

/// Something that was given is wrong.
#[derive(Debug)]
pub struct WrongInput {
    /// What is wrong as a whole, where it is no argument's fault.
    whole: Option<String>,
    /// The field's name, the argument it came from, and what is wrong with it.
    fields: Vec<(String, String, String)>,
}

impl WrongInput {
    /// The fields' problems; `argument` says which argument a field came from.
    pub fn of(errors: &FieldErrors, argument: impl Fn(&str) -> String) -> Self {
        let field = |error: &partners_app::domain::FieldError| {
            (error.field.clone(), argument(&error.field), error.message.clone())
        };
        Self { whole: None, fields: errors.iter().map(field).collect() }
    }

    /// What is wrong with one `field`, which came from this `argument`.
    pub fn argument(field: &str, argument: &str, message: impl fmt::Display) -> Self {
        let fields = vec![(field.to_owned(), argument.to_owned(), message.to_string())];
        Self { whole: None, fields }
    }

    /// What clap says is wrong, without its advice on usage.
    pub fn of_clap(error: &clap::Error) -> Self {
        let told = error.render().to_string();
        let told = told.split("\n\n").next().unwrap_or_default();
        Self::whole(told.strip_prefix("error: ").unwrap_or(told))
    }

    /// What is wrong as a whole.
    pub fn whole(message: impl Into<String>) -> Self {
        Self { whole: Some(message.into()), fields: Vec::new() }
    }
}

impl fmt::Display for WrongInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines =
            self.fields.iter().map(|(_, argument, message)| format!("{argument}: {message}"));
        let lines: Vec<_> = self.whole.iter().cloned().chain(lines).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for WrongInput {}

/// A desk's refusal, in the words of the command line; `argument` says which
/// argument a field came from.
pub fn told(error: PublicError, argument: impl Fn(&str) -> String) -> anyhow::Error {
    match error {
        PublicError::Invalid(errors) => WrongInput::of(&errors, argument).into(),
        PublicError::NotFound => {
            WrongInput::whole("There is nothing with this ID or address.").into()
        }
        PublicError::Duplicates(others) => anyhow::anyhow!(
            "Another partner organisation looks the same:\n{}\nWith --accept-duplicates it is created all the same.",
            others.iter().map(lookalike).collect::<Vec<_>>().join("\n")
        ),
        other => other.into(),
    }
}

fn lookalike(other: &DuplicateOrganisation) -> String {
    format!("  {} ({}) {}.", other.name, other.id, other.sentence())
}

/// Prints a command's answer.
///
/// # Panics
/// As `println!` does where it cannot be written; not where whoever reads it has
/// enough, such as `head`.
pub fn answer(as_json: bool, words: impl fmt::Display, value: &Value) {
    let mut stdout = std::io::stdout().lock();
    let written = if as_json { writeln!(stdout, "{value:#}") } else { writeln!(stdout, "{words}") };
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => panic!("no answer: {error}"),
        _ => {}
    }
}

/// Says on standard error why a command failed, and with which code it ends.
#[expect(clippy::print_stderr, reason = "a command's failure")]
pub fn fail(error: &anyhow::Error, as_json: bool) -> ExitCode {
    let wrong = error.downcast_ref::<WrongInput>();
    if as_json {
        let fields: Map<String, Value> = wrong
            .into_iter()
            .flat_map(|wrong| &wrong.fields)
            .map(|(field, _, message)| (field.clone(), message.as_str().into()))
            .collect();
        eprintln!("{}", json!({ "error": format!("{error:#}"), "fields": fields }));
    } else {
        eprintln!("Error: {error:#}");
    }
    ExitCode::from(if wrong.is_some() { WRONG_INPUT } else { FAILED })
}

/// What is known of one thing, a line for each.
pub fn details<const LINES: usize>(lines: [(&str, String); LINES]) -> String {
    lines.map(|(name, value)| format!("  {name:<23}  {value}")).join("\n")
}

/// Rows below their heads, each column as wide as its widest value.
pub fn table<const COLUMNS: usize>(heads: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let line = |cells: [&str; COLUMNS]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| line(std::array::from_fn(|column| row[column].as_str())));
    std::iter::once(line(heads)).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_heads() {
        let rows = [["1".to_owned(), "Ann".to_owned()], ["22".to_owned(), "Zoë".to_owned()]];
        assert_eq!(table(["ID", "NAME"], &rows), "ID  NAME\n1   Ann\n22  Zoë");
        assert_eq!(table(["ID", "NAME"], &[]), "ID  NAME");
    }

    #[test]
    fn what_is_wrong_stands_beside_its_argument() {
        let mut errors = FieldErrors::one("zuora_account_id", "Enter it.");
        errors.push("name", "Enter the name.");
        let argument = |field: &str| match field {
            "name" => "NAME".to_owned(),
            _ => "--zuora-account".to_owned(),
        };
        let wrong = WrongInput::of(&errors, argument);
        assert_eq!(wrong.to_string(), "--zuora-account: Enter it.\nNAME: Enter the name.");
    }
}
