//! The store's contract, the real router, and the reconciler under fire; each
//! on SQLite and on PostgreSQL.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

/// Runs every case on each engine.
macro_rules! on_each_engine {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::support::Engine::Sqlite).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::support::Engine::Postgres).await;
            })*
        }
    };
}

mod account_changes;
mod accounts;
mod activity;
mod api;
mod api_changes;
mod api_described;
mod api_management;
mod api_once;
mod api_partner;
mod api_tokens;
#[path = "../support/app.rs"]
mod app;
mod backup;
mod browser;
mod bulk;
#[path = "../support/change.rs"]
mod change;
mod command_line;
mod doubting;
mod exports;
mod fault;
mod foreign;
mod forms;
mod imports;
mod imports_command;
mod instances;
mod jump;
mod lifecycle;
mod mail;
mod metrics;
mod offers;
mod order_fault;
#[path = "../support/port.rs"]
mod port;
mod projection_store;
mod protection;
mod refused_mail;
mod self_service;
mod selling;
mod sessions;
mod shop;
mod shutdown;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod suspension;
mod traces;
mod two_step;
mod webhook_fault;
mod webhook_log;
mod webhooks;
