//! What the tests talk to: a PostgreSQL, an imitation of Cognito, a mailbox, and
//! the server itself. All on free ports of the loopback, all gone afterwards.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::process::{self, Running};
use crate::workspace::Workspace;

/// How long a service may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(60);

/// PostgreSQL's programs, as Debian's `postgresql-15` installs them.
const POSTGRES: &str = "/usr/lib/postgresql/15/bin";

/// How the test's PostgreSQL sorts.
const LOCALE: &str = "en_US.UTF-8";

/// A running service; it ends when this is dropped.
pub struct Service {
    running: Running,
    name: String,
    log: PathBuf,
    address: SocketAddr,
}

impl Service {
    /// Starts `command` with its output in `target/test-logs/<name>.log`, and
    /// waits until `ready` says yes.
    fn start(
        workspace: &Workspace,
        name: &str,
        command: &mut Command,
        address: SocketAddr,
        goodbye: Signal,
        ready: impl Fn(SocketAddr) -> bool,
    ) -> Result<Self> {
        fs::create_dir_all(workspace.logs()).context("making the folder for logs")?;
        let log = workspace.logs().join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("writing {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().context("writing a log")?)
            .stderr(file);
        let mut service = Self {
            running: Running::service(command, goodbye)?,
            name: name.to_owned(),
            log,
            address,
        };
        let deadline = Instant::now() + PATIENCE;
        while !ready(address) {
            process::check_interrupted()?;
            if let Some(status) = service.running.ended() {
                bail!("{name} ended at once ({status}):\n{}", service.tail());
            }
            if Instant::now() > deadline {
                bail!("{name} does not answer:\n{}", service.tail());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(service)
    }

    /// The end of its log, for a person who looks for the reason of a failure.
    pub fn tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines.len().saturating_sub(60);
        format!(
            "--- the end of {} ({})\n{}",
            self.log.display(),
            self.name,
            lines[last..].join("\n")
        )
    }

    /// Where it panicked, by its log, though nobody may have noticed.
    pub fn panics(&self) -> Vec<String> {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.lines().filter(|line| line.contains(" panicked at ")).map(str::to_owned).collect()
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A PostgreSQL of our own, with nothing in it.
pub struct Postgres {
    service: Service,
    _data: TempDir,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it.
    ///
    /// # Errors
    /// When PostgreSQL's programs fail.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let data = tempfile::Builder::new()
            .prefix("partners-postgres-")
            .tempdir()
            .context("making a folder for PostgreSQL")?;
        let cluster = data.path().join("cluster");
        if geteuid().is_root() {
            // PostgreSQL refuses to run as root; the folder is its user's.
            process::output(Command::new("chown").arg("postgres").arg(data.path()))?;
        }
        // A cluster sorts as people do unless told otherwise, and so does this one:
        // what depends on the order of bytes has to say so.
        let locales = data.path().join("locales");
        fs::create_dir(&locales).context("making a folder for PostgreSQL's locale")?;
        process::output(
            Command::new("localedef")
                .args(["--inputfile=en_US", "--charmap=UTF-8"])
                .arg(locales.join(LOCALE)),
        )?;
        process::output(
            as_postgres(&format!("{POSTGRES}/initdb"), data.path())
                .env("LOCPATH", &locales)
                .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
                .arg(format!("--locale={LOCALE}"))
                .args(["--no-sync", "--pgdata"])
                .arg(&cluster),
        )?;
        let address = free_address()?;
        let mut command = as_postgres(&format!("{POSTGRES}/postgres"), data.path());
        command
            .env("LOCPATH", &locales)
            .arg("-D")
            .arg(&cluster)
            .args(["-p", &address.port().to_string()]);
        // A database that lives for minutes need not survive a power cut.
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            // Some hundred databases, used by several tests at once; each is gone
            // before a vacuum would find anything in it.
            "max_connections=500",
            "autovacuum=off",
        ] {
            command.args(["-c", setting]);
        }
        let service =
            Service::start(workspace, "postgres", &mut command, address, Signal::INT, |address| {
                process::output(
                    Command::new(format!("{POSTGRES}/pg_isready"))
                        .args(["--quiet", "--host=127.0.0.1"])
                        .arg(format!("--port={}", address.port())),
                )
                .is_ok()
            })?;
        Ok(Self { service, _data: data })
    }

    /// The URL of a database of this cluster, for its superuser.
    pub fn database(&self, name: &str) -> String {
        format!("postgres://postgres@{}/{name}", self.service.address)
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Errors
    /// When there is one of that name.
    pub fn fresh(&self, name: &str) -> Result<String> {
        process::output(
            Command::new(format!("{POSTGRES}/createdb"))
                .args(["--username=postgres", "--host=127.0.0.1"])
                .arg(format!("--port={}", self.service.address.port()))
                .arg(name),
        )?;
        Ok(self.database(name))
    }
}

/// A program of PostgreSQL's, as the user `postgres` where we are root.
fn as_postgres(program: &str, folder: &Path) -> Command {
    let mut command = if geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", program]);
        command
    } else {
        Command::new(program)
    };
    // The folder we are in may be closed to that user.
    command.current_dir(folder);
    command
}

/// Starts moto, which imitates Cognito in memory. `programs` is the `bin` folder
/// of the Python environment.
///
/// # Errors
/// When it does not start.
pub fn cognito(workspace: &Workspace, programs: &Path) -> Result<Service> {
    let address = free_address()?;
    let mut command = workspace.command(programs.join("moto_server"));
    command
        .args(["--host=127.0.0.1", "--port", &address.port().to_string()])
        // Codes of an authenticator app are checked only when asked for.
        .env("MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP", "true");
    Service::start(workspace, "moto", &mut command, address, Signal::TERM, |address| {
        answers(address, "/moto-api/")
    })
}

/// A stand-in for Zuora.
pub struct Zuora(Service);

impl Zuora {
    /// Starts it. Its state is kept in `file`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(workspace: &Workspace, binary: &Path, file: &Path) -> Result<Self> {
        let address = free_address()?;
        let mut command = workspace.command(binary);
        command.env("PORT", address.port().to_string()).env("ZUORA_SANDBOX_FILE", file);
        Service::start(workspace, "zuora", &mut command, address, Signal::TERM, |address| {
            answers(address, "/healthz")
        })
        .map(Self)
    }

    /// What the server has to be told to use it.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("ZUORA_BASE_URL", self.0.url()),
            // As long as Zuora's own.
            ("ZUORA_CLIENT_ID", "00000000-0000-4000-8000-000000000000".to_owned()),
            ("ZUORA_CLIENT_SECRET", "stand-in".to_owned()),
        ]
    }
}

/// A mailbox for everybody.
pub struct Mailbox {
    service: Service,
    folder: TempDir,
}

impl Mailbox {
    /// Starts `end2end/smtp_sink.py`, with an empty folder.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(workspace: &Workspace, programs: &Path, name: &str) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("partners-mail-")
            .tempdir()
            .context("making a folder for mail")?;
        let address = free_address()?;
        let mut command = workspace.command(programs.join("python"));
        command
            .arg(workspace.end2end().join("smtp_sink.py"))
            .arg(address.port().to_string())
            .arg(folder.path());
        let service =
            Service::start(workspace, name, &mut command, address, Signal::TERM, |address| {
                TcpStream::connect(address).is_ok()
            })?;
        Ok(Self { service, folder })
    }

    /// Where mail is sent: `smtp://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.service.address)
    }

    /// Where each mail becomes a numbered `.eml` file.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Starts `partners serve` on a free port, with its data in `data`, and waits
/// until it is ready for work. `configuration` is all that it knows: neither the
/// developer's environment nor a `partners.toml` in the checkout reaches it.
///
/// # Errors
/// When it does not become ready.
pub fn server(
    workspace: &Workspace,
    name: &str,
    binary: &Path,
    data: &Path,
    configuration: &[(&str, String)],
) -> Result<Service> {
    let address = free_address()?;
    let mut command = product(binary, data);
    command
        .arg("serve")
        .env("PORT", address.port().to_string())
        .env("PUBLIC_URL", format!("http://{address}"))
        .envs(configuration.iter().map(|(key, value)| (key, value)));
    Service::start(workspace, name, &mut command, address, Signal::TERM, |address| {
        answers(address, "/readyz")
    })
}

/// The product's binary with its data in `data` and no other configuration.
pub fn product(binary: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().current_dir(data).env("DATA_DIR", data);
    for name in ["PATH", "HOME", "TMPDIR", "RUST_LOG", "RUST_BACKTRACE"] {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// An address of the loopback that nobody listens on.
fn free_address() -> Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .context("looking for a free port")
}

/// Whether `GET path` is answered with 200.
fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(String::from_utf8_lossy(&start).into_owned())
    };
    ask().is_ok_and(|start| start.ends_with(" 200"))
}
