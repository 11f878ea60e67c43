//! The command line: partner organisations, users and admins, as the built
//! program manages them, without a server that runs.

use crate::fault::{ADMIN, SECRET_KEY};
use crate::metrics::{client, program, zuora_settings};
use crate::order_fault::sign_in;
use crate::support::{Database, Engine, database};
use partners_app::domain::{ActivityQuery, ActorKind, OrganisationId};
use partners_server::store::{activity, audit, two_step};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use uuid::Uuid;
use zuora_sandbox::faults::{Fault, FaultKind};
use zuora_sandbox::{Sandbox, Settings};

on_each_engine!(
    organisations_are_managed,
    users_are_managed,
    an_admin_leaves_a_trace,
    a_new_password_ends_an_admins_sessions,
    who_lost_the_app_gets_in_again,
    the_accounts_of_who_is_deleted_are_gone,
    zuora_is_asked_before_an_organisation_is_deleted,
    whoever_has_read_enough_is_no_fault,
    who_looks_at_users_does_not_wait_for_zuora,
    the_doctor_looks_on_behind_what_is_broken,
    a_backup_is_made_and_put_back,
    what_is_given_wrong_is_told_beside_it,
    every_command_answers_in_json,
);

/// A machine with the program on it.
struct Machine {
    database: Database,
    folder: TempDir,
    /// What more it is told, as names and values.
    environment: Vec<(&'static str, String)>,
}

impl Machine {
    async fn start(engine: Engine) -> Self {
        let (database, folder) = (database(engine).await, tempfile::tempdir().unwrap());
        Self { database, folder, environment: Vec::new() }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_partners"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap()
    }

    /// The same, told this on standard input.
    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_partners"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What a command that works says.
    fn words(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.words(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// The exit code of a command that fails, and what it says.
    fn failure(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(arguments);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{arguments:?}");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn create(&self, name: &str, account: &str) -> String {
        let owner = ["--invoice-owner", "partner"];
        let arguments = ["org", "create", name, "--zuora-account", account];
        let created = self.json(&[arguments.as_slice(), &owner].concat());
        created["id"].as_str().unwrap().to_owned()
    }

    /// Every event of the trail, the oldest first: what was done and by whom.
    async fn events(&self) -> Vec<(String, Option<ActorKind>, String)> {
        let mut reader = self.database.store.read().await.unwrap();
        let verdict = audit::verify(reader.connection(), None).await.unwrap();
        assert_eq!(verdict.faults, Vec::<String>::new());
        let page = activity::page(reader.connection(), &ActivityQuery::default()).await.unwrap();
        let event = |row: partners_app::domain::ActivityRow| {
            assert_eq!((row.address.as_str(), row.reference.as_str()), ("", ""));
            (row.action, row.actor_kind, row.actor_name)
        };
        page.rows.into_iter().rev().map(event).collect()
    }

    /// Accounts of deleted users that are still at the identity provider.
    async fn left_over(&self) -> i64 {
        const LEFT: &str = "SELECT count(*) FROM former_user WHERE removed_at IS NULL";
        let url = &self.database.url;
        if url.starts_with("postgres") {
            let pool = sqlx::PgPool::connect(url).await.unwrap();
            sqlx::query_scalar(LEFT).fetch_one(&pool).await.unwrap()
        } else {
            let pool = sqlx::SqlitePool::connect(url).await.unwrap();
            sqlx::query_scalar(LEFT).fetch_one(&pool).await.unwrap()
        }
    }

    /// What is wrong with each argument, as a failing command says it in JSON.
    fn wrong(&self, arguments: &[&str]) -> Value {
        let (code, told) = self.failure(&[arguments, &["--json"]].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}"));
        assert!(told["error"].as_str().is_some_and(|error| !error.is_empty()), "{told}");
        told["fields"].clone()
    }

    /// A file beside the data; says its name.
    fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn assert_trail(&self, actions: &[&str]) {
        let by = |action: &&str| {
            ((*action).to_owned(), Some(ActorKind::System), "Command line".to_owned())
        };
        assert_eq!(self.events().await, actions.iter().map(by).collect::<Vec<_>>());
    }
}

async fn organisations_are_managed(engine: Engine) {
    let machine = Machine::start(engine).await;
    assert_eq!(machine.json(&["org", "list"]), Value::Array(Vec::new()));
    let acme = machine.create("Acme", "A1");
    let shown = machine.json(&["org", "show", &acme]);
    assert_eq!(shown["name"], "Acme");
    assert_eq!(shown["zuora_account_id"], "A1");
    assert_eq!(shown["invoice_owner"], "partner");
    assert_eq!(shown["suspended"], Value::Null);

    let (code, told) = machine.failure(&[
        "org",
        "create",
        "ACME",
        "--zuora-account",
        "A2",
        "--invoice-owner",
        "end_customer",
    ]);
    assert_eq!(code, Some(1));
    assert!(told.contains(&format!("Acme ({acme}) has the same name")), "{told}");
    assert!(told.contains("--accept-duplicates"), "{told}");
    machine.words(&[
        "org",
        "create",
        "ACME",
        "--zuora-account",
        "A2",
        "--invoice-owner",
        "end_customer",
        "--accept-duplicates",
    ]);

    let renamed = machine.json(&["org", "rename", &acme, "Acme Ltd"]);
    assert_eq!(
        (&renamed["name"], &renamed["modified_by"]),
        (&"Acme Ltd".into(), &"Command line".into())
    );
    let suspended = machine.json(&["org", "suspend", &acme]);
    assert!(suspended["suspended"].is_string(), "{suspended}");
    let list = machine.words(&["org", "list", "--search", "ltd"]);
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert!(lines[0].starts_with("ID ") && lines[1].starts_with(&acme), "{list}");
    assert!(lines[1].contains("suspended") && lines[1].ends_with("Acme Ltd"), "{list}");
    let active = machine.json(&["org", "reactivate", &acme]);
    assert_eq!(active["suspended"], Value::Null);
    let all = machine.json(&["org", "list"]);
    let names: Vec<_> = all.as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["Acme Ltd", "ACME"]);
    let (code, told) = machine.failure(&["org", "delete", &acme, "--confirm", "Acme"]);
    assert_eq!((code, told.contains("--confirm: ")), (Some(2), true), "{told}");
    let (code, _) = machine.failure(&["org", "delete", &acme, "--confirm", "Acme Ltd"]);
    assert_eq!(code, Some(1), "it is not suspended");
    machine.words(&["org", "suspend", &acme]);
    machine.words(&["org", "delete", &acme, "--confirm", "Acme Ltd"]);
    assert_eq!(machine.failure(&["org", "show", &acme]).0, Some(2));
    let of_owner = machine.json(&["org", "list", "--invoice-owner", "end_customer"]);
    assert_eq!(of_owner.as_array().map(Vec::len), Some(1));
    machine
        .assert_trail(&[
            "organisation.created",
            "organisation.created",
            "organisation.changed",
            "organisation.suspended",
            "organisation.reactivated",
            "organisation.suspended",
            "organisation.deleted",
        ])
        .await;
}

async fn users_are_managed(engine: Engine) {
    let machine = Machine::start(engine).await;
    let acme = machine.create("Acme", "A1");
    let create = ["user", "create", &acme, "--email", "Ann@Acme.Example", "--name", "Ann"];
    let created = machine.json(&create);
    // The command itself has made the account: no server runs.
    assert_eq!(created["status"], "invited", "{created}");
    assert_eq!(created["email"], "ann@acme.example");
    assert!(created["temporary_password"].as_str().is_some_and(|p| p.len() >= 8), "{created}");
    let id = created["id"].as_str().unwrap();

    let (code, told) = machine.failure(&create);
    assert_eq!(code, Some(2));
    assert!(told.contains("--email: ann@acme.example already belongs to Acme"), "{told}");

    let listed = machine.words(&["user", "list", &acme]);
    assert!(listed.contains("ann@acme.example") && listed.contains("Invited"), "{listed}");
    let shown = machine.json(&["user", "show", id]);
    assert_eq!(shown, machine.json(&["user", "show", "ANN@acme.example"]));
    assert_eq!(shown["temporary_password"], Value::Null, "{shown}");

    let again = machine.json(&["user", "resend", "ann@acme.example"]);
    assert_ne!(again["temporary_password"], created["temporary_password"]);
    assert_eq!(machine.json(&["user", "disable", id])["status"], "disabled");
    let (code, told) = machine.failure(&["user", "resend", id]);
    assert_eq!((code, told.contains("Ann is disabled")), (Some(1), true), "{told}");
    assert_eq!(machine.json(&["user", "enable", id])["status"], "invited");
    assert_eq!(machine.json(&["user", "rename", id, "Ann Lee"])["name"], "Ann Lee");
    let second = ["user", "create", &acme, "--email", "bob@acme.example", "--name", "Bob"];
    assert_eq!(machine.json(&second)["role"], "member");
    let (code, told) = machine.failure(&[second.as_slice(), &["--role", "owner"]].concat());
    assert_eq!((code, told.contains("--role: ")), (Some(2), true), "{told}");
    assert_eq!(machine.json(&["user", "role", "bob@acme.example", "manager"])["role"], "manager");
    let (code, told) = machine.failure(&["user", "reset-password", "bob@acme.example"]);
    assert_eq!((code, told.contains("has not signed in yet")), (Some(1), true), "{told}");
    let (code, told) = machine.failure(&["user", "delete", id, "--confirm", "bob@acme.example"]);
    assert_eq!((code, told.contains("--confirm: ")), (Some(2), true), "{told}");
    machine.words(&["user", "delete", id, "--confirm", "ann@acme.example"]);
    assert_eq!(machine.failure(&["user", "show", id]).0, Some(2));
    machine
        .assert_trail(&[
            "organisation.created",
            "partner_user.created",
            "partner_user.invited_again",
            "partner_user.disabled",
            "partner_user.enabled",
            "partner_user.renamed",
            "partner_user.created",
            "partner_user.role_changed",
            "partner_user.deleted",
        ])
        .await;
}

async fn an_admin_leaves_a_trace(engine: Engine) {
    let machine = Machine::start(engine).await;
    let made = machine.json(&["admin", "create", "--email", "ada@example.com", "--name", "Ada"]);
    assert_eq!(made["email"], "ada@example.com");
    let password = made["password"].as_str().unwrap();
    let words = machine.words(&["admin", "create", "--email", "ada@example.com"]);
    assert!(!words.contains(password), "a new password: {words}");
    machine.assert_trail(&["admin.created", "admin.password_set"]).await;
    let mut reader = machine.database.store.read().await.unwrap();
    let page = activity::page(reader.connection(), &ActivityQuery::default()).await.unwrap();
    assert!(!format!("{page:?}").contains(password));
}

async fn a_new_password_ends_an_admins_sessions(engine: Engine) {
    let machine = Machine::start(engine).await;
    let mut program = program(&machine.database, &machine.folder);
    // Where the commands look, too.
    let data = machine.folder.path().join("data");
    program.environment.insert("DATA_DIR", data.display().to_string());
    let client = client();
    program.start(&client).await;
    let admin = sign_in(&client, &program.url, ADMIN.0, ADMIN.1).await;
    let status = async || {
        let page = client.get(format!("{}/settings/profile/partners", program.url));
        page.header("cookie", &admin.session).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200);
    machine.words(&["admin", "create", "--email", "somebody.else@example.com"]);
    assert_eq!(status().await, 200, "that was somebody else");
    machine.words(&["admin", "create", "--email", ADMIN.0]);
    assert_ne!(status().await, 200, "whoever had the old password is out");
}

async fn who_lost_the_app_gets_in_again(engine: Engine) {
    let machine = Machine::start(engine).await;
    let acme = machine.create("Acme", "A1");
    machine.json(&["user", "create", &acme, "--email", "ann@acme.example", "--name", "Ann"]);
    machine.json(&["admin", "create", "--email", ADMIN.0]);
    let remove = |email| machine.words(&["admin", "remove-two-step", "--email", email]);
    assert!(remove("ann@acme.example").contains("signs in with the password alone"));
    let id: OrganisationId = acme.parse().unwrap();
    let mut writer = machine.database.store.write().await.unwrap();
    two_step::set_required(writer.connection(), id, true).await.unwrap();
    writer.commit().await.unwrap();
    assert!(remove("ann@acme.example").contains("has to set two-step sign-in up again"));
    assert!(remove(ADMIN.0).contains("signs in with the password alone"));

    let mut reader = machine.database.store.read().await.unwrap();
    let query = ActivityQuery { organisation: Some(id), ..ActivityQuery::default() };
    let page = activity::page(reader.connection(), &query).await.unwrap();
    let removed = page.rows.iter().filter(|row| row.action == "two_step.removed");
    let whose: Vec<_> = removed.map(|row| row.subject.as_deref()).collect();
    assert_eq!(whose, [Some("Ann"), Some("Ann")], "hers, and not the admin’s");
}

async fn the_accounts_of_who_is_deleted_are_gone(engine: Engine) {
    let machine = Machine::start(engine).await;
    let acme = machine.create("Acme", "A1");
    for name in ["ann", "bob", "cleo"] {
        let email = format!("{name}@acme.example");
        machine.json(&["user", "create", &acme, "--email", &email, "--name", name]);
    }
    machine.words(&["user", "delete", "bob@acme.example", "--confirm", "bob@acme.example"]);
    assert_eq!(machine.left_over().await, 0);
    machine.words(&["org", "suspend", &acme]);
    machine.words(&["org", "delete", &acme, "--confirm", "Acme"]);
    assert_eq!(machine.left_over().await, 0);
    // Nor does anybody else have to make the accounts of imported users.
    let other = machine.create("Other", "A2");
    let line = format!("email,name,partner_organisation_id\nann@acme.example,Ann,{other}\n");
    let file = machine.file("users.csv", &line);
    let imported = machine.json(&["import", "users", &file]);
    assert_eq!(imported["created"].as_array().map(Vec::len), Some(1), "{imported}");
    assert_eq!(machine.json(&["user", "show", "ann@acme.example"])["status"], "invited");
}

async fn zuora_is_asked_before_an_organisation_is_deleted(engine: Engine) {
    let mut machine = Machine::start(engine).await;
    let sandbox = Sandbox::open(Settings::default()).unwrap();
    let zuora = zuora_sandbox::start(sandbox.clone()).await.unwrap();
    machine.environment = zuora_settings(zuora).into();
    let id = machine.create("Harbor", "PA-1002");
    machine.words(&["org", "suspend", &id]);
    // No server runs that would have read what Zuora has of it.
    let delete = ["org", "delete", &id, "--confirm", "Harbor"];
    sandbox.add_fault(Fault::new(FaultKind::Unavailable));
    let (code, told) = machine.failure(&delete);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Zuora has not answered for a while"), "{told}");
    sandbox.clear_faults();
    machine.words(&delete);
    assert_eq!(machine.json(&["org", "list"]), serde_json::json!([]));
}

async fn whoever_has_read_enough_is_no_fault(engine: Engine) {
    let machine = Machine::start(engine).await;
    machine.create("Acme", "A1");
    // Nobody reads what it writes.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    for arguments in [["org", "list"].as_slice(), &["org", "list", "--json"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_partners"))
            .args(arguments)
            .current_dir(machine.folder.path())
            .env_clear()
            .env("DATABASE_URL", &machine.database.url)
            .stdout(writer.try_clone().unwrap())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
    }
}

async fn who_looks_at_users_does_not_wait_for_zuora(engine: Engine) {
    let mut machine = Machine::start(engine).await;
    // Its account has not been looked at in Zuora yet.
    let id = machine.create("Harbor", "PA-1002");
    let sandbox = Sandbox::open(Settings { exchanges: 100, ..Settings::default() }).unwrap();
    let zuora = zuora_sandbox::start(sandbox.clone()).await.unwrap();
    machine.environment = zuora_settings(zuora).into();
    let email = "ann@harbor.example";
    let created =
        machine.json(&["user", "create", &id, "--email", email, "--name", "Ann Reseller"]);
    assert_eq!(created["status"], "invited");
    assert!(created["temporary_password"].is_string(), "{created}");
    assert_eq!(machine.json(&["user", "show", email])["id"], created["id"]);
    assert_eq!(machine.json(&["user", "list", &id])[0]["email"], email);
    assert_eq!(sandbox.exchanges().len(), 0);
}

async fn the_doctor_looks_on_behind_what_is_broken(engine: Engine) {
    let machine = Machine::start(engine).await;
    machine.words(&["org", "list"]);
    let output = Command::new(env!("CARGO_BIN_EXE_partners"))
        .args(["doctor", "--json"])
        .current_dir(machine.folder.path())
        .env_clear()
        .env("DATABASE_URL", &machine.database.url)
        // Another key than the one that the database knows.
        .env("SECRET_KEY", SECRET_KEY)
        .env("METRICS_LISTEN", format!("127.0.0.1:{}", crate::port::free_port()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let about = |word: &str| {
        let findings = told["findings"].as_array().unwrap();
        let it = findings.iter().find(|it| it["check"].as_str().unwrap().contains(word));
        it.unwrap_or_else(|| panic!("{word}: {told}")).clone()
    };
    let broken = about("The server can start");
    assert_eq!(broken["ok"], false);
    assert!(broken["change"].as_str().unwrap().contains("SECRET_KEY"), "{broken}");
    assert_eq!(about("Metrics")["ok"], true);
}

async fn a_backup_is_made_and_put_back(engine: Engine) {
    let machine = Machine::start(engine).await;
    machine.create("Acme", "A1");
    let copy = machine.folder.path().join("copy.db").display().to_string();
    if engine == Engine::Postgres {
        for (command, tool) in [("backup", "pg_dump"), ("restore", "pg_restore")] {
            let (code, told) = machine.failure(&[command, &copy]);
            assert_eq!((code, told.contains(tool)), (Some(1), true), "{told}");
        }
        return;
    }
    let made = machine.json(&["backup", &copy]);
    assert_eq!(made["file"], copy.as_str());
    let bytes = std::fs::metadata(&copy).unwrap().len();
    assert_eq!(made["bytes"], bytes);
    assert!(machine.wrong(&["backup", &copy])["file"].is_string(), "it is there already");
    machine.create("Later", "A2");
    machine.database.store.close().await;
    let gone = machine.folder.path().join("gone.db").display().to_string();
    let refused = machine.wrong(&["restore", &gone, "--replace"]);
    assert!(refused["file"].as_str().unwrap().contains("is not there"), "{refused}");
    assert!(machine.wrong(&["restore", &copy])["replace"].is_string());
    assert_eq!(machine.json(&["restore", &copy, "--replace"])["restored"], copy.as_str());
    let there = machine.json(&["org", "list"]);
    let names: Vec<_> = there.as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["Acme"], "as it was at the backup");
}

async fn what_is_given_wrong_is_told_beside_it(engine: Engine) {
    let machine = Machine::start(engine).await;
    let wrong = ["org", "create", " ", "--zuora-account", "A 1", "--invoice-owner", "nobody"];
    let (code, told) = machine.failure(&wrong);
    assert_eq!(code, Some(2));
    for beside in ["NAME: Enter", "--zuora-account: Remove", "--invoice-owner: Choose"] {
        assert!(told.contains(beside), "{beside}: {told}");
    }
    let (code, told) = machine.failure(&[wrong.as_slice(), &["--json"]].concat());
    assert_eq!(code, Some(2));
    let told: Value = serde_json::from_str(&told).unwrap();
    let fields: Vec<_> = told["fields"].as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), 3, "{told}");
    assert!(told["fields"]["zuora_account_id"].is_string(), "{told}");

    let nowhere = Uuid::now_v7().to_string();
    for command in [
        vec!["org", "show", &nowhere],
        vec!["org", "suspend", &nowhere],
        vec!["user", "list", &nowhere],
        vec!["user", "disable", &nowhere],
        vec!["user", "show", "nobody@example.com"],
        vec!["org", "show", "no-id"],
        vec!["user", "show", "no-id"],
        vec!["admin", "create", "--email", "no-address"],
        vec!["api-client", "create", ""],
        vec!["api-client", "create", "Sync", "--organisation", &nowhere],
        vec!["org", "no-such-command"],
    ] {
        let (code, told) = machine.failure(&command);
        assert_eq!(code, Some(2), "{command:?}: {told}");
        machine.wrong(&command);
    }
    let people = machine.file("people.csv", "address,name\nann@acme.example,Ann\n");
    let text = machine.file("notes.txt", "");
    for (command, field, words) in [
        (vec!["api-client", "revoke", &nowhere], "id", "There is no API client"),
        (
            vec!["admin", "remove-two-step", "--email", "nobody@example.com"],
            "email",
            "nobody@example.com has no account",
        ),
        (vec!["import", "users", "nowhere.csv"], "file", "nowhere.csv cannot be read"),
        (vec!["import", "users", &text], "file", ""),
        (vec!["import", "users", &people], "column", "No column has"),
        (vec!["import", "users", &people, "--column", "email"], "column", "FIELD=COLUMN"),
        (
            vec!["import", "users", &people, "--column", "shoe=name"],
            "column",
            "There is no field shoe",
        ),
        (
            vec!["import", "users", &people, "--column", "email=mail"],
            "column",
            "The file has no column mail",
        ),
    ] {
        let told = machine.wrong(&command);
        let message = told[field].as_str().unwrap_or_else(|| panic!("{command:?}: {told}"));
        assert!(message.contains(words), "{command:?}: {told}");
    }
    let weak = machine.run_with(
        &["admin", "create", "--email", "a@b.example", "--password-stdin", "--json"],
        "short\n",
    );
    assert_eq!(weak.status.code(), Some(2));
    let told: Value = serde_json::from_slice(&weak.stderr).unwrap();
    assert!(told["fields"]["password"].is_string(), "{told}");
    assert_eq!(machine.events().await, []);
}

async fn every_command_answers_in_json(engine: Engine) {
    let machine = Machine::start(engine).await;
    let doctor = machine.json(&["doctor"]);
    assert_eq!(doctor["ok"], true);
    assert!(doctor["findings"].as_array().is_some_and(|findings| findings.len() >= 2), "{doctor}");
    assert_eq!(machine.json(&["migrate"])["up_to_date"], true);
    let verdict = machine.json(&["audit", "verify"]);
    assert_eq!(verdict["whole"], true);
    let head = verdict["head"].as_str().unwrap().to_owned();
    let client = machine.json(&["api-client", "create", "Sync"]);
    let id = client["client_id"].as_str().unwrap();
    assert!(client["client_secret"].is_string());
    let listed = machine.json(&["api-client", "list"]);
    assert_eq!((&listed[0]["client_id"], &listed[0]["state"]), (&id.into(), &"active".into()));
    let revoked = machine.json(&["api-client", "revoke", id]);
    assert!(revoked["revoked"].is_string());
    assert_eq!(revoked["state"], "revoked");
    let file = machine.file("some.csv", "name,zuora_account_id,invoice_owner\nAcme,A1,partner\n");
    let looked = machine.json(&["import", "organisations", &file, "--dry-run"]);
    assert_eq!((&looked["dry_run"], &looked["ready"]), (&true.into(), &1.into()), "{looked}");
    let imported = machine.json(&["import", "organisations", &file]);
    assert_eq!(imported["created"].as_array().map(Vec::len), Some(1), "{imported}");
    let exported = machine.json(&["export", "organisations"]);
    assert_eq!((&exported["name"], &exported["users"]), (&"Acme".into(), &0.into()));
    assert_eq!(machine.words(&["export", "users", "--json"]), "", "there are none");
    // The trail goes on from where it was, and from nowhere else.
    assert_eq!(machine.json(&["audit", "verify", "--expect", &head])["whole"], true);
    let elsewhere = format!("1:{}", "0".repeat(64));
    let told = machine.run(&["audit", "verify", "--expect", &elsewhere, "--json"]);
    let verdict: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((told.status.code(), &verdict["whole"]), (Some(1), &false.into()));
    assert_eq!(verdict["faults"], serde_json::json!(["Event 1 is not the one that was noted."]));
    // No server runs.
    let (code, told) = machine.failure(&["health", "--json"]);
    assert_eq!(code, Some(1));
    assert!(serde_json::from_str::<Value>(&told).unwrap()["error"].is_string(), "{told}");
}
