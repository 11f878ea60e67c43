//! The program itself: where it listens, how it stops.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

struct Program {
    child: Child,
    base: String,
}

impl Program {
    fn start(file: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zuora-sandbox"))
            .env("PORT", "0")
            .env("ZUORA_SANDBOX_FILE", file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim().rsplit_once(' ').unwrap().1.to_owned();
        Self { child, base }
    }

    fn stop(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

#[tokio::test]
async fn it_listens_on_loopback_keeps_its_state_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zuora.json");
    let program = Program::start(&file);
    assert!(program.base.starts_with("http://127.0.0.1:"), "{}", program.base);
    let http = reqwest::Client::new();
    let health = http.get(format!("{}/healthz", program.base)).send().await.unwrap();
    assert_eq!(health.text().await.unwrap(), "ok");
    let tenant = serde_json::json!({ "ownerTransfer": false });
    let path = "/sandbox/tenant";
    http.post(format!("{}{path}", program.base)).json(&tenant).send().await.unwrap();
    assert!(program.stop());

    let again = Program::start(&file);
    let kept = http.get(format!("{}{path}", again.base)).send().await.unwrap();
    assert_eq!(kept.json::<Value>().await.unwrap()["ownerTransfer"], false);
    assert!(again.stop());
}
