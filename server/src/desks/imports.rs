//! What admins do with files of organisations and users.

use super::OrPublic;
use crate::imports::{self as files, Imports, Start, Table};
use crate::store::audit::Actor;
use crate::store::{Store, StoreError, imports};
use async_trait::async_trait;
use partners_app::desks::{Admin, ImportsDesk, RowsAsked};
use partners_app::domain::import::FILE;
use partners_app::domain::{
    Import, ImportId, ImportKind, ImportPage, ImportProgress, ImportRow, ImportState, Matching,
    RowState, RowsShown,
};
use partners_app::error::PublicError;

/// How many rows a page shows.
const PAGE: usize = 50;
/// How many of the latest imports are listed.
const LATEST: i64 = 10;

/// The desk for imports.
#[derive(Clone)]
pub struct ImportsOffice {
    store: Store,
    imports: Imports,
}

impl ImportsOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(store: Store, imports: Imports) -> Self {
        Self { store, imports }
    }

    /// Reads a file that was uploaded, looks at its rows, and keeps it.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] of the form's field with the file, where it
    /// cannot be read.
    pub async fn upload(
        &self,
        admin: &Admin,
        kind: ImportKind,
        file_name: &str,
        bytes: Vec<u8>,
    ) -> Result<ImportId, PublicError> {
        let reading = tokio::task::spawn_blocking(move || (files::read(&bytes), bytes)).await;
        let (table, bytes) = reading.map_err(|error| {
            let reference = admin.origin().reference.clone();
            tracing::error!(%error, request.reference = %reference, "a file could not be read");
            PublicError::Unexpected { reference }
        })?;
        let Table { columns, lines } =
            table.map_err(|problem| PublicError::field(FILE, problem))?;
        let keep = async {
            let matching = Matching::by_name(kind, &columns);
            let rows = self.imports.look(kind, lines, &matching).await?;
            let file = (file_name, bytes.as_slice());
            self.imports.keep(kind, file, columns, matching, &rows, admin.name()).await
        };
        let id = keep.await.or_public(admin.origin())?;
        tracing::info!(import.id = %id, "a file was uploaded");
        Ok(id)
    }

    /// At most `limit` rows behind a place, in these states; for reports.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rows_behind(
        &self,
        id: ImportId,
        states: &[RowState],
        place: i64,
        limit: i64,
    ) -> Result<Vec<ImportRow>, StoreError> {
        let mut reader = self.store.read().await?;
        imports::rows(reader.connection(), id, states, (Some(place), None), limit).await
    }

    /// An import by itself.
    ///
    /// # Errors
    /// [`PublicError::NotFound`] where there is none.
    pub async fn by_id(&self, admin: &Admin, id: ImportId) -> Result<Import, PublicError> {
        let read = async { imports::by_id(self.store.read().await?.connection(), id).await };
        let kept = read.await.or_public(admin.origin())?;
        kept.map(|kept| kept.import).ok_or(PublicError::NotFound)
    }

    async fn page(&self, id: ImportId, asked: RowsAsked) -> Result<Option<ImportPage>, StoreError> {
        let mut reader = self.store.read().await?;
        let Some(kept) = imports::by_id(reader.connection(), id).await? else { return Ok(None) };
        let counts = imports::counts(reader.connection(), id).await?;
        let only_problems = match asked.shown {
            RowsShown::All => false,
            RowsShown::Problems => true,
            RowsShown::Telling => counts.to_look_at() > 0,
        };
        let states: &[RowState] =
            if only_problems { &[RowState::Problem, RowState::LooksSame] } else { &RowState::ALL };
        let places = (asked.after, asked.before);
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
        let mut rows = imports::rows(reader.connection(), id, states, places, limit).await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        let backwards = asked.before.is_some();
        if backwards {
            rows.reverse();
        }
        let (has_previous, has_next) =
            if backwards { (more, true) } else { (asked.after.is_some(), more) };
        let digest = imports::digest(reader.connection(), id).await?.unwrap_or_default();
        let earlier = if kept.import.state == ImportState::Checked {
            imports::earlier(reader.connection(), &digest, id).await?
        } else {
            None
        };
        let place =
            |row: Option<&ImportRow>, is_there| row.map(|row| row.number).filter(|_| is_there);
        Ok(Some(ImportPage {
            previous: place(rows.first(), has_previous),
            next: place(rows.last(), has_next),
            import: kept.import,
            counts,
            rows,
            only_problems,
            unchecked: imports::unchecked(reader.connection(), id).await?,
            earlier,
            hands_over: self.imports.hands_over(),
        }))
    }
}

#[async_trait]
impl ImportsDesk for ImportsOffice {
    async fn imports(&self, admin: &Admin) -> Result<Vec<Import>, PublicError> {
        let read = async { imports::latest(self.store.read().await?.connection(), LATEST).await };
        read.await.or_public(admin.origin())
    }

    async fn import(
        &self,
        admin: &Admin,
        id: ImportId,
        asked: RowsAsked,
    ) -> Result<ImportPage, PublicError> {
        self.page(id, asked).await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn progress(&self, admin: &Admin, id: ImportId) -> Result<ImportProgress, PublicError> {
        let progress = self.imports.progress(id).await.or_public(admin.origin())?;
        let (import, counts) = progress.ok_or(PublicError::NotFound)?;
        Ok(ImportProgress { state: import.state, counts })
    }

    async fn match_columns(
        &self,
        admin: &Admin,
        id: ImportId,
        matching: Matching,
    ) -> Result<(), PublicError> {
        const STARTED: &str =
            "This import was started already. Upload the file again to choose other columns.";
        let import = self.by_id(admin, id).await?;
        if import.state != ImportState::Checked {
            return Err(PublicError::Refused(STARTED.to_owned()));
        }
        if matching.len() != import.columns.len() {
            return Err(PublicError::Refused(
                "The form did not arrive whole. Reload the page and try again.".to_owned(),
            ));
        }
        let matched = self.imports.match_columns(&import, &matching).await;
        if matched.or_public(admin.origin())? {
            Ok(())
        } else {
            Err(PublicError::Refused(STARTED.to_owned()))
        }
    }

    async fn start(
        &self,
        admin: &Admin,
        id: ImportId,
        matching: Matching,
        accepts_lookalikes: bool,
    ) -> Result<(), PublicError> {
        self.by_id(admin, id).await?;
        let started =
            self.imports.start(id, &matching, &Actor::from(admin), accepts_lookalikes).await;
        match started.or_public(admin.origin())? {
            Start::Now => tracing::info!(import.id = %id, "an import was started"),
            Start::Before => {}
            Start::ColumnsChanged => {
                return Err(PublicError::Refused(
                    "The columns were changed meanwhile. Look at the rows again.".to_owned(),
                ));
            }
        }
        Ok(())
    }
}
