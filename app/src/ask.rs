//! How a page asks the server.
//!
//! Answers travel as JSON text through one function and one kind of resource,
//! and each is read once, where it is shown. Leptos's own client would be
//! compiled anew for every server function, and so would everything reactive
//! around each type of answer: together half of what the browser has to load.

use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server::codee::string::FromToStringCodec;
use leptos::server_fn::ServerFn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

/// An answer on its way, as JSON of a `Result<T, PublicError>`.
type Answer = Pin<Box<dyn Future<Output = String> + Send>>;

/// Something a page shows that the server has to be asked for. On the server
/// it is asked for while the page is rendered, and sent along with it.
pub struct Load<T> {
    text: Resource<String, FromToStringCodec>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Load<T> {}

impl<T: DeserializeOwned> Load<T> {
    /// What the server answered, once it has. To be read within `Suspense` or
    /// `Transition`. Nothing where what asked is gone: the server renders what
    /// stands within another answer anew, and may still be at what was before.
    #[must_use]
    pub fn get(self) -> Option<Result<T, PublicError>> {
        self.text.try_get().flatten().map(|text| read_answer(&text))
    }

    /// Asks again.
    pub fn refetch(self) {
        self.text.refetch();
    }
}

/// Asks by the call that `call` makes, and again whenever that changes.
pub fn load<F>(call: impl Fn() -> F + Send + Sync + 'static) -> Load<F::Output>
where
    F: ServerFn<Error = PublicError> + Serialize + DeserializeOwned + 'static,
    F::Output: Serialize,
{
    let question = move || serde_json::to_string(&call()).unwrap_or_default();
    Load { text: resource(Box::new(question), answer::<F>), kind: PhantomData }
}

fn resource(
    question: Box<dyn Fn() -> String + Send + Sync>,
    answer: fn(String) -> Answer,
) -> Resource<String, FromToStringCodec> {
    Resource::new_str(question, answer)
}

fn read_answer<T: DeserializeOwned>(text: &str) -> Result<T, PublicError> {
    serde_json::from_str(text).unwrap_or(Err(PublicError::Unreachable))
}

/// Reads the value of an answer.
///
/// # Errors
/// Where it is not what was expected: the server is of another version.
pub fn read<T: DeserializeOwned>(value: &str) -> Result<T, PublicError> {
    serde_json::from_str(value).map_err(|_| PublicError::Unreachable)
}

/// Asks once.
///
/// # Errors
/// What the server answered, or that it could not be reached.
pub async fn ask<F>(call: &F) -> Result<F::Output, PublicError>
where
    F: ServerFn<Error = PublicError> + Serialize,
    F::Output: DeserializeOwned,
{
    let question = serde_json::to_string(call).unwrap_or_default();
    read(&post(F::PATH, Body::Json(question)).await?)
}

/// On the server the function is called; nothing leaves the process.
#[cfg(feature = "ssr")]
fn answer<F>(question: String) -> Answer
where
    F: ServerFn<Error = PublicError> + DeserializeOwned + 'static,
    F::Output: Serialize,
{
    Box::pin(async move {
        let answer = match serde_json::from_str::<F>(&question) {
            Ok(call) => call.run_body().await,
            Err(_) => Err(PublicError::Unreachable),
        };
        serde_json::to_string(&answer).unwrap_or_default()
    })
}

#[cfg(not(feature = "ssr"))]
fn answer<F: ServerFn>(question: String) -> Answer {
    Box::pin(browser::answer(F::PATH, question))
}

/// What is sent along.
pub enum Body {
    /// The arguments of a function that reads.
    Json(String),
    /// A form, as browsers encode it.
    Form(String),
}

/// Posts to a server function and returns its value as JSON. Where the
/// function leads to another page, the browser goes there.
///
/// # Errors
/// What the server answered, or that it could not be reached.
pub async fn post(path: &'static str, body: Body) -> Result<String, PublicError> {
    #[cfg(not(feature = "ssr"))]
    return browser::post(path, body).await;
    #[cfg(feature = "ssr")]
    {
        let _ = (path, body);
        Err(PublicError::Unreachable)
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use super::Body;
    use crate::error::PublicError;
    use leptos::server_fn::redirect::{REDIRECT_HEADER, call_redirect_hook};
    use leptos::wasm_bindgen::{JsCast, JsValue};
    use send_wrapper::SendWrapper;
    use std::future::Future;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Headers, RequestInit, Response};

    /// The answer with its wrapping, as the server sends it along with a page.
    pub fn answer(
        path: &'static str,
        question: String,
    ) -> impl Future<Output = String> + Send + use<> {
        SendWrapper::new(async move {
            match post(path, Body::Json(question)).await {
                Ok(value) => format!("{{\"Ok\":{value}}}"),
                Err(error) => {
                    let error = serde_json::to_string(&error).unwrap_or_default();
                    format!("{{\"Err\":{error}}}")
                }
            }
        })
    }

    pub async fn post(path: &str, body: Body) -> Result<String, PublicError> {
        let (status, text) = fetch(path, body).await.map_err(|_| PublicError::Unreachable)?;
        if (200..300).contains(&status) {
            return Ok(text);
        }
        Err(serde_json::from_str(&text).unwrap_or(PublicError::Unreachable))
    }

    async fn fetch(path: &str, body: Body) -> Result<(u16, String), JsValue> {
        let (kind, body) = match body {
            Body::Json(body) => ("application/json", body),
            Body::Form(body) => ("application/x-www-form-urlencoded", body),
        };
        let headers = Headers::new()?;
        headers.set("Accept", "application/json")?;
        headers.set("Content-Type", kind)?;
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_headers(&headers);
        request.set_body(&JsValue::from_str(&body));
        let sent = leptos::prelude::window().fetch_with_str_and_init(path, &request);
        let response: Response = JsFuture::from(sent).await?.unchecked_into();
        let headers = response.headers();
        if headers.has(REDIRECT_HEADER)?
            && let Some(target) = headers.get("Location")?
        {
            call_redirect_hook(&target);
        }
        let text = JsFuture::from(response.text()?).await?;
        Ok((response.status(), text.as_string().unwrap_or_default()))
    }
}
