//! How old what is shown of the billing system is.

use super::live::{Erase, any};
use super::{Notice, Tone, dom};
use crate::domain::{Freshness, Timestamp};
use leptos::prelude::*;
use std::time::Duration;

/// How often the words are looked at again.
const PACE: Duration = Duration::from_secs(30);

/// A quiet line: "As of 2 minutes ago".
#[component]
pub fn AsOf(
    /// How old it is.
    freshness: Freshness,
) -> impl IntoView {
    any(freshness.read_at.map(|at| {
        view! { <p class="as-of">"As of "<Ago at /></p> }
    }))
}

/// How long ago something was; the full moment on hover, and instead where no
/// script knows what time it is. So the server and the browser begin alike.
#[component]
pub fn Ago(
    /// When it was.
    at: Timestamp,
) -> impl IntoView {
    let now = RwSignal::new(None::<Timestamp>);
    Effect::new(move |_| {
        now.set(Some(dom::now()));
        let look = move || {
            now.try_set(Some(dom::now()));
        };
        if let Ok(timer) = set_interval_with_handle(look, PACE) {
            on_cleanup(move || timer.clear());
        }
    });
    let words = move || now.get().map_or_else(|| at.full(), |now| at.ago(now));
    view! { <time datetime=at.iso() title=at.full()>{words}</time> }
}

/// Says that the billing system does not answer, where that is so.
#[component]
pub fn AwayNotice(
    /// How old what is shown is.
    freshness: Freshness,
) -> impl IntoView {
    any(freshness.is_away.then(|| {
        let what = match freshness.read_at {
            Some(at) => view! { <p>"What you see was read "<Ago at />". It follows by itself as soon as Zuora answers."</p> }.erase(),
            None => view! { <p>"Nothing could be read yet. It follows by itself as soon as Zuora answers."</p> }.erase(),
        };
        view! {
            <div class="away">
                <Notice tone=Tone::Warning>
                    <p><strong>"Zuora does not answer at the moment."</strong></p>
                    {what}
                </Notice>
            </div>
        }
    }))
}
