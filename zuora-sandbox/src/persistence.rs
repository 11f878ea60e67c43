//! Keeps the state in a file: each write is whole or not at all.

use crate::state::State;
use std::io;
use std::path::{Path, PathBuf};

/// The file that keeps the state.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    /// Up to which change it has been written.
    written: tokio::sync::Mutex<u64>,
}

impl File {
    /// The file at `path`, which need not be there yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, written: tokio::sync::Mutex::new(0) }
    }

    /// What it keeps; nothing when it is not there.
    ///
    /// # Errors
    /// When it cannot be read, or is not this sandbox's.
    pub fn read(&self) -> io::Result<Option<State>> {
        let unreadable = |error: io::Error| {
            let path = self.path.display();
            io::Error::new(error.kind(), format!("{path} is not a state of this sandbox: {error}"))
        };
        match std::fs::read(&self.path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|error| unreadable(error.into()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Writes the state unless the change `wanted` has been written already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write(
        &self,
        wanted: u64,
        state: impl FnOnce() -> (u64, serde_json::Result<Vec<u8>>),
    ) -> io::Result<()> {
        let mut written = self.written.lock().await;
        if *written >= wanted {
            return Ok(());
        }
        let (changes, bytes) = state();
        let bytes = bytes?;
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || replace(&path, &bytes)).await??;
        *written = changes;
        Ok(())
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::File::create(&beside)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_data()?;
    std::fs::rename(&beside, path)
}
