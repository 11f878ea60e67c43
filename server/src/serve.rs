//! `partners serve`: the running server.

use crate::app::Installation;
use crate::clock::Clock;
use crate::config::Config;
use crate::first_admin::{self, Made};
use crate::observe::Metrics;
use anyhow::Context;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long each thing may take that is done when all else has ended.
const TIDYING: Duration = Duration::from_secs(3);

/// Serves until a signal to stop comes. Then it takes no more requests, answers
/// those under way, lets the duties finish what they are at, and ends: at the
/// latest after [`Config::shutdown`], or at a second signal.
///
/// What a duty was at when it was cut off is leased, and goes on when the lease
/// has run out. Whoever started it is told where it runs, as one line of JSON
/// where `as_json` says so.
///
/// # Errors
/// Where it cannot start, or cannot go on; the message says why.
pub async fn serve(config: &Config, as_json: bool) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let listener = TcpListener::bind((config.host, config.port))
        .await
        .with_context(|| format!("port {} cannot be used; set PORT to another", config.port))?;
    let port = listener.local_addr()?.port();
    let (end, ended) = watch::channel(false);
    let metrics = match config.metrics_listen {
        Some(address) => Some(serve_metrics(&installation, address, ended).await?),
        None => None,
    };
    tracing::info!(address = %listener.local_addr()?, "listening");

    let admins = installation.admins();
    let wanted = config.first_admin.clone();
    let url = config.public_url.replace(":0", &format!(":{port}"));
    let welcome = tokio::spawn(async move {
        match first_admin::ensure_in_time(&admins, &wanted).await {
            Ok(made) => welcome(&url, &made, as_json),
            Err(error) => tracing::error!(%error, "the first admin could not be made"),
        }
    });

    let (stop, stopped) = watch::channel(false);
    let workers = tokio::spawn(installation.clone().work(stopped.clone()));
    let cut_off = workers.abort_handle();
    let service = installation.router().into_make_service_with_connect_info::<SocketAddr>();
    let mut until_stopped = stopped.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        until_stopped.changed().await.ok();
    });
    tokio::spawn(async move {
        signal_to_stop().await;
        tracing::info!("stopping");
        stop.send(true).ok();
        // Nobody else may ask for a stop from now on.
        signal_to_stop().await;
        drop(stop);
    });
    let served = async { server.await.context("requests cannot be answered any more") };
    // A server that does no work in the background looks well and is not: it
    // ends, and whoever watches over it starts another.
    let worked = async { workers.await.context("the work in the background has ended") };
    tokio::select! {
        result = async { tokio::try_join!(served, worked) } => drop(result?),
        () = overdue(stopped, config.shutdown) => {
            tracing::warn!("what was still under way was cut off");
            cut_off.abort();
        }
    }
    welcome.abort();
    end.send(true).ok();
    if let Some(metrics) = metrics {
        timeout(TIDYING, metrics).await.ok();
    }
    timeout(TIDYING, installation.store.close()).await.ok();
    tracing::info!("stopped");
    Ok(())
}

/// Returns when a stop has taken `longest`, or has been asked for once more.
async fn overdue(mut stopped: watch::Receiver<bool>, longest: Duration) {
    stopped.changed().await.ok();
    // The sender is gone at the second signal.
    timeout(longest, stopped.changed()).await.ok();
}

/// Lets Prometheus ask, until `ended` turns true: longer than there are
/// requests, so that their end is seen, too.
async fn serve_metrics(
    installation: &Installation,
    address: SocketAddr,
    mut ended: watch::Receiver<bool>,
) -> anyhow::Result<JoinHandle<()>> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be used for metrics; set METRICS_LISTEN to another address")
    })?;
    tracing::info!(address = %listener.local_addr()?, "metrics");
    let is_selling = installation.accounts.billing().is_some();
    let metrics =
        Metrics::begin(installation.store.clone(), installation.clock.clone(), is_selling)?;
    tokio::spawn(metrics.clone().keep_up(ended.clone()));
    Ok(tokio::spawn(async move {
        let server = axum::serve(listener, metrics.router()).with_graceful_shutdown(async move {
            ended.changed().await.ok();
        });
        if let Err(error) = server.await {
            tracing::error!(%error, "metrics cannot be served any more");
        }
    }))
}

#[expect(clippy::print_stdout, reason = "the person who started it reads this")]
fn welcome(url: &str, made: &Made, as_json: bool) {
    if as_json {
        println!("{}", json!({ "url": url, "first_admin": first_admin(made) }));
        return;
    }
    println!("\n  Partners is running at {url}");
    match made {
        Made::Nobody => println!("  Sign in as the admin made at the first start.\n"),
        Made::Configured(email) => {
            println!("  First admin: {email}, with the password from PARTNERS_ADMIN_PASSWORD.\n");
        }
        Made::Generated(email, password) => {
            println!("  First admin, shown this once:");
            println!("    Email address  {email}");
            println!("    Password       {password}\n");
        }
    }
}

/// The first admin, where this start has made one; the password only where it
/// was made, too.
fn first_admin(made: &Made) -> Value {
    match made {
        Made::Nobody => Value::Null,
        Made::Configured(email) => json!({ "email": email }),
        Made::Generated(email, password) => json!({ "email": email, "password": password }),
    }
}

async fn signal_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "only an interrupt stops the server");
            interrupt.await.ok();
        }
    }
}
