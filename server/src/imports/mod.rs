//! Importing files of partner organisations and partner users.
//!
//! A file is read and checked when it comes, and its rows stand in the
//! database from then on. What is ready is created in batches, each with its
//! audit events in one transaction that also notes it in the rows: whatever
//! stops this in the middle, it goes on where it was.

mod checking;
mod reading;
mod zuora;

pub use checking::{Above, New, Rules, Verdict};
pub use reading::{Line, Table, read, too_large};

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::creating;
use crate::duty::{Duty, attend};
use crate::identity::{Identity, InvitationDelivery, Passwords};
use crate::random;
use crate::reconcile::Reconciler;
use crate::store::audit::{self, Actor};
use crate::store::{Store, StoreError, StoreResult, Writer, drafts, imports, settings};
use async_trait::async_trait;
use partners_app::domain::{
    AccountCheck, Import, ImportCounts, ImportId, ImportKind, ImportRow, ImportState, Matching,
    OrganisationId, RowState, Timestamp, ZuoraAccountId,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, OnceCell, watch};
use tracing::Instrument;
use uuid::Uuid;

/// How many rows are created in one transaction: others write between two.
const BATCH: i64 = 200;
/// How many rows are looked at together.
const LOOK: usize = 500;
/// How long a file's rows are kept, and files of which nothing was imported.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often what is too old is looked for.
const CLEANING: Duration = Duration::from_secs(60 * 60);

/// What came of starting an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// It has begun.
    Now,
    /// It had begun before.
    Before,
    /// Its columns have something else by now than what was looked at.
    ColumnsChanged,
}

/// Reads, checks and imports files.
#[derive(Clone)]
pub struct Imports {
    store: Store,
    clock: Clock,
    identity: Arc<dyn Identity>,
    passwords: Passwords,
    reconciler: Reconciler,
    accounts: Accounts,
    wake: Arc<Notify>,
    cleaned_at: Arc<AtomicI64>,
    unknown: Arc<OnceCell<String>>,
}

impl Imports {
    /// Imports; [`Imports::run`] starts them.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        identity: Arc<dyn Identity>,
        passwords: Passwords,
        reconciler: Reconciler,
        accounts: Accounts,
    ) -> Self {
        let (wake, cleaned_at, unknown) = Default::default();
        Self { store, clock, identity, passwords, reconciler, accounts, wake, cleaned_at, unknown }
    }

    /// Works until `stop` turns true; finishes the batch it is in.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        attend(&self, &self.clock, &self.wake, stop).await;
    }

    /// Whether admins hand temporary passwords over, because no mail is sent.
    #[must_use]
    pub fn hands_over(&self) -> bool {
        self.identity.invitation_delivery() == InvitationDelivery::HandOver
    }

    /// Looks at all lines of a file and changes nothing.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn look(
        &self,
        kind: ImportKind,
        lines: Vec<Line>,
        matching: &Matching,
    ) -> StoreResult<Vec<ImportRow>> {
        let (mut rows, accounts) = self.look_at_lines(kind, lines, matching).await?;
        zuora::check(&self.accounts, &mut rows, accounts).await;
        Ok(rows)
    }

    /// What the database says of the lines; and the Zuora accounts of those
    /// that can be imported, with their places.
    async fn look_at_lines(
        &self,
        kind: ImportKind,
        lines: Vec<Line>,
        matching: &Matching,
    ) -> StoreResult<(Vec<ImportRow>, Vec<(usize, ZuoraAccountId)>)> {
        let mut reader = self.store.read().await?;
        let uses_salesforce = settings::uses_salesforce(reader.connection()).await?.0;
        let rules = Rules { kind, matching: matching.clone(), uses_salesforce };
        let mut above = Above::default();
        let (mut looked, mut accounts) = (Vec::with_capacity(lines.len()), Vec::new());
        let mut lines = lines.into_iter();
        loop {
            let some: Vec<Line> = lines.by_ref().take(LOOK).collect();
            if some.is_empty() {
                return Ok((looked, accounts));
            }
            let rows: Vec<_> = some.iter().map(|line| (line.line, &*line.cells)).collect();
            let verdicts = checking::check(reader.connection(), &rules, &mut above, &rows).await?;
            for (line, verdict) in some.into_iter().zip(verdicts) {
                if let Some(New::Organisation(new)) = verdict.new {
                    accounts.push((looked.len(), new.zuora_account));
                }
                let number = i64::try_from(looked.len()).unwrap_or(i64::MAX) + 1;
                looked.push(ImportRow {
                    number,
                    line: line.line,
                    cells: line.cells,
                    state: verdict.state,
                    problems: verdict.problems,
                    organisation: verdict.existing.map(|(_, organisation)| organisation),
                    subject: verdict.existing.map(|(subject, _)| subject),
                });
            }
        }
    }

    /// Keeps a file that was read and looked at, in the name of `by`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep(
        &self,
        kind: ImportKind,
        (file_name, bytes): (&str, &[u8]),
        columns: Vec<String>,
        matching: Matching,
        rows: &[ImportRow],
        by: &str,
    ) -> StoreResult<ImportId> {
        let import = Import {
            id: ImportId(Uuid::now_v7()),
            kind,
            file_name: file_name.to_owned(),
            columns,
            matching,
            state: ImportState::Checked,
            created_at: self.clock.now(),
            created_by: by.to_owned(),
            finished_at: None,
            started_by: String::new(),
            rows: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        };
        let mut writer = self.store.write().await?;
        imports::insert(writer.connection(), &import, &digest(kind, bytes)).await?;
        imports::replace_rows(writer.connection(), import.id, rows).await?;
        writer.commit().await?;
        Ok(import.id)
    }

    /// The last import that was done of a file with this content.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn earlier(&self, kind: ImportKind, bytes: &[u8]) -> StoreResult<Option<Import>> {
        let mut reader = self.store.read().await?;
        imports::earlier(reader.connection(), &digest(kind, bytes), ImportId::default()).await
    }

    /// All rows of an import.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn all_rows(&self, id: ImportId) -> StoreResult<Vec<ImportRow>> {
        let mut reader = self.store.read().await?;
        imports::rows(reader.connection(), id, &RowState::ALL, (None, None), i64::MAX).await
    }

    /// Looks at the rows of an import anew, with other columns; false where it
    /// was started meanwhile.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn match_columns(&self, import: &Import, matching: &Matching) -> StoreResult<bool> {
        let rows = self.all_rows(import.id).await?;
        let lines = rows.into_iter().map(|row| Line { line: row.line, cells: row.cells });
        let rows = self.look(import.kind, lines.collect(), matching).await?;
        let mut writer = self.store.write().await?;
        if !imports::hold(writer.connection(), import.id).await? {
            return Ok(false);
        }
        imports::set_matching(writer.connection(), import.id, matching).await?;
        imports::replace_rows(writer.connection(), import.id, &rows).await?;
        writer.commit().await?;
        Ok(true)
    }

    /// Has what is ready created, in the name of `actor`, as it was looked at
    /// with this matching.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn start(
        &self,
        id: ImportId,
        matching: &Matching,
        actor: &Actor,
        accepts_lookalikes: bool,
    ) -> StoreResult<Start> {
        let kept = serde_json::to_string(actor)
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let (kept, by) = (kept.as_str(), actor.name.as_str());
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        let started =
            imports::start(writer.connection(), id, matching, (kept, by), accepts_lookalikes, now)
                .await?;
        if !started {
            let there = imports::by_id(writer.connection(), id).await?;
            let waits = there.is_some_and(|kept| kept.import.state == ImportState::Checked);
            return Ok(if waits { Start::ColumnsChanged } else { Start::Before });
        }
        writer.commit().await?;
        self.wake.notify_one();
        Ok(Start::Now)
    }

    /// How far an import has come; `None` where there is none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn progress(&self, id: ImportId) -> StoreResult<Option<(Import, ImportCounts)>> {
        let mut reader = self.store.read().await?;
        let Some(kept) = imports::by_id(reader.connection(), id).await? else { return Ok(None) };
        let counts = imports::counts(reader.connection(), id).await?;
        Ok(Some((kept.import, counts)))
    }

    /// Creates what some rows of the oldest import under way describe; returns
    /// how many rows that were, and of none notes that the import is done.
    ///
    /// # Errors
    /// Where the database fails; then nothing of the batch was created.
    pub async fn work_batch(&self) -> StoreResult<usize> {
        if !imports::is_under_way(self.store.read().await?.connection()).await? {
            return Ok(0);
        }
        let handed_over = self.unknown_password().await?;
        let create = async {
            match self.create_batch(handed_over).await {
                // A form was faster with the same email: the second look finds it.
                Err(StoreError::AlreadyExists) => self.create_batch(handed_over).await,
                done => done,
            }
        };
        let span = tracing::info_span!(target: "partners_trace", "import rows");
        let done = create.instrument(span).await?;
        if done > 0 {
            self.reconciler.wake();
        }
        Ok(done)
    }

    async fn create_batch(&self, handed_over: Option<&str>) -> StoreResult<usize> {
        let mut writer = self.store.write().await?;
        let Some(kept) = imports::claim(writer.connection()).await? else { return Ok(0) };
        let (import, now) = (&kept.import, self.clock.now());
        let ready = [RowState::Ready];
        let rows =
            imports::rows(writer.connection(), import.id, &ready, (None, None), BATCH).await?;
        if rows.is_empty() {
            imports::finish(writer.connection(), import.id, now).await?;
            writer.commit().await?;
            tracing::info!(import.id = %import.id, "an import is done");
            // One look more, for the next import.
            return Ok(1);
        }
        let actor = kept.actor.as_deref().map(serde_json::from_str::<Actor>).transpose();
        let actor = actor
            .ok()
            .flatten()
            .ok_or_else(|| StoreError::Unreadable(format!("import {} has no actor", import.id)))?;
        let uses_salesforce = settings::uses_salesforce(writer.connection()).await?.0;
        let rules = Rules { kind: import.kind, matching: import.matching.clone(), uses_salesforce };
        let cells: Vec<_> = rows.iter().map(|row| (row.line, &*row.cells)).collect();
        let verdicts = check_held(&mut writer, &rules, &cells).await?;
        let mut events = Vec::with_capacity(rows.len());
        for (row, mut verdict) in rows.iter().zip(verdicts) {
            let wanted = verdict.state == RowState::Ready
                || verdict.state == RowState::LooksSame && kept.accepts_lookalikes;
            let new = verdict.new.take().filter(|_| wanted);
            let mut made = verdict.existing;
            if let Some(new) = new {
                let key = key_of(import.id, row.number);
                let (subject, organisation, event) = match &new {
                    New::Organisation(new) => {
                        let (id, event) = creating::organisation(
                            writer.connection(),
                            key,
                            new,
                            &AccountCheck::Unverified,
                            &actor.name,
                            now,
                        )
                        .await?;
                        (id.0, id, event)
                    }
                    New::User(organisation, new) => {
                        let (id, event) = creating::user(
                            writer.connection(),
                            key,
                            *organisation,
                            new,
                            handed_over,
                            now,
                        )
                        .await?;
                        (id.0, *organisation, event)
                    }
                };
                events.push(event);
                made = Some((subject, organisation));
                verdict.state = RowState::Created;
            }
            let made: (Option<Uuid>, Option<OrganisationId>) = made.unzip();
            imports::set_row(
                writer.connection(),
                import.id,
                row.number,
                verdict.state,
                &verdict.problems,
                made,
            )
            .await?;
        }
        for event in &events {
            audit::record(writer.connection(), now, &actor, event).await?;
        }
        writer.commit().await?;
        Ok(rows.len())
    }

    /// The hash of a password that nobody knows, where no mail is sent: whom it
    /// is for gets one with *Resend invitation*. One for all of them: nobody
    /// knows it, and hashing takes a core 20 ms.
    async fn unknown_password(&self) -> StoreResult<Option<&str>> {
        if !self.hands_over() {
            return Ok(None);
        }
        let password = || random::token().into();
        let hash = self
            .unknown
            .get_or_try_init(|| async { self.passwords.hash(&password()).await })
            .await
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        Ok(Some(hash.as_str()))
    }

    async fn clean(&self) -> StoreResult<()> {
        let now = self.clock.now();
        let cleaned_at = self.cleaned_at.load(Ordering::Relaxed);
        if now < Timestamp::from_millis(cleaned_at).plus(CLEANING) {
            return Ok(());
        }
        self.cleaned_at.store(now.millis(), Ordering::Relaxed);
        let mut writer = self.store.write().await?;
        imports::delete_old(writer.connection(), now.minus(KEPT)).await?;
        writer.commit().await
    }
}

#[async_trait]
impl Duty for Imports {
    fn name(&self) -> &'static str {
        "imports"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        if let Err(error) = self.clean().await {
            tracing::warn!(%error, "old imports could not be removed");
        }
        self.work_batch().await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let under_way = imports::is_under_way(self.store.read().await?.connection()).await?;
        Ok(under_way.then(|| self.clock.now()))
    }
}

/// What is known of rows while the organisations that get users are held. While
/// this waited for them, they may have been deleted: it looks once more. It has
/// their turns in the order in which everybody has several: two who wait for each
/// other would both fail.
async fn check_held(
    writer: &mut Writer,
    rules: &Rules,
    rows: &[checking::Row<'_>],
) -> StoreResult<Vec<Verdict>> {
    let mut held = BTreeSet::new();
    loop {
        let mut above = Above::default();
        let verdicts = checking::check(writer.connection(), rules, &mut above, rows).await?;
        let users = verdicts.iter().filter_map(|verdict| match &verdict.new {
            Some(New::User(organisation, _)) => Some(*organisation),
            _ => None,
        });
        let wanted: BTreeSet<OrganisationId> = users.collect();
        if wanted.is_subset(&held) {
            return Ok(verdicts);
        }
        for organisation in wanted.difference(&held) {
            drafts::take_turn(writer.connection(), *organisation).await?;
        }
        held.extend(wanted);
    }
}

/// Under which a row creates something once, however often it is worked on.
fn key_of(import: ImportId, row: i64) -> Uuid {
    let digest = Sha256::new().chain_update(import.0.as_bytes()).chain_update(row.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// By which a file that comes again is known.
fn digest(kind: ImportKind, bytes: &[u8]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(kind.as_str()).chain_update([0]).chain_update(bytes);
    digest.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_a_key_of_its_own_and_always_the_same() {
        let (one, other) = (ImportId(Uuid::now_v7()), ImportId(Uuid::now_v7()));
        assert_eq!(key_of(one, 1), key_of(one, 1));
        assert_ne!(key_of(one, 1), key_of(one, 2));
        assert_ne!(key_of(one, 1), key_of(other, 1));
    }

    #[test]
    fn the_same_content_of_another_kind_is_another_file() {
        let of = |kind| digest(kind, b"name\nAcme\n");
        assert_ne!(of(ImportKind::Organisations), of(ImportKind::Users));
    }
}
