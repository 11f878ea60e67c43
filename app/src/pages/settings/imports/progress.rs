//! How far an import has come, while it is under way.

use crate::api::imports::GetImportProgress;
use crate::ask::ask;
use crate::components::live::Erase;
use crate::components::messages::use_messages;
use crate::components::{count, dom};
use crate::domain::{Import, ImportCounts, ImportKind, ImportProgress, ImportState};
use crate::error::PublicError;
use crate::paths;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often it is asked for.
const PAUSE: Duration = Duration::from_millis(700);

/// The bar. It follows by itself; without scripts a link reads the page again.
#[component]
pub fn ProgressBar(
    /// The import.
    import: Import,
    /// How many rows stood how.
    counts: ImportCounts,
    /// Reads the page again, once the import is done.
    reload: Callback<()>,
) -> impl IntoView {
    let (id, kind) = (import.id, import.kind);
    let progress = RwSignal::new(ImportProgress { state: import.state, counts });
    let messages = use_messages();
    let done = Callback::new(move |counts: ImportCounts| {
        messages.say(created(kind, counts.created));
        reload.run(());
    });
    Effect::new(move |_| follow(progress, import.id, done));
    // What was not ready when the page came is not part of the work.
    let total = counts.total() - counts.left_out();
    let worked = move || progress.with(|progress| (total - progress.counts.ready).max(0));
    view! {
        <div class="import-progress">
            <p id="import-progress">
                {move || format!(
                    "{} of {} are done.",
                    count::thousands(worked()),
                    count::of(Some(total), "row", "rows"),
                )}
            </p>
            <progress aria-labelledby="import-progress" max=total.to_string() value=move || worked().to_string()></progress>
            <p class="quiet">
                "You can leave this page: the import goes on, also after a restart of the server. "
                <a class="without-script" rel="external" href=paths::import(id)>"Look again"</a>
            </p>
        </div>
    }
    .erase()
}

/// What was created, in words.
#[must_use]
pub fn created(kind: ImportKind, number: i64) -> String {
    let (one, many) = kind.nouns();
    let were = if number == 1 { "was" } else { "were" };
    format!("{} {were} created.", count::of(Some(number), one, many))
}

/// Asks again and again until the import is done, or the page is left. Quietly:
/// a round that fails is followed by another.
fn follow(
    progress: RwSignal<ImportProgress>,
    id: crate::domain::ImportId,
    done: Callback<ImportCounts>,
) {
    let fetch = move || {
        spawn_local(async move {
            // The page may have been left.
            if progress.try_get_untracked().is_none() {
                return;
            }
            let fetched = ask(&GetImportProgress { id }).await;
            if progress.try_get_untracked().is_none() {
                return;
            }
            match fetched {
                Ok(fresh) if fresh.state == ImportState::Applying => progress.set(fresh),
                Ok(fresh) => return done.run(fresh.counts),
                Err(PublicError::NotSignedIn) => return dom::sign_in_again(),
                Err(_) => {}
            }
            follow(progress, id, done);
        });
    };
    set_timeout(fetch, PAUSE);
}
