//! The files that pages load, carried inside the binary. The hash of their
//! content is in their names, so browsers may keep them for ever.

use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use partners_app::shell::Assets;
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "../target/site/"]
#[allow_missing = true]
struct Site;

/// Whether the binary carries the browser's part.
#[must_use]
pub fn is_built() -> bool {
    Site::get("assets.json").is_some()
}

/// What `cargo xtask` says of the files, by their paths below `/pkg`.
#[derive(Default, Deserialize)]
struct Manifest {
    files: HashMap<String, String>,
    parts: HashMap<String, Vec<String>>,
}

/// The files that pages load.
#[must_use]
pub fn assets() -> Assets {
    let Manifest { files, parts } = Site::get("assets.json")
        .and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default();
    let path = |key: &str| files.get(key).map(|name| address(name).into()).unwrap_or_default();
    let modules = |names: Vec<String>| names.iter().map(|name| address(name)).collect();
    Assets {
        js: path("js"),
        wasm: path("wasm"),
        split: path("split"),
        parts: Arc::new(parts.into_iter().map(|(part, names)| (part, modules(names))).collect()),
        css: path("css"),
        icons: path("icons"),
        favicon: path("favicon"),
    }
}

fn address(name: &str) -> String {
    format!("/pkg/{name}")
}

/// Serves a file, as compressed as the browser takes it.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let accepted =
        headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |wanted: &str| {
        accepted.split(',').any(|coding| coding.split(';').next().map(str::trim) == Some(wanted))
    };
    let variant = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(coding, _)| accepts(coding))
        .find_map(|(coding, suffix)| {
            Site::get(&format!("pkg/{path}{suffix}")).map(|file| (file, Some(coding)))
        });
    let Some((file, coding)) =
        variant.or_else(|| Site::get(&format!("pkg/{path}")).map(|file| (file, None)))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = mime_guess::from_path(&path).first_or_octet_stream();
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        headers.insert(CONTENT_TYPE, kind);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
