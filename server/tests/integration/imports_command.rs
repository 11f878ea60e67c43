//! `partners import` and `partners export`.

use crate::imports::HEAD;
use crate::support::{Engine, database};
use partners_server::store::audit;
use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

on_each_engine!(an_import_killed_in_the_middle_goes_on, the_command_line_imports_and_exports);

/// The program on a database, as somebody at the command line runs it.
fn program(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partners"));
    command
        .env("DATABASE_URL", url)
        // One key for all runs, and no file beside the tests.
        .env("SECRET_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
        .env("RUST_LOG", "off")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(url: &str, arguments: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = program(url, arguments).output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    assert!(!text.is_empty() || !stderr.is_empty() || status.success());
    (status.success(), if text.is_empty() { String::from_utf8(stderr).unwrap() } else { text })
}

async fn an_import_killed_in_the_middle_goes_on(engine: Engine) {
    const ROWS: usize = 6_000;
    let all = i64::try_from(ROWS).unwrap();
    let database = database(engine).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.csv");
    let rows: String = (0..ROWS).map(|row| format!("Reseller {row},,A-{row},,partner\n")).collect();
    std::fs::write(&file, format!("{HEAD}\n{rows}")).unwrap();
    let arguments = ["import", "organisations", file.to_str().unwrap()];
    let mut child = program(&database.url, &arguments).spawn().unwrap();
    let created = async || {
        let mut reader = database.store.read().await.unwrap();
        let latest = partners_server::store::imports::latest(reader.connection(), 1).await.unwrap();
        let import = latest.into_iter().next()?;
        let counts = partners_server::store::imports::counts(reader.connection(), import.id).await;
        Some((import, counts.unwrap().created))
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    while created().await.is_none_or(|(_, created)| created < 300) {
        assert!(Instant::now() < deadline, "it does not begin");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (import, before) = created().await.unwrap();
    assert!((300..all).contains(&before), "killed in the middle: {before}");

    // A server that starts on the database goes on.
    let second = run(&database.url, &["import", "organisations", file.to_str().unwrap(), "--json"]);
    let answer: Value = serde_json::from_str(&second.1).unwrap();
    assert_eq!(
        (answer["already_there"].as_u64(), answer["created"].as_array().map(Vec::len)),
        (u64::try_from(ROWS).ok(), Some(0)),
        "the first import went on before the second began"
    );
    let (_, after) = {
        let mut reader = database.store.read().await.unwrap();
        let counts = partners_server::store::imports::counts(reader.connection(), import.id).await;
        (import.id, counts.unwrap())
    };
    assert_eq!((after.created, after.total()), (all, all));
    let exported = run(&database.url, &["export", "organisations"]).1;
    let mut names: Vec<_> = csv::Reader::from_reader(exported.as_bytes())
        .records()
        .map(|record| record.unwrap()[0].to_owned())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ROWS, "each of them once");
    let mut reader = database.store.read().await.unwrap();
    let verdict = audit::verify(reader.connection(), None).await.unwrap();
    assert_eq!((verdict.faults, verdict.events), (Vec::new(), all), "one event each");
}

async fn the_command_line_imports_and_exports(engine: Engine) {
    let (first, second) = (database(engine).await, database(engine).await);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let organisations = file(
        "organisations.csv",
        &format!(
            "{HEAD}\n\"'=Sum & Co\",,A-1,,partner\n@Home,,A-2,001D000000IRFma,end_customer\nBad,,,,\n"
        ),
    );
    let (fine, dry) =
        run(&first.url, &["import", "organisations", &organisations, "--dry-run", "--json"]);
    let dry: Value = serde_json::from_str(&dry).unwrap();
    assert!(!fine, "a row has problems");
    assert_eq!(
        (&dry["ready"], &dry["problem"], &dry["dry_run"]),
        (&json!(2), &json!(1), &json!(true))
    );
    assert_eq!(
        dry["problems"][0],
        json!({ "line": 4, "state": "problem", "field": "zuora_account_id", "message": "Enter the Zuora account ID or account number." })
    );
    assert_eq!(
        run(&first.url, &["export", "organisations"]).1.lines().count(),
        1,
        "nothing was created"
    );

    // What looks like another and was wanted all the same is no problem.
    let twins = file("twins.csv", &format!("{HEAD}\nTwin,,A-8,,partner\nTwin,,A-9,,partner\n"));
    let arguments = ["import", "organisations", &twins, "--accept-duplicates", "--json"];
    let (fine, told) = run(&second.url, &arguments);
    let twice: Value = serde_json::from_str(&told).unwrap();
    assert!(fine, "{told}");
    assert_eq!(
        (twice["created"].as_array().map(Vec::len), &twice["problems"]),
        (Some(2), &json!([]))
    );
    let second = database(engine).await;

    let (fine, told) = run(&first.url, &["import", "organisations", &organisations]);
    assert!(!fine && told.contains("2 organisations created."), "{told}");
    assert!(told.contains("Line 4, Zuora account ID: Enter the Zuora account ID"), "{told}");
    let users = file("users.csv", "Who,email,organisation\nAnn,ann@home.example,@home\n");
    let (fine, told) = run(&first.url, &["import", "users", &users]);
    assert!(!fine && told.contains("No column has Name"), "{told}");
    let (fine, told) = run(&first.url, &["import", "users", &users, "--column", "name=who"]);
    assert!(fine && told.contains("1 user created."), "{told}");
    let mut reader = first.store.read().await.unwrap();
    let verdict = audit::verify(reader.connection(), None).await.unwrap();
    assert_eq!((verdict.faults, verdict.events), (Vec::new(), 3));

    // What is exported here is imported there, and is the same there.
    let exports = |url: &str| ["organisations", "users"].map(|what| run(url, &["export", what]).1);
    let before = exports(&first.url);
    assert!(before[0].contains("'=Sum & Co,") && before[0].contains("'@Home,"), "{}", before[0]);
    for (what, text) in ["organisations", "users"].iter().zip(&before) {
        let (fine, told) = run(&second.url, &["import", what, &file("export.csv", text)]);
        assert!(fine, "{told}");
    }
    let reads = |text: &str, columns: usize| -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = csv::Reader::from_reader(text.as_bytes())
            .records()
            .map(|record| record.unwrap().iter().take(columns).map(str::to_owned).collect())
            .collect();
        rows.sort_unstable();
        rows
    };
    let after = exports(&second.url);
    assert_eq!(reads(&before[0], 5), reads(&after[0], 5));
    let without_ids = |text: &str| -> Vec<Vec<String>> {
        let mut rows = reads(text, 5);
        rows.iter_mut().for_each(|row| drop(row.remove(3)));
        rows
    };
    assert_eq!(without_ids(&before[1]), [["Ann", "ann@home.example", "'@Home", "manager"]]);
    assert_eq!(without_ids(&before[1]), without_ids(&after[1]));
    let (fine, lines) = run(&second.url, &["export", "organisations", "--json"]);
    assert!(fine);
    let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((read.len(), &read[0]["name"]), (2, &json!("=Sum & Co")), "JSON needs no guard");

    let large = "a".repeat(11 * 1024 * 1024);
    for (text, words) in
        [("", "is empty"), ("name\n\"Acme\n", "never closed"), (&*large, "more than 10 MB")]
    {
        let (fine, told) = run(&first.url, &["import", "organisations", &file("bad.csv", text)]);
        assert!(!fine && told.contains(words), "{told}");
    }
}
