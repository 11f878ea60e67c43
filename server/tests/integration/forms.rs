//! Forms, as scripts and as plain browsers send them.

use crate::browser::server;
use crate::support::Engine;
use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

on_each_engine!(
    a_form_sent_twice_creates_one_organisation,
    two_equal_creations_at_once_are_one_user,
    a_refused_form_comes_back_with_what_was_typed,
    the_fixed_fields_cannot_be_changed_by_any_form,
    the_second_editor_is_told_what_changed,
    lookalikes_are_warned_of_and_may_be_accepted,
    salesforce_becomes_required_with_the_switch,
    an_email_that_is_taken_names_its_organisation,
    a_temporary_password_is_shown_once_without_a_script_too,
);

const CREATE: &str = "/actions/organisations/create";

fn fields<'a>(key: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("creation_key", key),
        ("name", name),
        ("logo", ""),
        ("zuora_account_id", "A1"),
        ("invoice_owner", "end_customer"),
    ]
}

async fn a_form_sent_twice_creates_one_organisation(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let key = Uuid::now_v7().to_string();
    let sent =
        futures::future::join_all((0..12).map(|_| {
            let mut admin = admin.clone();
            let key = key.clone();
            async move {
                admin.form(CREATE, "/settings/profile/partners/new", &fields(&key, "Acme")).await
            }
        }));
    let targets: Vec<String> =
        sent.await.iter().map(|answer| answer.header("location").to_owned()).collect();
    assert!(targets[0].starts_with("/settings/profile/partners/0"), "{targets:?}");
    assert!(targets.iter().all(|target| *target == targets[0]), "{targets:?}");
    let other = admin.script(CREATE, &fields(&key, "Another")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", other.body);
    let page = admin.get("/settings/profile/partners").await.body;
    assert_eq!(
        page.matches("class=\"row-link\"").count().max(page.matches("row-link").count()),
        1,
        "{page}"
    );
}

async fn two_equal_creations_at_once_are_one_user(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let create = async |key: Uuid, email: &str| {
        let key = key.to_string();
        let fields = [
            ("organisation", acme.as_str()),
            ("creation_key", key.as_str()),
            ("name", "Ann"),
            ("email", email),
        ];
        admin.clone().script("/actions/users/create", &fields).await
    };
    for round in 0..12 {
        // The same form, sent twice …
        let (key, email) = (Uuid::now_v7(), format!("same{round}@acme.example"));
        let (one, other) = tokio::join!(create(key, &email), create(key, &email));
        for answer in [&one, &other] {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
        let (one, other) = (one.json(), other.json());
        assert_eq!(one["user"]["id"], other["user"]["id"], "both name the one that was made");
        let told =
            [one, other].iter().filter(|made| made["temporary_password"].is_string()).count();
        assert_eq!(told, 1, "its password is shown once");
        // … and two forms with the same email.
        let email = format!("other{round}@acme.example");
        let (one, other) =
            tokio::join!(create(Uuid::now_v7(), &email), create(Uuid::now_v7(), &email));
        let mut statuses = [one.status, other.status];
        statuses.sort();
        let expected = [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY];
        assert_eq!(statuses, expected, "{} {}", one.body, other.body);
        assert!(format!("{}{}", one.body, other.body).contains("already belongs to Acme"));
    }
    assert_eq!(admin.users(&acme).await.len(), 24);
}

async fn a_refused_form_comes_back_with_what_was_typed(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let key = Uuid::now_v7().to_string();
    let typed = [
        ("creation_key", key.as_str()),
        ("name", "Acme \"<b>\" & Söhne"),
        ("logo", "http://plain.example/a.png"),
        ("zuora_account_id", ""),
    ];
    let answer = admin.form(CREATE, "/settings/profile/partners/new", &typed).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(
        answer.header("location"),
        "/settings/profile/partners/new",
        "nothing typed stands in the address"
    );
    let page = admin.get("/settings/profile/partners/new").await.body;
    for text in [
        "Acme &quot;&lt;b&gt;&quot; &amp; Söhne",
        "http://plain.example/a.png",
        "Use a logo address that starts with https://",
        "Enter the Zuora account ID or account number.",
        "Choose who receives the invoices: Partner or End customer.",
    ] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    let again = admin.get("/settings/profile/partners/new").await.body;
    assert!(!again.contains("http://plain.example/a.png"), "shown once");
}

async fn the_fixed_fields_cannot_be_changed_by_any_form(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let id = admin.create_organisation("Acme").await;
    let before = admin.ask("/actions/organisations/get", &json!({ "id": id })).await.json();
    let answer = admin
        .script(
            "/actions/organisations/edit",
            &[
                ("id", &id),
                ("version", "1"),
                ("name", "Acme Two"),
                ("logo", ""),
                ("zuora_account_id", "B2"),
                ("zuora_account", "B2"),
                ("salesforce_account_id", "001D000000IRFma"),
                ("invoice_owner", "end_customer"),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let after = admin.ask("/actions/organisations/get", &json!({ "id": id })).await.json();
    assert_eq!(after["name"], "Acme Two");
    for field in ["id", "zuora_account", "salesforce_account", "invoice_owner", "created_at"] {
        assert_eq!(after[field], before[field], "{field}");
    }
}

async fn the_second_editor_is_told_what_changed(engine: Engine) {
    let server = server(engine).await;
    let mut ada = server.admin().await;
    let mut bob = server.admin().await;
    let id = ada.create_organisation("Acme").await;
    let edit = |name| {
        [
            ("id", id.clone()),
            ("version", "1".to_owned()),
            ("name", String::from(name)),
            ("logo", String::new()),
        ]
    };
    let send = |fields: [(&'static str, String); 4]| fields;
    let first = send(edit("Acme by Ada"));
    let first: Vec<_> = first.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(ada.script("/actions/organisations/edit", &first).await.status, StatusCode::OK);
    let second = send(edit("Acme by Bob"));
    let second: Vec<_> = second.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = bob.script("/actions/organisations/edit", &second).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    assert_eq!(answer.json()["conflict"]["current"]["name"], "Acme by Ada");
}

async fn lookalikes_are_warned_of_and_may_be_accepted(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let (one, two) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    assert_eq!(admin.script(CREATE, &fields(&one, "Acme")).await.status, StatusCode::OK);
    let warned = admin.script(CREATE, &fields(&two, "ACME")).await;
    assert_eq!(warned.status, StatusCode::CONFLICT, "{}", warned.body);
    assert_eq!(warned.json()["duplicates"][0]["name"], "Acme");
    let mut accepting = fields(&two, "ACME");
    accepting.push(("accept_duplicates", "true"));
    assert_eq!(admin.script(CREATE, &accepting).await.status, StatusCode::OK);
}

async fn salesforce_becomes_required_with_the_switch(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let answer = admin
        .form(
            "/actions/installation/set-uses-salesforce",
            "/settings/installation",
            &[("uses_salesforce", "true")],
        )
        .await;
    assert_eq!(answer.header("location"), "/settings/installation");
    let key = Uuid::now_v7().to_string();
    let refused = admin.script(CREATE, &fields(&key, "Acme")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("This installation uses Salesforce."), "{}", refused.body);
    admin.form("/actions/installation/set-uses-salesforce", "/settings/installation", &[]).await;
    assert_eq!(admin.script(CREATE, &fields(&key, "Acme")).await.status, StatusCode::OK);
}

async fn an_email_that_is_taken_names_its_organisation(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let other = admin.create_organisation("Borealis").await;
    assert_eq!(admin.create_user(&acme, "Ann@Example.com").await.status, StatusCode::OK);
    let refused = admin.create_user(&other, "ANN@example.COM").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = &refused.json()["invalid"][0];
    assert_eq!(error["field"], "email");
    assert_eq!(
        error["message"],
        "ann@example.com already belongs to Acme. Each email can be used for one partner user."
    );
    assert_eq!(error["link"]["href"], format!("/settings/profile/partners/{acme}"));
}

async fn a_temporary_password_is_shown_once_without_a_script_too(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let acme = admin.create_organisation("Acme").await;
    let page = format!("/settings/profile/partners/{acme}");
    let key = Uuid::now_v7().to_string();
    let fields = [
        ("organisation", acme.as_str()),
        ("creation_key", &key),
        ("name", "Ann"),
        ("email", "ann@example.com"),
    ];
    let answer = admin.form("/actions/users/create", &page, &fields).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
    let shown = admin.get(&page).await.body;
    admin.until_user_is(&acme, "ann@example.com", "invited").await;
    let looks_like_one =
        |word: &str| word.len() == 23 && word.split('-').all(|group| group.len() == 5);
    let find = |page: &str| {
        page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(looks_like_one)
    };
    assert!(find(&shown), "the password is shown: {shown}");
    assert!(!find(&admin.get(&page).await.body), "and never again");
}
