//! Child processes that never outlive this one.
//!
//! Each child leads a process group of its own, so that what it starts itself
//! (rustc, workers of PostgreSQL, browsers) ends with it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::steps::Progress;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static CHILDREN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// A process group that is alive.
#[derive(Clone, Copy)]
struct Entry {
    group: Pid,
    /// A service is stopped by its owner, in order; anything else at once.
    service: bool,
}

fn children() -> MutexGuard<'static, Vec<Entry>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes Ctrl-C and the like end the command in the foreground. Its failure then
/// runs up through `main`, and every owner of a service stops it on the way.
/// A second signal kills everything at once.
///
/// # Errors
/// When the operating system refuses the handlers.
pub fn unwind_on_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("installing signals")?;
    thread::spawn(move || {
        for signal in signals.forever() {
            let again = INTERRUPTED.swap(true, Ordering::SeqCst);
            for entry in children().iter() {
                if again {
                    let _ = kill_process_group(entry.group, Signal::KILL);
                } else if !entry.service {
                    let _ = kill_process_group(entry.group, Signal::INT);
                }
            }
            if again {
                std::process::exit(128 + signal);
            }
        }
    });
    Ok(())
}

/// Fails when the person at the keyboard wants to stop.
///
/// # Errors
/// After a signal.
pub fn check_interrupted() -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        bail!("interrupted");
    }
    Ok(())
}

/// A child and its process group; both are gone when this is dropped.
pub struct Running {
    child: Child,
    group: Pid,
    /// The signal that asks it to end.
    goodbye: Signal,
    reaped: bool,
}

impl Running {
    /// Starts a command that the work waits for.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        Self::spawn(command, Signal::TERM, false)
    }

    /// Starts a service that runs beside the work. `goodbye` asks it to end.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn service(command: &mut Command, goodbye: Signal) -> Result<Self> {
        Self::spawn(command, goodbye, true)
    }

    fn spawn(command: &mut Command, goodbye: Signal, service: bool) -> Result<Self> {
        check_interrupted()?;
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", describe(command)))?;
        let group = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .context("a process id is positive")?;
        children().push(Entry { group, service });
        Ok(Self { child, group, goodbye, reaped: false })
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When waiting fails, or a signal asked us to stop meanwhile.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().context("waiting for a child")?;
        self.forget();
        check_interrupted()?;
        Ok(status)
    }

    /// The exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        if status.is_some() {
            self.forget();
        }
        status
    }

    fn forget(&mut self) {
        self.reaped = true;
        children().retain(|entry| entry.group != self.group);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.reaped {
            return;
        }
        let _ = kill_process_group(self.group, self.goodbye);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.ended().is_none() {
            if Instant::now() > deadline {
                let _ = kill_process_group(self.group, Signal::KILL);
                let _ = self.child.wait();
                self.forget();
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Runs a command as [`watch`] does, and prints its messages if there is a
/// warning among them.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run_watched(command: &mut Command, progress: &Progress) -> Result<()> {
    let messages = watch(command, progress)?;
    if messages.iter().any(|line| line.contains("warning")) {
        progress.print(&messages.join("\n"));
    }
    Ok(())
}

/// Runs a command and shows what it is at as the step's detail. Returns what it
/// printed beyond that; after a failure this is printed.
///
/// # Errors
/// When it cannot be started or fails.
pub fn watch(command: &mut Command, progress: &Progress) -> Result<Vec<String>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command)?;
    let stdout = running.child.stdout.take();
    let stderr = running.child.stderr.take();
    let messages = Mutex::new(Vec::new());
    let keep = |line: String| match activity(&line) {
        Some(detail) => progress.detail(detail),
        None => messages.lock().unwrap_or_else(PoisonError::into_inner).push(line),
    };
    thread::scope(|scope| {
        if let Some(stdout) = stdout {
            scope.spawn(|| lines(stdout, &keep));
        }
        if let Some(stderr) = stderr {
            lines(stderr, &keep);
        }
    });
    let status = running.wait()?;
    let messages = messages.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !status.success() {
        progress.print(&messages.join("\n"));
    }
    succeeded(command, status)?;
    Ok(messages)
}

/// Runs a command whose output passes through, and hands each line of its
/// standard output to `read`.
///
/// # Errors
/// When it cannot be started. Whether it succeeded is in the status.
pub fn run_reading(command: &mut Command, mut read: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    if let Some(stdout) = running.child.stdout.take() {
        lines(stdout, |line: String| {
            println!("{line}");
            read(&line);
        });
    }
    running.wait()
}

/// Runs a command for its standard output alone.
///
/// # Errors
/// When it cannot be started or fails; the message has its standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let answer = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {}", describe(command)))?;
    if !answer.status.success() {
        bail!("{} failed: {}", describe(command), String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// Turns an unhappy exit status into an error that names the command.
///
/// # Errors
/// When the status is not success.
pub fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    match (status.code(), status.signal()) {
        (Some(code), _) => bail!("{} ended with {code}", describe(command)),
        (None, Some(signal)) => bail!("{} was ended by signal {signal}", describe(command)),
        (None, None) => bail!("{} failed", describe(command)),
    }
}

fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}

fn lines(source: impl std::io::Read, mut each: impl FnMut(String)) {
    for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
        each(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

/// Cargo's progress: a verb flush right in twelve columns, then the crate.
fn activity(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let indented = line.len() - text.len();
    let verb = text.split(' ').next().unwrap_or_default();
    let is_progress = indented > 0
        && indented + verb.len() == 12
        && verb.starts_with(|first: char| first.is_ascii_uppercase());
    is_progress.then_some(text)
}
