//! Dates.

use crate::domain::{Timestamp, day};
use leptos::prelude::*;
use time::Date;

/// A short date; the full moment on hover.
#[component]
pub fn Moment(
    /// When.
    at: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.iso() title=at.full()>{at.short()}</time> }
}

/// A short day; the full one on hover.
#[component]
pub fn Day(
    /// Which.
    on: Date,
) -> impl IntoView {
    view! { <time datetime=day::iso(on) title=day::full(on)>{day::short(on)}</time> }
}
