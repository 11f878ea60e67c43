//! The parts of a page that change.
//!
//! Everything reactive is compiled once for each type of closure. These turn
//! closures into one type each, which makes what the browser loads smaller.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// A part of a page that changes.
pub fn live(view: impl FnMut() -> AnyView + Send + 'static) -> SharedReactiveFunction<AnyView> {
    Arc::new(Mutex::new(view))
}

/// A part of a page that comes and goes.
pub fn shown<V: IntoView + 'static>(
    view: impl Fn() -> Option<V> + Send + 'static,
) -> SharedReactiveFunction<AnyView> {
    live(move || any(view()))
}

/// A view, or nothing.
pub fn any<V: IntoView + 'static>(view: Option<V>) -> AnyView {
    match view {
        Some(view) => view.into_any(),
        None => ().into_any(),
    }
}
