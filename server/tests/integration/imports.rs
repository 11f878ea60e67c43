//! Files of organisations and users: looked at and imported.

use crate::browser::{Answer, Browser, server};
use crate::support::Engine;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};

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
    a_report_that_is_mended_comes_again,
    a_line_with_too_much_is_refused_again_until_it_is_mended,
    accounts_are_checked_as_the_form_checks_them,
    what_is_imported_is_what_was_looked_at,
    rows_are_kept_for_a_while_after_the_import,
);

const IMPORT: &str = "/settings/profile/partners/import";
pub const HEAD: &str = "name,logo,zuora_account_id,salesforce_account_id,invoice_owner";

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

/// Presses *Import* on a page that was read before.
async fn press(browser: &mut Browser, page: &Value, accept: bool) -> Answer {
    let import = &page["import"];
    let accept = accept.to_string();
    let mut fields = vec![
        ("id", import["id"].as_str().unwrap()),
        ("kind", import["kind"].as_str().unwrap()),
        ("accept_lookalikes", accept.as_str()),
    ];
    let columns = import["matching"].as_array().unwrap().iter();
    fields.extend(columns.map(|column| ("columns[]", column.as_str().unwrap_or_default())));
    browser.script("/actions/imports/start", &fields).await
}

async fn start(browser: &mut Browser, id: &str, accept: bool) {
    let page = read(browser, id).await;
    let answer = press(browser, &page, accept).await;
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

pub async fn imported(browser: &mut Browser, kind: &str, text: &str) -> Value {
    let id = uploaded(browser, kind, text).await;
    start(browser, &id, false).await;
    done(browser, &id).await
}

pub fn counts(page: &Value) -> [i64; 5] {
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

pub async fn activity(browser: &mut Browser, action: &str) -> Vec<Value> {
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
    assert!(message(&page, 3, "").contains("3 cells, but there are 5 columns."));
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
        format!("Jon,jon@x.example,acme ,{twin},"),
        format!("Kim,kim@x.example,{unknown},"),
        format!("Lea,lea@acme.example,{acme},{acme}"),
    ];
    let text = format!(
        "name,email,partner_organisation,partner_organisation_id,role\n{}\n",
        rows.map(|row| format!("{row}{}", ",".repeat(4 - row.matches(',').count()))).join("\n")
    );
    let page = imported(&mut admin, "users", &text).await;
    assert_eq!(counts(&page), [0, 0, 7, 1, 5], "{page}");
    let told = |row, field| message(&page, row, field);
    assert!(told(4, "partner_organisation").contains("2 partner organisations are called Twin"));
    assert!(told(5, "partner_organisation_id").contains("no partner organisation with this ID"));
    assert!(told(6, "email").starts_with("Line 2 of this file has the same email address"));
    assert!(told(8, "email").starts_with("there@acme.example already belongs to Acme."));
    assert_eq!(
        told(10, "partner_organisation_id"),
        "This is the ID of Twin, not of acme. Correct one of the two."
    );
    assert!(told(11, "partner_organisation").contains("no partner organisation with this ID"));
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
        [
            "there@acme.example",
            "ann@acme.example",
            "cat@acme.example",
            "dan@acme.example",
            "lea@acme.example"
        ]
    );
    assert_eq!(activity(&mut admin, "partner_user.created").await.len(), 6);

    // Without mail, nobody knows a password before an admin asks for one.
    let ann = admin.users(&acme).await[1]["id"].as_str().unwrap().to_owned();
    admin.until_user_is(&acme, "ann@acme.example", "invited").await;
    let again = admin.script("/actions/users/resend-invitation", &[("user", &ann)]).await.json();
    let password =
        again["temporary_password"].as_str().expect("a password to hand over").to_owned();
    server.until_reconciled().await;
    let fields = [("email", "ann@acme.example"), ("password", password.as_str())];
    let answer = server.browser().form("/actions/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/new-password", "{}", answer.body);
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
    // The template is a file that only wants its rows.
    let template = admin.get(&format!("{IMPORT}/template/organisations")).await.body;
    assert_eq!(template.trim_start_matches('\u{feff}').trim_end(), HEAD);
}

async fn a_report_that_is_mended_comes_again(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = format!("{HEAD},Note\nAcme,,A-1,,partner,first\n,,A-2,,partner,second\n");
    let mut report = text.clone();
    for round in 0..3 {
        let id = uploaded(&mut admin, "organisations", &report).await;
        let page = read(&mut admin, &id).await;
        assert_eq!(page["counts"]["problem"], 1, "{page}");
        assert_eq!(page["import"]["matching"][0], "name");
        report = admin.get(&format!("{IMPORT}/{id}/report/problems")).await.body;
        let mut lines = report.lines();
        assert_eq!(
            lines.next(),
            Some(&*format!(
                "\u{feff}{HEAD},Note,import_line,import_state,import_problems,created_id,created_organisation_id"
            ))
        );
        let row = lines.next().unwrap();
        let line = if round == 0 { 3 } else { 2 };
        assert!(row.starts_with(&format!(",,A-2,,partner,second,{line},problem,")), "{row}");
        assert_eq!(lines.next(), None);
    }
    let mended = report.replace(",,A-2", "Borealis,,A-2");
    let page = imported(&mut admin, "organisations", &mended).await;
    assert_eq!(counts(&page), [0, 0, 0, 0, 1], "{page}");
    assert_eq!(names(&mut admin).await, ["Borealis"]);
}

async fn a_line_with_too_much_is_refused_again_until_it_is_mended(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    // A comma in a name that nobody has quoted.
    let mut report = format!("{HEAD}\nAcme,,A-1,,partner,Inc.\n");
    for _ in 0..3 {
        let id = uploaded(&mut admin, "organisations", &report).await;
        let page = read(&mut admin, &id).await;
        assert_eq!(counts(&page), [0, 0, 1, 0, 0], "{page}");
        report = admin.get(&format!("{IMPORT}/{id}/report/problems")).await.body;
        assert!(report.trim_end().ends_with(",Inc."), "{report}");
    }
    let mended = report.replace(",Inc.", "");
    let page = imported(&mut admin, "organisations", &mended).await;
    assert_eq!(counts(&page), [0, 0, 0, 0, 1], "{page}");
}

async fn accounts_are_checked_as_the_form_checks_them(engine: Engine) {
    let (sandbox, server) = crate::accounts::start(engine).await;
    let mut admin = server.admin().await;
    let text = format!(
        "{HEAD}\nAcme,,PA-1001,,partner\nBorealis,,A-NOWHERE,,partner\nCumulus,,PA-1006,,partner\n"
    );
    let id = uploaded(&mut admin, "organisations", &text).await;
    let page = read(&mut admin, &id).await;
    assert_eq!(counts(&page), [1, 0, 2, 0, 0], "{page}");
    assert_eq!(page["unchecked"], 0);
    for (row, account) in [(1, "A-NOWHERE"), (2, "PA-1006")] {
        let key = Uuid::now_v7().to_string();
        let typed = [
            ("creation_key", key.as_str()),
            ("name", "Somebody"),
            ("zuora_account_id", account),
            ("invoice_owner", "partner"),
        ];
        let form = admin.script("/actions/organisations/create", &typed).await.json();
        assert_eq!(page["rows"][row]["problems"], form["invalid"], "{form}");
    }

    // Without an answer the rows are ready, and it is said that nobody looked.
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let id = uploaded(&mut admin, "organisations", &text).await;
    let page = read(&mut admin, &id).await;
    assert_eq!((counts(&page), &page["unchecked"]), ([3, 0, 0, 0, 0], &json!(3)), "{page}");
    assert_eq!(message(&page, 0, "zuora_account_id"), "Not checked in Zuora yet.");
    let shown = admin.get(&format!("{IMPORT}/{id}")).await.body;
    assert!(
        shown.contains("The accounts of 3 rows could not be checked in Zuora in time."),
        "{shown}"
    );
    start(&mut admin, &id, false).await;
    let page = done(&mut admin, &id).await;
    assert_eq!(counts(&page), [0, 0, 0, 0, 3], "{page}");
    assert_eq!(message(&page, 0, "zuora_account_id"), "");
    sandbox.clear_faults();
    let wrong = page["rows"][1]["subject"].as_str().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let detail = admin.get(&format!("/settings/profile/partners/{wrong}")).await;
        if detail.body.contains("Not in Zuora") {
            break;
        }
        assert!(Instant::now() < deadline, "the account is never looked up");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn what_is_imported_is_what_was_looked_at(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = "name,other,zuora_account_id,invoice_owner\nAcme,Apex,A-1,partner\n";
    let id = uploaded(&mut admin, "organisations", text).await;
    let before = read(&mut admin, &id).await;
    // In another tab the other column is chosen.
    let columns = ["", "name", "zuora_account_id", "invoice_owner"];
    let mut fields = vec![("id", id.as_str()), ("kind", "organisations")];
    fields.extend(columns.map(|column| ("columns[]", column)));
    let other = admin.script("/actions/imports/match-columns", &fields).await;
    assert_eq!(other.status, StatusCode::OK, "{}", other.body);

    let refused = press(&mut admin, &before, false).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("The columns were changed meanwhile."), "{}", refused.body);
    assert_eq!(read(&mut admin, &id).await["import"]["state"], "checked");
    start(&mut admin, &id, false).await;
    done(&mut admin, &id).await;
    assert_eq!(names(&mut admin).await, ["Apex"]);
}

async fn rows_are_kept_for_a_while_after_the_import(engine: Engine) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let text = format!("{HEAD}\nAcme,,A-1,,partner\n");
    let id = uploaded(&mut admin, "organisations", &text).await;
    let left = uploaded(&mut admin, "organisations", &text).await;
    server.clock.advance(29 * DAY);
    let mut admin = server.admin().await;
    start(&mut admin, &id, false).await;
    done(&mut admin, &id).await;
    for (days, rows) in [(2, 1), (28, 0)] {
        server.clock.advance(days * DAY);
        let before = server.clock.now().minus(30 * DAY).plus(Duration::from_secs(60));
        let mut writer = server.installation.store.write().await.unwrap();
        partners_server::store::imports::delete_old(writer.connection(), before).await.unwrap();
        writer.commit().await.unwrap();
        let mut admin = server.admin().await;
        let page = read(&mut admin, &id).await;
        assert_eq!(counts(&page).iter().sum::<i64>(), rows, "{days}: {page}");
        let shown = admin.get(&format!("{IMPORT}/{id}")).await.body;
        assert_eq!(shown.contains("1 created"), rows == 1, "{shown}");
        assert!(!shown.contains("0 created"), "what is not known any more is not said: {shown}");
        let asked = json!({ "id": left, "shown": "all" });
        let gone = admin.ask("/actions/imports/get", &asked).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "what was never imported goes whole");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_into_an_organisation_that_is_being_deleted() {
    let server = server(Engine::Postgres).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let text = "name,email,organisation\nAnn,ann@acme.example,Acme\n";
    let id = uploaded(&mut admin, "users", text).await;
    // The deletion holds the organisation while the import has seen it already.
    let pool = server.postgres().await;
    let mut deletion = pool.begin().await.unwrap();
    sqlx::query("UPDATE organisation SET deleted_at = 1 WHERE id = $1")
        .bind(acme.parse::<Uuid>().unwrap())
        .execute(&mut *deletion)
        .await
        .unwrap();
    start(&mut admin, &id, false).await;
    server.until_somebody_waits(&pool).await;
    deletion.commit().await.unwrap();
    let page = done(&mut admin, &id).await;
    assert_eq!(counts(&page), [0, 0, 1, 0, 0], "{page}");
    let told = message(&page, 0, "partner_organisation");
    assert!(told.contains("There is no partner organisation called Acme"), "{told}");
    let users: i64 =
        sqlx::query_scalar("SELECT count(*) FROM partner_user").fetch_one(&pool).await.unwrap();
    assert_eq!(users, 0);
}
