//! Dates.

use crate::domain::Timestamp;
use leptos::prelude::*;

/// A short date; the full moment on hover.
#[component]
pub fn Moment(
    /// When.
    at: Timestamp,
) -> impl IntoView {
    view! { <time datetime=at.iso() title=at.full()>{at.short()}</time> }
}
