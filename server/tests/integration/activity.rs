//! The audit trail: who did what, as admins read it, export it and verify it.

use crate::browser::{Browser, Server, server};
use crate::support::Engine;
use axum::http::StatusCode;
use futures::StreamExt;
use partners_app::domain::PageSize;
use partners_server::store::audit::{self, Verdict};
use partners_server::store::audit_list::{self, AuditQuery};
use serde_json::{Value, json};

on_each_engine!(
    every_change_and_every_sign_in_is_there,
    no_secret_is_in_it,
    each_click_leaves_its_event,
    it_is_narrowed_and_turned,
    it_is_exported_as_it_is_narrowed,
    nobody_else_sees_it,
    a_change_behind_its_back_shows,
    many_changes_at_once_keep_it_whole,
);

const LIST: &str = "/actions/activity/list";

fn rows(page: &Value) -> Vec<Value> {
    page["rows"].as_array().cloned().unwrap_or_default()
}

async fn list(admin: &mut Browser, query: Value) -> Value {
    let answer = admin.ask(LIST, &json!({ "query": query })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

async fn verify(server: &Server, known: Option<&audit::Head>) -> Verdict {
    let mut reader = server.installation.store.read().await.unwrap();
    audit::verify(reader.connection(), known).await.unwrap()
}

/// Runs a statement behind the program's back, its triggers out of the way.
async fn tamper(server: &Server, engine: Engine, sql: &str) {
    match engine {
        Engine::Sqlite => {
            let pool = sqlx::SqlitePool::connect(server.database_url()).await.unwrap();
            for trigger in ["audit_event_is_fixed", "audit_event_stays"] {
                let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
                sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&pool).await.unwrap();
            }
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
        }
        Engine::Postgres => {
            let pool = sqlx::PgPool::connect(server.database_url()).await.unwrap();
            sqlx::query("ALTER TABLE audit_event DISABLE TRIGGER ALL")
                .execute(&pool)
                .await
                .unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
        }
    }
}

async fn every_change_and_every_sign_in_is_there(engine: Engine) {
    let server = server(engine).await;
    let (organisation, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    let path = format!("/settings/profile/partners/{organisation}");
    let edit =
        [("id", organisation.as_str()), ("version", "1"), ("name", "Acme Ltd"), ("logo", "")];
    let answer = admin.script("/actions/organisations/edit", &edit).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);

    let page = list(&mut admin, json!({})).await;
    let actions: Vec<_> = rows(&page)
        .iter()
        .map(|row| row["action"].as_str().unwrap_or_default().to_owned())
        .collect();
    for action in
        ["organisation.created", "partner_user.created", "organisation.changed", "session.opened"]
    {
        assert!(actions.iter().any(|other| other == action), "{action} in {actions:?}");
    }
    let changed = &rows(&page)[0];
    assert_eq!(changed["action"], "organisation.changed");
    assert_eq!(
        (&changed["actor_kind"], &changed["actor_name"]),
        (&json!("admin"), &json!("Ada Admin"))
    );
    assert_eq!(
        changed["changes"],
        json!([{ "field": "name", "before": "Acme", "after": "Acme Ltd" }])
    );
    assert_eq!(changed["organisation"], json!([organisation, "Acme Ltd"]));
    assert_eq!(changed["reference"], answer.header("x-request-id"));
    // Without a network there is no other.
    assert_eq!(changed["address"], "0.0.0.0");
    let signed_in = rows(&page)
        .into_iter()
        .find(|row| row["action"] == "session.opened" && row["actor_kind"] == "partner_user");
    assert!(signed_in.is_some(), "the partner user’s sign-in is there: {page}");
    assert!(!page.to_string().contains("temporary"), "no secret is");
}

async fn no_secret_is_in_it(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let key = uuid::Uuid::now_v7().to_string();
    let client = [("creation_key", key.as_str()), ("name", "ERP"), ("access", "management")];
    let client = [&client[..], &[("scopes[]", "organisations:read")]].concat();
    let client = admin.script("/actions/api-clients/create", &client).await.ok();
    let listener = crate::webhooks::Listener::start().await;
    let (webhook, secret) = crate::webhooks::create(&mut admin, &listener.url, &[]).await;
    let rotated = admin.script("/actions/webhooks/rotate-secret", &[("id", &webhook)]).await.ok();
    let acme = admin.create_organisation("Acme").await;
    let user = admin.create_user(&acme, "ann@acme.example").await.ok();
    let told = admin.get("/settings/activity/export/jsonl").await.body;
    for action in ["api_client.created", "webhook.secret_rotated", "partner_user.created"] {
        assert!(told.contains(action), "{action} in {told}");
    }
    let secrets =
        [&client["secret"], &rotated["secret"], &json!(secret), &user["temporary_password"]];
    for secret in secrets.map(|secret| secret.as_str().expect("a secret")) {
        // Also without what all of its kind begin with.
        let random = secret.trim_start_matches("whsec_");
        assert!(random.len() > 8 && !told.contains(random), "{secret} in {told}");
    }
}

/// The last event: what was done, and whether it says what changed.
async fn last(server: &Server) -> (String, Value) {
    let mut reader = server.installation.store.read().await.unwrap();
    let query = AuditQuery { organisation: None, before: None, size: PageSize::default() };
    let (mut events, _) = audit_list::page(reader.connection(), &query).await.unwrap();
    let newest = events.swap_remove(0);
    (newest.action, newest.changes)
}

/// Where a form is sent, what is in it, and the event that this leaves.
type Click<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

async fn each_click_leaves_its_event(engine: Engine) {
    let server = server(engine).await;
    let (acme, _) = server.partner("Acme", "ann@acme.example").await;
    let mut admin = server.admin().await;
    admin.create_user(&acme, "bob@acme.example").await.ok();
    admin.until_user_is(&acme, "bob@acme.example", "invited").await;
    let users = admin.users(&acme).await;
    let known_as = |email: &str| {
        let user = users.iter().find(|user| user["email"] == email).expect("the user");
        user["id"].as_str().expect("an ID")
    };
    let (ann, bob) = (known_as("ann@acme.example"), known_as("bob@acme.example"));
    let listener = crate::webhooks::Listener::start().await;
    let (webhook, _) = crate::webhooks::create(&mut admin, &listener.url, &[]).await;
    assert_eq!(last(&server).await.0, "webhook.created");
    let (ann, bob) = (("user", ann), ("user", bob));
    let webhook = ("id", webhook.as_str());
    let organisation = ("organisation", acme.as_str());
    let pages = [("shop", "off"), ("self_service", "all"), ("contact", "Ada")];
    let cases: [Click<'_>; 14] = [
        ("users/rename", &[bob, ("name", "Bob Reseller")], "partner_user.renamed"),
        ("users/set-role", &[bob, ("role", "manager")], "partner_user.role_changed"),
        ("users/resend-invitation", &[bob], "partner_user.invited_again"),
        ("users/reset-password", &[ann], "partner_user.password_reset"),
        ("users/set-enabled", &[bob, ("enabled", "false")], "partner_user.disabled"),
        ("users/set-enabled", &[bob, ("enabled", "true")], "partner_user.enabled"),
        ("users/delete", &[bob, ("confirmation", "bob@acme.example")], "partner_user.deleted"),
        (
            "installation/set-uses-salesforce",
            &[("uses_salesforce", "true")],
            "installation.changed",
        ),
        ("partner-pages/save", &pages, "partner_pages.changed"),
        (
            "two-step/set-of-organisation",
            &[organisation, ("required", "true")],
            "organisation.changed",
        ),
        ("webhooks/set-enabled", &[webhook, ("enabled", "false")], "webhook.disabled"),
        ("webhooks/set-enabled", &[webhook, ("enabled", "true")], "webhook.enabled"),
        ("webhooks/rotate-secret", &[webhook], "webhook.secret_rotated"),
        ("webhooks/delete", &[webhook, ("confirmation", "ERP")], "webhook.deleted"),
    ];
    for (click, fields, event) in cases {
        let answer = admin.script(&format!("/actions/{click}"), fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{click}: {}", answer.body);
        let (action, changes) = last(&server).await;
        assert_eq!(action, event, "{click}: {changes}");
    }
}

async fn it_is_narrowed_and_turned(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let first = admin.create_organisation("First").await;
    for number in 0..59 {
        admin.create_organisation(&format!("Organisation {number}")).await;
    }
    let page = list(&mut admin, json!({})).await;
    assert_eq!((rows(&page).len(), &page["previous"]), (50, &Value::Null));
    let older = list(&mut admin, json!({ "after": page["next"] })).await;
    assert_eq!((rows(&older).len(), &older["next"]), (12, &Value::Null));
    assert_eq!(rows(&older)[10]["action"], "session.opened");
    let newer = list(&mut admin, json!({ "before": older["previous"] })).await;
    assert_eq!(rows(&newer), rows(&page), "there and back again");

    let of_first = list(&mut admin, json!({ "organisation": first })).await;
    assert_eq!(rows(&of_first).len(), 1);
    let sign_ins = list(&mut admin, json!({ "area": "sign_ins" })).await;
    assert_eq!(rows(&sign_ins).len(), 1);
    let by_partners = list(&mut admin, json!({ "actor": "partner_user" })).await;
    assert_eq!(rows(&by_partners).len(), 0);
    let by_name = list(&mut admin, json!({ "search": "ada ADM", "area": "sign_ins" })).await;
    assert_eq!(rows(&by_name).len(), 1);
    let reference = rows(&of_first)[0]["reference"].as_str().unwrap().to_lowercase();
    let by_request = list(&mut admin, json!({ "search": reference })).await;
    assert_eq!(rows(&by_request), rows(&of_first));
    let today = partners_app::domain::day::iso(server.clock.today());
    let parameters = |name: &str| format!("/settings/activity?{name}={today}&area=sign_ins");
    let shown = admin.get(&parameters("from")).await;
    assert!(shown.body.contains("Signed in"), "{}", shown.body);
    let shown = admin.get("/settings/activity?until=2020-01-01").await;
    assert!(shown.body.contains("Nothing matches"), "{}", shown.body);
    let unknown = list(&mut admin, json!({ "organisation": uuid::Uuid::now_v7() })).await;
    assert_eq!(rows(&unknown), Vec::<Value>::new());
}

async fn it_is_exported_as_it_is_narrowed(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    let id = admin.create_organisation("=1+1, \"Ltd\"").await;
    for number in 0..3 {
        admin.create_organisation(&format!("Organisation {number}")).await;
    }
    let csv = admin.get("/settings/activity/export/csv?area=organisations").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("activity.csv"));
    let lines: Vec<_> = csv.body.lines().collect();
    assert_eq!(lines.len(), 5, "{}", csv.body);
    assert!(lines[0].starts_with("\u{feff}seq,at,actor_kind,"), "{}", lines[0]);
    assert!(csv.body.contains("\"'=1+1, \"\"Ltd\"\"\""), "no formula: {}", csv.body);
    let path = format!("/settings/activity/export/jsonl?organisation={id}");
    let lines = admin.get(&path).await;
    let one: Value = serde_json::from_str(lines.body.trim()).expect("one line");
    assert_eq!(one["organisation"], json!({ "id": id, "name": "=1+1, \"Ltd\"" }));
    let nowhere = format!("/settings/activity/export/jsonl?organisation={}", uuid::Uuid::now_v7());
    assert_eq!(admin.get(&nowhere).await.body, "");
    assert_eq!(admin.get("/settings/activity/export/pdf").await.status, StatusCode::NOT_FOUND);
}

async fn nobody_else_sees_it(engine: Engine) {
    let server = server(engine).await;
    let (_, mut partner) = server.partner("Acme", "ann@acme.example").await;
    let mut nobody = server.browser();
    for path in ["/settings/activity", "/settings/activity/export/csv"] {
        let by_partner = partner.get(path).await;
        assert_eq!(by_partner.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!by_partner.body.contains("partner_user.created"), "{path}");
        assert!(nobody.get(path).await.status.is_redirection(), "{path}");
    }
}

async fn a_change_behind_its_back_shows(engine: Engine) {
    let server = server(engine).await;
    let mut admin = server.admin().await;
    for number in 0..4 {
        admin.create_organisation(&format!("Organisation {number}")).await;
    }
    let whole = verify(&server, None).await;
    assert_eq!((whole.events, whole.unchained, &whole.faults), (6, 0, &Vec::new()));
    admin.create_organisation("Later").await;
    assert_eq!(verify(&server, Some(&whole.head)).await.faults, Vec::<String>::new());

    tamper(&server, engine, "UPDATE audit_event SET actor_name = 'Nobody' WHERE seq = 3").await;
    let changed = verify(&server, None).await;
    assert_eq!(changed.faults, ["Event 3 was changed, or one before it."]);
    tamper(&server, engine, "UPDATE audit_event SET actor_name = 'Ada Admin' WHERE seq = 3").await;
    assert_eq!(verify(&server, None).await.faults, Vec::<String>::new());

    tamper(&server, engine, "DELETE FROM audit_event WHERE seq = 7").await;
    let cut = verify(&server, None).await;
    assert_eq!(cut.faults, ["Event 7 is missing."]);
    // Whoever also turns the end back is found by what was noted before.
    let later = cut.head.clone();
    tamper(
        &server,
        engine,
        "UPDATE audit_head SET seq = 6, hash = (SELECT hash FROM audit_event WHERE seq = 6)",
    )
    .await;
    assert_eq!(verify(&server, Some(&whole.head)).await.faults, Vec::<String>::new());
    assert_eq!(
        verify(&server, Some(&later)).await.faults,
        ["Event 7 is not the one that was noted."]
    );
}

async fn many_changes_at_once_keep_it_whole(engine: Engine) {
    let server = server(engine).await;
    let admin = server.admin().await;
    let creations = (0..40).map(|number| {
        let mut admin = admin.clone();
        async move { admin.create_organisation(&format!("Organisation {number}")).await }
    });
    futures::stream::iter(creations).buffer_unordered(12).collect::<Vec<_>>().await;
    let verdict = verify(&server, None).await;
    assert_eq!((verdict.events, &verdict.faults), (42, &Vec::new()));
}
