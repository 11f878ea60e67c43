//! A small server that answers as a test says, byte for byte.

use crate::stand_in::adapter;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use partners_server::billing::Zuora;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Call {
    /// `GET /v1/accounts/A1`.
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// What is answered: status, content type, body.
pub type Reply = (u16, &'static str, String);

pub fn json(status: u16, body: &str) -> Reply {
    (status, "application/json", body.to_owned())
}

type Script = dyn Fn(&Call) -> Reply + Send + Sync;

#[derive(Clone)]
pub struct Responder {
    pub base: String,
    script: Arc<Script>,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// Answers as `script` says; tokens are given out to all.
pub async fn start(script: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Responder {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("its address"));
    let responder = Responder { base, script: Arc::new(script), calls: Arc::default() };
    let router = Router::new().fallback(answer).with_state(responder.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    responder
}

async fn answer(State(responder): State<Responder>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let call = Call {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).expect("text"),
    };
    let (status, kind, body) = if call.line == "POST /oauth/token" {
        json(200, r#"{"access_token":"t","expires_in":3599,"token_type":"bearer"}"#)
    } else {
        (responder.script)(&call)
    };
    responder.calls.lock().expect("calls").push(call);
    (StatusCode::from_u16(status).expect("a status"), [("content-type", kind)], body)
        .into_response()
}

impl Responder {
    pub fn zuora(&self) -> Zuora {
        adapter(&self.base)
    }

    /// The requests that came, without those for tokens.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.calls.lock().expect("calls");
        calls.iter().filter(|call| call.line != "POST /oauth/token").cloned().collect()
    }
}
