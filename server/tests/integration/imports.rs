//! Files of organisations and users: looked at, imported, and exported again.

use crate::browser::{Answer, Browser, Server, server};
use crate::support::{Engine, database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use partners_server::store::audit;
use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use uuid::Uuid;

on_each_engine!(
    a_file_is_looked_at_and_then_imported,
    every_problem_is_told_as_the_form_tells_it,
    columns_are_matched_by_name_and_can_be_corrected,
    a_file_that_comes_again_creates_nothing,
    rows_that_look_like_another_organisation_want_a_word,
    users_go_to_the_organisations_that_are_named,
    no_bytes_are_a_fault,
    a_file_that_is_too_large_is_refused_in_words,
    only_admins_import,
    an_import_killed_in_the_middle_goes_on,
    several_organisations_are_suspended_at_once,
    the_command_line_imports_and_exports,
);

const IMPORT: &str = "/settings/profile/partners/import";
const HEAD: &str = "name,logo,zuora_account_id,salesforce_account_id,invoice_owner";

async fn upload(browser: &mut Browser, kind: &str, bytes: &[u8]) -> Answer {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"C:\\files\\some.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request = Request::post(IMPORT)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::ORIGIN, "https://partners.example")
        .body(Body::from(body));
    browser.send(request.unwrap()).await
}

/// Uploads a file that can be read; the ID of its import.
async fn uploaded(browser: &mut Browser, kind: &str, text: &str) -> String {
    let answer = upload(browser, kind, text.as_bytes()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let target = answer.header("location").to_owned();
    let id = target.rsplit('/').next().unwrap().to_owned();
    assert!(Uuid::try_parse(&id).is_ok(), "sent back to {target}: {}", told(browser).await);
    id
}

/// What the form says after a file was refused.
async fn told(browser: &mut Browser) -> String {
    browser.get(IMPORT).await.body
}

async fn read(browser: &mut Browser, id: &str) -> Value {
    browser.ask("/actions/imports/get", &json!({ "id": id, "shown": "all" })).await.json()
}

async fn start(browser: &mut Browser, id: &str, accept: bool) {
    let accept = accept.to_string();
    let fields = [("id", id), ("accept_lookalikes", accept.as_str())];
    let answer = browser.script("/actions/imports/start", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// The import once it is done.
async fn done(browser: &mut Browser, id: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let page = read(browser, id).await;
        if page["import"]["state"] == "done" {
            return page;
        }
        assert!(Instant::now() < deadline, "not done: {}", page["counts"]);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn imported(browser: &mut Browser, kind: &str, text: &str) -> Value {
    let id = uploaded(browser, kind, text).await;
    start(browser, &id, false).await;
    done(browser, &id).await
}

fn counts(page: &Value) -> [i64; 5] {
    ["ready", "looks_same", "problem", "there", "created"]
        .map(|state| page["counts"][state].as_i64().unwrap())
}

/// The message in a row's cell; empty where there is none.
fn message(page: &Value, row: usize, field: &str) -> String {
    let problems = page["rows"][row]["problems"].as_array().unwrap();
    let found = problems.iter().find(|problem| problem["field"] == field);
    found.map(|found| found["message"].as_str().unwrap().to_owned()).unwrap_or_default()
}

async fn names(browser: &mut Browser) -> Vec<String> {
    let export = browser.get("/settings/profile/partners/export").await;
    let mut reader = csv::Reader::from_reader(export.body.as_bytes());
    reader.records().map(|record| record.unwrap()[0].to_owned()).collect()
}

async fn activity(browser: &mut Browser, action: &str) -> Vec<Value> {
    let page = browser.get("/settings/activity/export/jsonl").await;
    let events = page.body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["action"] == action).collect()
}

async fn a_file_is_looked_at_and_then_imported(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = format!(
        "\u{feff}{HEAD}\r\nBorealis,,A-1,,partner\r\n\"Acme, Inc.\",https://cdn.example/a.png,A-2,,End customer\r\n,,A-3,,partner\r\n"
    );
    let id = uploaded(&mut admin, "organisations", &text).await;
    let page = read(&mut admin, &id).await;
    assert_eq!(counts(&page), [2, 0, 1, 0, 0], "{page}");
    assert_eq!(page["import"]["file_name"], "some.csv");
    assert_eq!(message(&page, 2, "name"), "Enter the partner organisation’s name.");
    assert_eq!(page["rows"][2]["line"], 4);
    assert!(names(&mut admin).await.is_empty(), "nothing was created yet");
    let shown = admin.get(&format!("{IMPORT}/{id}")).await;
    assert_eq!(shown.status, StatusCode::OK);
    for words in
        ["Import 2 organisations", "1 row with problems", "Enter the partner organisation’s name."]
    {
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
    }

    // Pressed twice at once, it happens once.
    let (mut one, mut other) = (admin.clone(), admin.clone());
    tokio::join!(start(&mut one, &id, false), start(&mut other, &id, false));
    let page = done(&mut admin, &id).await;
    assert_eq!(counts(&page), [0, 0, 1, 0, 2], "{page}");
    assert_eq!(names(&mut admin).await, ["Acme, Inc.", "Borealis"]);

    let single = admin.create_organisation("Cumulus").await;
    let events = activity(&mut admin, "organisation.created").await;
    assert_eq!(events.len(), 3);
    let by_form = events.iter().find(|event| event["organisation"]["id"] == single.as_str());
    let fields = |event: &Value| {
        event["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["field"].clone())
            .collect::<Vec<_>>()
    };
    for event in &events {
        assert_eq!(
            (event["actor_kind"].as_str(), event["actor_name"].as_str()),
            (Some("admin"), Some("Ada Admin"))
        );
        assert_eq!(fields(event), fields(by_form.unwrap()));
        assert!(!event["request_id"].as_str().unwrap().is_empty());
    }

    let report = admin.get(&format!("{IMPORT}/{id}/report/created")).await;
    assert_eq!(report.header("content-type"), "text/csv; charset=utf-8");
    let made = page["rows"][0]["subject"].as_str().unwrap();
    assert_eq!(report.body.lines().count(), 3, "{}", report.body);
    assert!(report.body.contains(&format!("created,,{made},{made}")), "{}", report.body);
    let mend = admin.get(&format!("{IMPORT}/{id}/report/problems")).await;
    assert!(
        mend.body.contains("Partner organisation name: Enter the partner organisation’s name."),
        "{}",
        mend.body
    );
    let detail = admin.get(&format!("/settings/profile/partners/{made}")).await;
    assert_eq!(detail.status, StatusCode::OK);
}

async fn every_problem_is_told_as_the_form_tells_it(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let rows = [
        ",http://plain.example/a.png,A 1,001,nobody",
        "Acme,,A-1,,partner",
        "ACME,,a-1,,end_customer",
        "Short,,A-2",
        "Long,,A-3,,partner,more",
    ];
    let text = format!("{HEAD}\n{}\n", rows.join("\n"));
    let id = uploaded(&mut admin, "organisations", &text).await;
    let page = read(&mut admin, &id).await;
    assert_eq!(counts(&page), [1, 0, 4, 0, 0], "{page}");
    let key = Uuid::now_v7().to_string();
    let typed = [
        ("creation_key", key.as_str()),
        ("name", ""),
        ("logo", "http://plain.example/a.png"),
        ("zuora_account_id", "A 1"),
        ("salesforce_account_id", "001"),
        ("invoice_owner", "nobody"),
    ];
    let form = admin.script("/actions/organisations/create", &typed).await.json();
    assert_eq!(page["rows"][0]["problems"], form["invalid"], "{form}");
    assert!(message(&page, 2, "name").starts_with("Line 3 of this file is the same organisation"));
    assert!(message(&page, 3, "").contains("3 cells, the first one 5"));
    assert!(message(&page, 4, "").contains("6 cells"));
}

async fn columns_are_matched_by_name_and_can_be_corrected(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = "Firma;Konto;Zuora Invoice Owner;Notiz\nAcme;A-1;Partner;x\n";
    let id = uploaded(&mut admin, "organisations", text).await;
    let page = read(&mut admin, &id).await;
    assert_eq!(page["import"]["matching"], json!([null, null, "invoice_owner", null]));
    assert_eq!(counts(&page), [0, 0, 1, 0, 0]);
    let shown = admin.get(&format!("{IMPORT}/{id}")).await.body;
    assert!(
        shown.contains("No column has: Partner organisation name, Zuora account ID."),
        "{shown}"
    );

    let correcting = admin.clone();
    let correct = |columns: [&'static str; 4]| {
        let id = id.clone();
        let mut admin = correcting.clone();
        async move {
            let mut fields = vec![("id", id.as_str()), ("kind", "organisations")];
            fields.extend(columns.map(|column| ("columns[]", column)));
            admin.script("/actions/imports/match-columns", &fields).await
        }
    };
    let twice = correct(["name", "name", "invoice_owner", ""]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.body.contains("is taken from column 1 already"), "{}", twice.body);
    let right = correct(["name", "zuora_account_id", "invoice_owner", ""]).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.body);
    assert_eq!(counts(&read(&mut admin, &id).await), [1, 0, 0, 0, 0]);
    start(&mut admin, &id, false).await;
    done(&mut admin, &id).await;
    assert_eq!(names(&mut admin).await, ["Acme"]);
    let late = correct(["name", "", "invoice_owner", ""]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "what was imported stays as it is");
}

async fn a_file_that_comes_again_creates_nothing(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = format!("{HEAD}\nAcme,,A-1,,partner\nBorealis,,A-2,,partner\n");
    // Uploaded twice before either is imported, and both imported at once.
    let (one, other) = (
        uploaded(&mut admin, "organisations", &text).await,
        uploaded(&mut admin, "organisations", &text).await,
    );
    start(&mut admin, &one, false).await;
    start(&mut admin, &other, false).await;
    assert_eq!(counts(&done(&mut admin, &one).await), [0, 0, 0, 0, 2]);
    assert_eq!(counts(&done(&mut admin, &other).await), [0, 0, 0, 2, 0]);
    let third = uploaded(&mut admin, "organisations", &text).await;
    let page = read(&mut admin, &third).await;
    assert_eq!(counts(&page), [0, 0, 0, 2, 0]);
    assert_eq!(page["earlier"]["started_by"], "Ada Admin", "{page}");
    let shown = admin.get(&format!("{IMPORT}/{third}")).await.body;
    assert!(shown.contains("This file was imported before"), "{shown}");
    assert!(shown.contains("There is nothing to import."), "{shown}");
    assert_eq!(names(&mut admin).await.len(), 2);
}

async fn rows_that_look_like_another_organisation_want_a_word(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let text =
        format!("{HEAD}\nacme,,A-1,,partner\nBorealis,,A-2,,partner\nCumulus,,A-2,,partner\n");
    for (accept, expected) in [(false, [0, 2, 0, 0, 1]), (true, [0, 0, 0, 1, 2])] {
        let id = uploaded(&mut admin, "organisations", &text).await;
        if !accept {
            let page = read(&mut admin, &id).await;
            assert_eq!(message(&page, 0, "name"), "Acme has the same.");
            let link = &page["rows"][0]["problems"][0]["link"]["href"];
            assert!(link.as_str().unwrap().ends_with(&acme), "{link}");
            assert_eq!(message(&page, 2, "zuora_account_id"), "Line 3 of this file has the same.");
        }
        start(&mut admin, &id, accept).await;
        assert_eq!(counts(&done(&mut admin, &id).await), expected, "accepted: {accept}");
    }
    assert_eq!(names(&mut admin).await.len(), 4);
}

async fn users_go_to_the_organisations_that_are_named(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let twin = admin.create_organisation("Twin").await;
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("creation_key", key.as_str()),
        ("name", "twin"),
        ("zuora_account_id", "A-9"),
        ("invoice_owner", "partner"),
        ("accept_duplicates", "true"),
    ];
    assert_eq!(admin.script("/actions/organisations/create", &fields).await.status, StatusCode::OK);
    admin.create_user(&acme, "there@acme.example").await;
    let unknown = Uuid::now_v7();
    let rows = [
        "Ann,ann@acme.example,acme,,MEMBER".to_owned(),
        format!("Bob,bob@twin.example,,{twin}"),
        format!("Cat,cat@acme.example,Acme,{unknown}"),
        format!("Dan,dan@acme.example,{acme},"),
        "Eve,eve@twin.example,Twin,".to_owned(),
        format!("Fay,fay@x.example,,{unknown}"),
        "Gus,ANN@acme.example,Acme,".to_owned(),
        "Hal,there@acme.example,Acme,".to_owned(),
        format!("Ida,there@acme.example,,{twin}"),
        ",nowhere,,,owner".to_owned(),
    ];
    let text = format!(
        "name,email,partner_organisation,partner_organisation_id,role\n{}\n",
        rows.map(|row| format!("{row}{}", ",".repeat(4 - row.matches(',').count()))).join("\n")
    );
    let page = imported(&mut admin, "users", &text).await;
    assert_eq!(counts(&page), [0, 0, 5, 1, 4], "{page}");
    let told = |row, field| message(&page, row, field);
    assert!(told(4, "partner_organisation").contains("2 partner organisations are called Twin"));
    assert!(told(5, "partner_organisation_id").contains("no partner organisation with this ID"));
    assert!(told(6, "email").starts_with("Line 2 of this file has the same email address"));
    assert!(told(8, "email").starts_with("there@acme.example already belongs to Acme."));
    for (field, words) in [
        ("name", "Enter the person’s name."),
        ("email", "such as name@example.com"),
        ("partner_organisation", "Enter the name or the ID"),
        ("role", "Choose Manager or Member."),
    ] {
        assert!(told(9, field).contains(words), "{field}: {}", told(9, field));
    }
    let emails: Vec<_> =
        admin.users(&acme).await.iter().map(|user| user["email"].clone()).collect();
    assert_eq!(
        emails,
        ["there@acme.example", "ann@acme.example", "cat@acme.example", "dan@acme.example"]
    );
    assert_eq!(activity(&mut admin, "partner_user.created").await.len(), 5);

    // Without mail, nobody knows a password before an admin asks for one.
    let ann = admin.users(&acme).await[1]["id"].as_str().unwrap().to_owned();
    let deadline = Instant::now() + Duration::from_secs(20);
    while admin.users(&acme).await[1]["status"] != "invited" {
        assert!(Instant::now() < deadline, "{:?}", admin.users(&acme).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = admin.script("/actions/users/resend-invitation", &[("user", &ann)]).await.json();
    let password =
        again["temporary_password"].as_str().expect("a password to hand over").to_owned();
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let fields = [("email", "ann@acme.example"), ("password", password.as_str())];
        let answer = server.browser().form("/actions/sign-in", "/sign-in", &fields).await;
        if answer.header("location") == "/sign-in/new-password" {
            break;
        }
        assert!(Instant::now() < deadline, "{}", answer.header("location"));
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
}

async fn no_bytes_are_a_fault(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    const PIECES: [&[u8]; 14] = [
        b"name",
        b"email",
        b"Zuora account ID",
        b"invoice_owner",
        b"partner",
        b",",
        b";",
        b"\t",
        b"\"",
        b"\n",
        b"\r\n",
        b"=1",
        b" ",
        b"\xff",
    ];
    for round in 0..60 {
        let bytes: Vec<u8> = if round % 2 == 0 {
            (0..rand::random_range(0..400)).map(|_| rand::random()).collect()
        } else {
            (0..rand::random_range(0..80))
                .flat_map(|_| PIECES[rand::random_range(0..PIECES.len())])
                .copied()
                .collect()
        };
        let kind = ["organisations", "users"][round / 2 % 2];
        let answer = upload(&mut admin, kind, &bytes).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{bytes:?}");
        let target = answer.header("location").to_owned();
        let page = admin.get(&target).await;
        assert_eq!(page.status, StatusCode::OK, "{bytes:?}: {target}");
        assert!(target != IMPORT || page.body.contains("aria-invalid=\"true\""), "{bytes:?}");
    }
    // Nor is a request that is no form at all.
    for (kind, body) in [
        ("multipart/form-data; boundary=x", "nonsense"),
        ("text/plain", ""),
        ("multipart/form-data", ""),
    ] {
        let request = Request::post(IMPORT)
            .header(header::CONTENT_TYPE, kind)
            .header(header::ORIGIN, "https://partners.example")
            .body(Body::from(body));
        let answer = admin.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{kind}");
        assert_eq!(admin.get(IMPORT).await.status, StatusCode::OK);
    }
}

async fn a_file_that_is_too_large_is_refused_in_words(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let answer = upload(&mut admin, "users", &vec![b'a'; 11 * 1024 * 1024]).await;
    assert_eq!(answer.header("location"), IMPORT);
    assert!(told(&mut admin).await.contains("This file has more than 10 MB."));
    upload(&mut admin, "users", b"").await;
    assert!(told(&mut admin).await.contains("This file is empty."));
    upload(&mut admin, "nonsense", b"name\nAcme\n").await;
    assert!(told(&mut admin).await.contains("Choose what is in the file."));
}

async fn only_admins_import(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = format!("{HEAD}\nAcme,,A-1,,partner\n");
    let id = uploaded(&mut admin, "organisations", &text).await;
    let (_, mut partner) = server.partner("Borealis", "bob@borealis.example").await;
    let pages = [
        IMPORT.to_owned(),
        format!("{IMPORT}/{id}"),
        format!("{IMPORT}/{id}/report/all"),
        format!("{IMPORT}/template/users"),
        "/settings/profile/partners/chosen".to_owned(),
    ];
    for path in &pages {
        let answer = partner.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            !answer.body.contains("zuora_account_id") && !answer.body.contains("Acme"),
            "{path}"
        );
        assert!(server.browser().get(path).await.status.is_redirection(), "{path}");
    }
    assert_eq!(
        upload(&mut partner, "organisations", text.as_bytes()).await.status,
        StatusCode::NOT_FOUND
    );
    let nobody = upload(&mut server.browser(), "organisations", text.as_bytes()).await;
    assert!(nobody.header("location").starts_with("/sign-in"));
    let elsewhere = Request::post(IMPORT)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::ORIGIN, "https://evil.example")
        .body(Body::empty());
    assert_eq!(admin.send(elsewhere.unwrap()).await.status, StatusCode::FORBIDDEN);
    for (path, status) in [
        (format!("{IMPORT}/{}", Uuid::now_v7()), StatusCode::NOT_FOUND),
        (format!("{IMPORT}/{}/report/all", Uuid::now_v7()), StatusCode::NOT_FOUND),
        (format!("{IMPORT}/{id}/report/nonsense"), StatusCode::NOT_FOUND),
        (format!("{IMPORT}/template/organisations"), StatusCode::OK),
    ] {
        assert_eq!(admin.get(&path).await.status, status, "{path}");
    }
}

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
    const ROWS: usize = 2_000;
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
    assert!((300..2_000).contains(&before), "killed in the middle: {before}");

    // A server that starts on the database goes on.
    let second = run(&database.url, &["import", "organisations", file.to_str().unwrap(), "--json"]);
    let answer: Value = serde_json::from_str(&second.1).unwrap();
    assert_eq!(
        (answer["already_there"].as_u64(), answer["created"].as_array().map(Vec::len)),
        (Some(2_000), Some(0)),
        "the first import went on before the second began"
    );
    let (_, after) = {
        let mut reader = database.store.read().await.unwrap();
        let counts = partners_server::store::imports::counts(reader.connection(), import.id).await;
        (import.id, counts.unwrap())
    };
    assert_eq!((after.created, after.total()), (2_000, 2_000));
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
    assert_eq!((verdict.faults, verdict.events), (Vec::new(), 2_000), "one event each");
}

async fn several_organisations_are_suspended_at_once(engine: Engine) {
    let server: Server = server(engine).await;
    let mut admin = server.admin().await;
    let (acme, mut ann) = server.partner("Acme", "ann@acme.example").await;
    let borealis = admin.create_organisation("Borealis").await;
    let cumulus = admin.create_organisation("Cumulus").await;
    let gone = Uuid::now_v7().to_string();
    let page = format!(
        "/settings/profile/partners/chosen?act=suspend&of={borealis}&all={acme}%2C{borealis}%2Cnonsense"
    );
    let asked = admin.get(&page).await;
    assert_eq!(asked.status, StatusCode::OK);
    for words in ["Suspend 2 partner organisations", "Acme", "Borealis"] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    assert!(!asked.body.contains("Cumulus"));
    let single = [("organisation", borealis.as_str()), ("suspended", "true")];
    admin.script("/actions/organisations/set-suspended", &single).await;

    let ids = [acme.as_str(), &borealis, &gone, &acme].map(|id| ("ids[]", id));
    let fields = [&ids[..], &[("suspended", "true")]].concat();
    let answer = admin.form("/actions/organisations/set-several-suspended", &page, &fields).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
    let told = admin.get(&page).await.body;
    for words in
        ["1 partner organisation is suspended", "Were suspended already", "Do not exist any more"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(ann.get("/partner").await.status.is_redirection(), "sessions have ended");
    assert_eq!(
        activity(&mut admin, "organisation.suspended").await.len(),
        2,
        "one event for each change"
    );
    let fields = [("ids[]", acme.as_str()), ("ids[]", &cumulus), ("suspended", "false")];
    let back = admin.script("/actions/organisations/set-several-suspended", &fields).await.json();
    let outcomes: Vec<_> =
        back.as_array().unwrap().iter().map(|result| result["outcome"].clone()).collect();
    assert_eq!(outcomes, ["changed", "was_so"]);
    let none = admin
        .script("/actions/organisations/set-several-suspended", &[("suspended", "true")])
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let empty = admin.get("/settings/profile/partners/chosen?act=suspend").await;
    assert!(empty.body.contains("No partner organisation is chosen."));
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

    let (fine, told) = run(&first.url, &["import", "organisations", &organisations]);
    assert!(!fine && told.contains("2 organisations created."), "{told}");
    assert!(told.contains("Line 4, Zuora account ID: Enter the Zuora account ID"), "{told}");
    let users = file("users.csv", "Who,email,organisation\nAnn,ann@home.example,@home\n");
    let (fine, told) = run(&first.url, &["import", "users", &users]);
    assert!(!fine && told.contains("no column has Name"), "{told}");
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

    for (text, words) in [("", "is empty"), ("name\n\"Acme\n", "never closed")] {
        let (fine, told) = run(&first.url, &["import", "organisations", &file("bad.csv", text)]);
        assert!(!fine && told.contains(words), "{told}");
    }
}
