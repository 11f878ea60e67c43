//! The mails that the sink has received.

use crate::support::from_xtask;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How many mails the sink has received.
pub fn mails() -> usize {
    mail_files().len()
}

/// The latest mail to `address` from `sender` that says `phrase`, of those that
/// came after the first `skip`; waits for it.
pub async fn mail_to(address: &str, sender: &str, phrase: &str, skip: usize) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let found = mail_files()
            .into_iter()
            .skip(skip)
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .map(|mail| mail.replace("=\r\n", "").replace("=\n", "").replace("\r\n", "\n"))
            .filter(|mail| mail.contains(phrase))
            .rfind(|mail| {
                let names = |header: &str, whom: &str| {
                    mail.lines().any(|line| line.starts_with(header) && line.contains(whom))
                };
                names("To:", address) && names("From:", sender)
            });
        if let Some(mail) = found {
            return mail;
        }
        assert!(Instant::now() < deadline, "no mail came for {address}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn mail_files() -> Vec<PathBuf> {
    let folder = PathBuf::from(from_xtask("TEST_SMTP_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    paths.retain(|path: &PathBuf| path.extension().is_some_and(|ending| ending == "eml"));
    paths.sort();
    paths
}

/// The rest of the line that begins with `label`, in a mail.
pub fn line_after(mail: &str, label: &str) -> String {
    let line = mail.lines().find_map(|line| line.split_once(label)).map(|(_, rest)| rest);
    line.unwrap_or_else(|| panic!("no line with {label} in {mail}")).trim().to_owned()
}
