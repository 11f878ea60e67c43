//! `partners serve`: the running server.

use crate::app::Installation;
use crate::clock::Clock;
use crate::config::Config;
use crate::first_admin::{self, Made};
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long requests under way may take to finish after a signal to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until a signal to stop comes, then finishes what is under way.
///
/// # Errors
/// Where it cannot start; the message says why.
pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let installation = Installation::open(config, Clock::default()).await?;
    let listener = TcpListener::bind((config.host, config.port))
        .await
        .with_context(|| format!("port {} cannot be used; set PORT to another", config.port))?;
    let port = listener.local_addr()?.port();
    tracing::info!(address = %listener.local_addr()?, "listening");

    let identity = Arc::clone(&installation.identity);
    let wanted = config.first_admin.clone();
    let url = config.public_url.replace(":0", &format!(":{port}"));
    let welcome = tokio::spawn(async move {
        match first_admin::ensure_in_time(identity.as_ref(), &wanted).await {
            Ok(made) => welcome(&url, &made),
            Err(error) => tracing::error!(%error, "the first admin could not be made"),
        }
    });

    let (stop, stopped) = watch::channel(false);
    let workers = tokio::spawn(installation.clone().work(stopped.clone()));
    let service = installation.router().into_make_service_with_connect_info::<SocketAddr>();
    let mut until_stopped = stopped.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        until_stopped.changed().await.ok();
    });
    tokio::spawn(async move {
        signal_to_stop().await;
        tracing::info!("stopping");
        stop.send(true).ok();
    });
    let mut overdue = stopped;
    tokio::select! {
        result = server => result?,
        () = async {
            overdue.changed().await.ok();
            tokio::time::sleep(GRACE).await;
        } => tracing::warn!("some requests were cut off"),
    }
    welcome.abort();
    workers.await?;
    installation.store.close().await;
    Ok(())
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
