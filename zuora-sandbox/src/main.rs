//! `zuora-sandbox`: the stand-in as a program of its own.

use std::env;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use zuora_sandbox::{Sandbox, Settings, router};

const PORT: u16 = 9444;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = settings()?;
    let host: IpAddr = match env::var("ZUORA_SANDBOX_HOST") {
        Ok(host) => host.parse()?,
        Err(_) => Ipv4Addr::LOCALHOST.into(),
    };
    let port = match env::var("PORT") {
        Ok(port) => port.parse()?,
        Err(_) => PORT,
    };
    let sandbox = Sandbox::open(settings)?;
    let listener = tokio::net::TcpListener::bind(SocketAddr::new(host, port)).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "Zuora's stand-in listens on http://{address}")?;
    axum::serve(listener, router(sandbox.clone())).with_graceful_shutdown(stop()).await?;
    sandbox.save().await?;
    Ok(())
}

fn settings() -> Result<Settings, Box<dyn std::error::Error>> {
    let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let client = match (text("ZUORA_SANDBOX_CLIENT_ID"), text("ZUORA_SANDBOX_CLIENT_SECRET")) {
        (Some(id), Some(secret)) => Some((id, secret)),
        (None, None) => None,
        _ => {
            return Err(
                "ZUORA_SANDBOX_CLIENT_ID and ZUORA_SANDBOX_CLIENT_SECRET go together".into()
            );
        }
    };
    let seconds = text("ZUORA_SANDBOX_TOKEN_SECONDS").map(|seconds| seconds.parse()).transpose()?;
    let exchanges = text("ZUORA_SANDBOX_EXCHANGES").map(|most| most.parse()).transpose()?;
    let usual = Settings::default();
    Ok(Settings {
        client,
        file: text("ZUORA_SANDBOX_FILE").map(Into::into),
        base_url: text("ZUORA_SANDBOX_BASE_URL"),
        token_seconds: seconds.unwrap_or(usual.token_seconds),
        exchanges: exchanges.unwrap_or(usual.exchanges),
        clock: usual.clock,
    })
}

async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without a signal to wait for, the program runs until it is killed.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
