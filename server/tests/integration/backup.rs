//! SQLite's database is backed up while it is written to, and put back.

use partners_app::domain::Timestamp;
use partners_server::store::audit::{self, Actor, Event};
use partners_server::store::{Store, backup};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

async fn record(store: &Store, action: &'static str) {
    let actor = Actor::partners();
    let event = Event { action, organisation: None, subject: None, changes: serde_json::json!({}) };
    let mut writer = store.write().await.unwrap();
    let now = Timestamp::from_millis(1_794_492_187_042);
    audit::record(writer.connection(), now, &actor, &event).await.unwrap();
    writer.commit().await.unwrap();
}

async fn events(store: &Store) -> i64 {
    let mut reader = store.read().await.unwrap();
    let verdict = audit::verify(reader.connection(), None).await.unwrap();
    assert_eq!(verdict.faults, Vec::<String>::new());
    verdict.events
}

async fn open(file: &Path) -> Store {
    Store::open(&format!("sqlite://{}", file.display())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_whole_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (database, file) = (folder.path().join("partners.db"), folder.path().join("copy.db"));
    let store = open(&database).await;
    record(&store, "first").await;
    // While the server goes on writing.
    let is_backed_up = Arc::new(AtomicBool::new(false));
    let busy = {
        let (store, is_backed_up) = (store.clone(), Arc::clone(&is_backed_up));
        tokio::spawn(async move {
            let mut written = 1;
            while !is_backed_up.load(Ordering::Relaxed) {
                record(&store, "meanwhile").await;
                written += 1;
            }
            record(&store, "behind it").await;
            written + 1
        })
    };
    backup::back_up(&database, &file).await.unwrap();
    is_backed_up.store(true, Ordering::Relaxed);
    let total = busy.await.unwrap();
    assert_eq!(events(&store).await, total);
    let again = backup::back_up(&database, &file).await.unwrap_err().to_string();
    assert!(again.contains("exists already"), "{again}");

    let refused = backup::restore(&database, &file, false).await.unwrap_err().to_string();
    assert!(refused.contains("--replace"), "{refused}");
    let refused = backup::restore(&database, &file, true).await.unwrap_err().to_string();
    assert!(refused.contains("stop the server first"), "{refused}");
    assert_eq!(events(&store).await, total, "nothing was lost by that");
    store.close().await;
    backup::restore(&database, &file, true).await.unwrap();
    let restored = open(&database).await;
    assert!((1..total).contains(&events(&restored).await));
    record(&restored, "after").await;
}

#[tokio::test]
async fn what_is_no_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("partners.db");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database at all, but long enough to be looked at".repeat(40))
        .unwrap();
    let refused = backup::restore(&database, &text, false).await.unwrap_err().to_string();
    assert!(refused.contains("no SQLite database"), "{refused}");
    let missing = folder.path().join("missing.db");
    let refused = backup::restore(&database, &missing, false).await.unwrap_err().to_string();
    assert!(refused.contains("is not there"), "{refused}");
    assert!(!database.exists());
}

#[tokio::test]
async fn a_backup_that_cannot_be_used_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (database, file) = (folder.path().join("partners.db"), folder.path().join("copy.db"));
    let store = open(&database).await;
    record(&store, "first").await;
    backup::back_up(&database, &file).await.unwrap();
    record(&store, "second").await;
    store.close().await;
    // As a newer version would have written it.
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'of tomorrow', TRUE, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let refused = backup::restore(&database, &file, true).await.unwrap_err();
    assert!(format!("{refused:#}").contains("the database is as it was"), "{refused:#}");
    let store = open(&database).await;
    assert_eq!(events(&store).await, 2);
    store.close().await;
    let mut left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort_unstable();
    assert_eq!(left, ["copy.db", "partners.db", "partners.migration-lock"]);
}

#[tokio::test]
async fn a_backup_that_is_kept_from_writing_comes_back_as_the_database_was() {
    let folder = tempfile::tempdir().unwrap();
    let (database, file) = (folder.path().join("partners.db"), folder.path().join("copy.db"));
    let store = open(&database).await;
    record(&store, "first").await;
    backup::back_up(&database, &file).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o077, 0, "it is nobody else's");
    store.close().await;
    let set = |file: &Path, mode| {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(&file, 0o400);
    set(&database, 0o640);
    backup::restore(&database, &file, true).await.unwrap();
    assert_eq!(std::fs::metadata(&database).unwrap().mode() & 0o777, 0o640);
    let restored = open(&database).await;
    record(&restored, "after").await;
    assert_eq!(events(&restored).await, 2);
    restored.close().await;
    // Where there was none it is its owner's alone.
    std::fs::remove_file(&database).unwrap();
    backup::restore(&database, &file, false).await.unwrap();
    assert_eq!(std::fs::metadata(&database).unwrap().mode() & 0o777, 0o600);
}
