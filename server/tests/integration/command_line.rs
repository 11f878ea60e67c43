//! The command line: partner organisations, users and admins, as the built
//! program manages them, without a server that runs.

use crate::support::{Database, Engine, database};
use partners_app::domain::{ActivityQuery, ActorKind};
use partners_server::store::{activity, audit};
use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;
use uuid::Uuid;

on_each_engine!(
    organisations_are_managed,
    users_are_managed,
    an_admin_leaves_a_trace,
    what_is_given_wrong_is_told_beside_it,
    every_command_answers_in_json,
);

/// A machine with the program on it.
struct Machine {
    database: Database,
    folder: TempDir,
}

impl Machine {
    async fn start(engine: Engine) -> Self {
        Self { database: database(engine).await, folder: tempfile::tempdir().unwrap() }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_partners"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .output()
            .unwrap()
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
    assert_eq!((code, told.contains("has not set a password yet")), (Some(1), true), "{told}");
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
    ] {
        let (code, told) = machine.failure(&command);
        assert_eq!(code, Some(2), "{command:?}: {told}");
    }
    assert_eq!(machine.events().await, []);
}

async fn every_command_answers_in_json(engine: Engine) {
    let machine = Machine::start(engine).await;
    let doctor = machine.json(&["doctor"]);
    assert_eq!(doctor["ok"], true);
    assert!(doctor["findings"].as_array().is_some_and(|findings| findings.len() >= 2), "{doctor}");
    assert_eq!(machine.json(&["migrate"])["up_to_date"], true);
    assert_eq!(machine.json(&["audit", "verify"])["whole"], true);
    let client = machine.json(&["api-client", "create", "Sync"]);
    let id = client["client_id"].as_str().unwrap();
    assert!(client["client_secret"].is_string());
    let listed = machine.json(&["api-client", "list"]);
    assert_eq!((&listed[0]["client_id"], &listed[0]["state"]), (&id.into(), &"active".into()));
    let revoked = machine.json(&["api-client", "revoke", id]);
    assert!(revoked["revoked"].is_string());
    assert_eq!(revoked["state"], "revoked");
    // No server runs.
    let (code, told) = machine.failure(&["health", "--json"]);
    assert_eq!(code, Some(1));
    assert!(serde_json::from_str::<Value>(&told).unwrap()["error"].is_string(), "{told}");
}
