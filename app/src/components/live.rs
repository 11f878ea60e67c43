//! The parts of a page that change.
//!
//! Everything reactive is compiled once for each type of closure. These turn
//! closures into one type each, which makes what the browser loads smaller.

use leptos::prelude::*;
use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// A view of the one type that all others can be turned into.
pub trait Erase {
    /// Turns it into that type.
    fn erase(self) -> AnyView;
}

impl<T> Erase for View<T>
where
    T: RenderHtml + Send + 'static,
{
    fn erase(self) -> AnyView {
        // Without the wrapping, which would be a type of its own for each view.
        self.into_inner().into_any()
    }
}

/// A part of a page that changes.
pub fn live(view: impl FnMut() -> AnyView + Send + 'static) -> SharedReactiveFunction<AnyView> {
    Arc::new(Mutex::new(view))
}

/// A part of a page that comes and goes.
pub fn shown<V: Erase>(
    view: impl Fn() -> Option<V> + Send + 'static,
) -> SharedReactiveFunction<AnyView> {
    live(move || any(view()))
}

/// A view, or nothing.
pub fn any<V: Erase>(view: Option<V>) -> AnyView {
    match view {
        Some(view) => view.erase(),
        None => ().into_any(),
    }
}

impl Erase for AnyView {
    fn erase(self) -> AnyView {
        self
    }
}

impl Erase for String {
    fn erase(self) -> AnyView {
        self.into_any()
    }
}
