//! What admins may ask for about files of organisations and users.

use super::Admin;
use crate::domain::{Import, ImportId, ImportPage, ImportProgress, Matching, RowsShown};
use crate::error::PublicError;
use async_trait::async_trait;

/// Which rows of an import are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct RowsAsked {
    /// Those that are shown.
    pub shown: RowsShown,
    /// Rows behind this place.
    pub after: Option<i64>,
    /// Rows before this place. Not together with `after`.
    pub before: Option<i64>,
}

/// Imports, for admins.
#[async_trait]
pub trait ImportsDesk: Send + Sync {
    /// The latest imports.
    async fn imports(&self, admin: &Admin) -> Result<Vec<Import>, PublicError>;
    /// An import and some of its rows.
    async fn import(
        &self,
        admin: &Admin,
        id: ImportId,
        asked: RowsAsked,
    ) -> Result<ImportPage, PublicError>;
    /// How far an import has come.
    async fn progress(&self, admin: &Admin, id: ImportId) -> Result<ImportProgress, PublicError>;
    /// Looks at the rows anew, with what these columns have.
    ///
    /// # Errors
    /// [`PublicError::Refused`] once the import was started.
    async fn match_columns(
        &self,
        admin: &Admin,
        id: ImportId,
        matching: Matching,
    ) -> Result<(), PublicError>;
    /// Has what is ready created; rows that look like another organisation too
    /// where that is accepted. Asked for twice it happens once.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where the columns have something else by now
    /// than `matching`: other rows may be ready.
    async fn start(
        &self,
        admin: &Admin,
        id: ImportId,
        matching: Matching,
        accepts_lookalikes: bool,
    ) -> Result<(), PublicError>;
}
