//! The sandbox: its state, and what goes on around it.

use crate::billing;
use crate::clock::Clock;
use crate::exchange::{Exchange, Recorder};
use crate::faults::{Fault, Faults};
use crate::idempotency::Running;
use crate::persistence::File;
use crate::seed;
use crate::settings::Settings;
use crate::state::State;
use crate::tokens::Tokens;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A sandbox; clones are the same one.
#[derive(Clone, Debug)]
pub struct Sandbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    state: Mutex<State>,
    /// How often the state has changed.
    changes: AtomicU64,
    tokens: Mutex<Tokens>,
    faults: Mutex<Faults>,
    recorder: Mutex<Recorder>,
    running: Running,
    file: Option<File>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sandbox {
    /// A sandbox with what its file keeps, or a fresh one.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn open(settings: Settings) -> io::Result<Self> {
        let file = settings.file.clone().map(File::new);
        let kept = file.as_ref().map(File::read).transpose()?.flatten();
        let state = match kept {
            Some(state) => {
                settings.clock.set_shift(state.clock_shift);
                state
            }
            None => seed::state(&settings.clock),
        };
        let recorder = Recorder::new(settings.exchanges);
        Ok(Self(Arc::new(Inner {
            settings,
            state: Mutex::new(state),
            changes: AtomicU64::new(0),
            tokens: Mutex::default(),
            faults: Mutex::default(),
            recorder: Mutex::new(recorder),
            running: Running::default(),
            file,
        })))
    }

    /// How it was set up.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.settings.clock
    }

    /// Looks at the state, after what has fallen due has been made true.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        let mut state = lock(&self.0.state);
        self.catch_up(&mut state);
        look(&state)
    }

    /// Changes the state, after what has fallen due has been made true.
    pub fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.0.state);
        self.catch_up(&mut state);
        self.0.changes.fetch_add(1, Ordering::Relaxed);
        change(&mut state)
    }

    fn catch_up(&self, state: &mut State) {
        let now = self.clock().now();
        if now.day() > state.billed_through {
            billing::catch_up(state, now);
            self.0.changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lets as many seconds pass; renewals and invoices that fall due are made,
    /// today's too.
    pub fn advance(&self, seconds: i64) {
        self.clock().advance(seconds);
        let (clock, now) = (self.clock().clone(), self.clock().now());
        self.write(|state| {
            state.clock_shift = clock.shift();
            billing::catch_up(state, now);
        });
    }

    /// Starts afresh: no orders, no faults, no tokens, the time as it is
    /// outside.
    pub fn reset(&self) {
        self.clock().set_shift(0);
        let fresh = seed::state(self.clock());
        *lock(&self.0.state) = fresh;
        self.0.changes.fetch_add(1, Ordering::Relaxed);
        lock(&self.0.tokens).expire_all();
        lock(&self.0.faults).clear();
        lock(&self.0.recorder).clear();
    }

    /// Writes the state to its file, if there is one and something has changed
    /// since the last time. Requests that wait for each other share a write.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn save(&self) -> io::Result<()> {
        let Some(file) = &self.0.file else { return Ok(()) };
        let wanted = self.0.changes.load(Ordering::Relaxed);
        file.write(wanted, || {
            let state = lock(&self.0.state);
            let changes = self.0.changes.load(Ordering::Relaxed);
            (changes, serde_json::to_vec(&*state))
        })
        .await
    }

    /// Switches a fault on.
    pub fn add_fault(&self, fault: Fault) {
        lock(&self.0.faults).add(fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        lock(&self.0.faults).clear();
    }

    /// The exchanges that are remembered, oldest first.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.0.recorder).latest()
    }

    /// Makes all tokens worthless at once.
    pub fn expire_tokens(&self) {
        lock(&self.0.tokens).expire_all();
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.0.tokens)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        lock(&self.0.recorder)
    }

    pub(crate) fn running(&self) -> &Running {
        &self.0.running
    }
}
