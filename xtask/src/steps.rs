//! Says what is being done, and for how long.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::process::check_interrupted;

/// How often a step that takes long says so where no line can be rewritten.
const REMINDER: Duration = Duration::from_secs(20);

/// The numbered steps of one task.
pub struct Steps {
    total: usize,
    done: Vec<Done>,
}

struct Done {
    title: String,
    took: Duration,
    failed: bool,
}

/// What a running step can tell about itself.
#[derive(Clone)]
pub struct Progress {
    shared: Arc<Mutex<Shared>>,
    rewrites: bool,
}

#[derive(Default)]
struct Shared {
    detail: String,
    units: usize,
}

impl Steps {
    /// A task of `total` steps.
    pub fn new(total: usize) -> Self {
        Self { total, done: Vec::new() }
    }

    /// Does a step in silence but for one line: `[2/6] Title … 1 m 12 s`.
    ///
    /// # Errors
    /// Those of the work itself.
    pub fn quiet<T>(
        &mut self,
        title: &str,
        work: impl FnOnce(&Progress) -> Result<T>,
    ) -> Result<T> {
        check_interrupted()?;
        let label = format!("[{}/{}] {title} …", self.done.len() + 1, self.total);
        let progress = Progress { shared: Arc::default(), rewrites: stderr().is_terminal() };
        let started = Instant::now();
        let (finished, waiting) = channel::<()>();
        let ticker = thread::spawn({
            let (label, progress) = (label.clone(), progress.clone());
            move || {
                if !progress.rewrites {
                    progress.print(&label);
                }
                let pace = if progress.rewrites { Duration::from_millis(250) } else { REMINDER };
                while waiting.recv_timeout(pace) == Err(RecvTimeoutError::Timeout) {
                    progress.tick(&label, started.elapsed());
                }
            }
        });
        let result = work(&progress);
        drop(finished);
        let _ = ticker.join();
        let took = started.elapsed();
        progress.print(&format!("{label} {}{}", spoken(took), mark(&result)));
        self.finish(title, took, result.is_err());
        result
    }

    /// Does a step whose own output passes through, between two lines of ours.
    ///
    /// # Errors
    /// Those of the work itself.
    pub fn loud<T>(&mut self, title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        check_interrupted()?;
        let label = format!("[{}/{}] {title} …", self.done.len() + 1, self.total);
        eprintln!("{label}");
        let started = Instant::now();
        let result = work();
        let took = started.elapsed();
        eprintln!("{label} {}{}", spoken(took), mark(&result));
        self.finish(title, took, result.is_err());
        result
    }

    /// The steps so far with their durations, a line each.
    pub fn table(&self) -> String {
        let width =
            self.done.iter().map(|step| step.title.chars().count()).max().unwrap_or_default();
        let mut table = String::new();
        for Done { title, took, failed } in &self.done {
            let mark = if *failed { "  failed" } else { "" };
            let _ = writeln!(table, "  {title:width$}  {:>10}{mark}", spoken(*took));
        }
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        let _ = write!(table, "  {:width$}  {:>10}", "Together", spoken(total));
        table
    }

    fn finish(&mut self, title: &str, took: Duration, failed: bool) {
        self.done.push(Done { title: title.to_owned(), took, failed });
    }
}

impl Progress {
    /// What the step is at just now, for example the crate being compiled.
    pub fn detail(&self, detail: &str) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        detail.clone_into(&mut shared.detail);
        if detail.starts_with("Compiling") || detail.starts_with("Checking") {
            shared.units += 1;
        }
    }

    /// Prints lines above the step's own.
    pub fn print(&self, text: &str) {
        let start = if self.rewrites { "\r\x1b[2K" } else { "" };
        let _ = writeln!(stderr(), "{start}{text}");
    }

    fn tick(&self, label: &str, elapsed: Duration) {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = format!("{label} {}", spoken(elapsed));
        if shared.units > 0 {
            let _ = write!(line, " · {} crates", shared.units);
        }
        if !shared.detail.is_empty() {
            let detail: String = shared.detail.chars().take(44).collect();
            let _ = write!(line, " · {detail}");
        }
        drop(shared);
        if self.rewrites {
            // Cut to what fits a narrow terminal: a wrapped line cannot be rewritten.
            let line: String = line.chars().take(118).collect();
            let _ = write!(stderr(), "\r\x1b[2K{line}");
            let _ = stderr().flush();
        } else {
            self.print(&line);
        }
    }
}

fn mark<T>(result: &Result<T>) -> &'static str {
    if result.is_ok() { "" } else { " — failed" }
}

/// A duration as people say it: `0.4 s`, `12 s`, `1 m 12 s`.
pub fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} m {:02} s", seconds / 60, seconds % 60),
    }
}
