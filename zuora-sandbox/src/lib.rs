//! A stateful stand-in that speaks Zuora's REST wire protocol.
//!
//! It is for anybody who develops against Zuora: it listens on the loopback
//! interface, takes any client id and secret, knows a product catalog and a few
//! accounts, takes orders, makes invoices, lets time pass when told, and fails
//! in Zuora's ways on demand. What it is not is listed in its `README.md`.
//!
//! ```no_run
//! # async fn doc() -> std::io::Result<()> {
//! let sandbox = zuora_sandbox::Sandbox::open(zuora_sandbox::Settings::default())?;
//! let address = zuora_sandbox::start(sandbox.clone()).await?;
//! let base_url = format!("http://{address}");
//! # Ok(())
//! # }
//! ```

pub mod billing;
pub mod clock;
pub mod day;
#[cfg(feature = "description")]
pub mod description;
pub mod exchange;
pub mod faults;
pub mod fields;
mod http_api;
pub mod idempotency;
pub mod ids;
pub mod money;
mod object_query;
pub mod orders;
mod pdf;
mod persistence;
mod preview;
pub mod refusal;
mod sandbox;
mod seed;
pub mod settings;
pub mod state;
pub mod tenant;
mod tokens;

pub use http_api::router;
pub use sandbox::Sandbox;
pub use settings::Settings;

/// Starts the sandbox in this process, on a port of its own on the loopback
/// interface, until the runtime ends.
///
/// # Errors
/// When no port is free.
pub async fn start(sandbox: Sandbox) -> std::io::Result<std::net::SocketAddr> {
    let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router(sandbox)).await });
    Ok(address)
}
