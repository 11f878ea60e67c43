//! `partners serve`: the running server.

use crate::app::Installation;
use crate::clock::Clock;
use crate::config::Config;
use crate::first_admin::{self, Made};
use crate::observe::Metrics;
use anyhow::Context;
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
/// has run out.
///
/// # Errors
/// Where it cannot start; the message says why.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
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
            Ok(made) => welcome(&url, &made),
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
    let work = async {
        let (served, worked) = tokio::join!(server, workers);
        served?;
        Ok::<_, anyhow::Error>(worked?)
    };
    tokio::select! {
        result = work => result?,
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
fn welcome(url: &str, made: &Made) {
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
