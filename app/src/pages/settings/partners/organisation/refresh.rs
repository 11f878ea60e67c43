//! While somebody is being set up, the list follows by itself.

use crate::api::users::ListUsers;
use crate::ask::ask;
use crate::components::dom;
use crate::domain::{OrganisationId, PartnerUser, UserStatus};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Every second at first, for as many rounds.
const EAGER_ROUNDS: u32 = 60;
const EAGER: Duration = Duration::from_secs(1);
/// Afterwards.
const PATIENT: Duration = Duration::from_secs(10);

fn somebody_is_set_up(users: &[PartnerUser]) -> bool {
    users.iter().any(|user| matches!(user.status, UserStatus::SettingUp { .. }))
}

/// Fetches the list again and again until nobody is being set up any more, or
/// the page is left. Quietly: a round that fails is followed by another.
pub fn refresh_while_setting_up(list: RwSignal<Vec<PartnerUser>>, organisation: OrganisationId) {
    let waiting = Memo::new(move |_| list.with(|users| somebody_is_set_up(users)));
    let running = StoredValue::new(false);
    Effect::new(move |_| {
        if waiting.get() && !running.get_value() {
            running.set_value(true);
            next_round(list, organisation, running, 0);
        }
    });
}

fn next_round(
    list: RwSignal<Vec<PartnerUser>>,
    organisation: OrganisationId,
    running: StoredValue<bool>,
    round: u32,
) {
    let pause = if round < EAGER_ROUNDS { EAGER } else { PATIENT };
    let fetch = move || {
        spawn_local(async move {
            // The page may have been left.
            if list.try_get_untracked().is_none() {
                return;
            }
            let fetched = ask(&ListUsers { organisation }).await;
            let Some(shown) = list.try_get_untracked() else { return };
            match fetched {
                Ok(fresh) if fresh != shown => {
                    list.set(fresh);
                }
                Err(PublicError::NotSignedIn) => return dom::sign_in_again(),
                _ => {}
            }
            if list.with_untracked(|users| somebody_is_set_up(users)) {
                next_round(list, organisation, running, round + 1);
            } else {
                running.set_value(false);
            }
        });
    };
    set_timeout(fetch, pause);
}
