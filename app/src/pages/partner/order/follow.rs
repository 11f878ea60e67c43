//! While an order is on its way, the page follows by itself.

use crate::api::shop::GetOrder;
use crate::ask::ask;
use crate::components::{dom, messages};
use crate::domain::{Order, OrderState};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long to wait before the next round: every second for the first half
/// minute, then longer and longer, up to ten seconds.
const fn pause(round: u32) -> Duration {
    Duration::from_secs(match round {
        0..30 => 1,
        30..60 => 2,
        60..120 => 5,
        _ => 10,
    })
}

fn is_on_its_way(order: &Order) -> bool {
    matches!(order.state, OrderState::Placing { .. })
}

/// Asks how the order stands, again and again, until it is on its way no more
/// or the page is left. Quietly: a round that fails is followed by another.
pub fn follow(order: RwSignal<Order>) {
    let waits = Memo::new(move |_| order.with(is_on_its_way));
    let messages = messages::use_messages();
    Effect::new(move |waited: Option<bool>| {
        let waits = waits.get();
        if waits && waited != Some(true) {
            next_round(order, 0);
        } else if waited == Some(true) {
            messages.announce(order.with_untracked(|order| order.state.label()));
        }
        waits
    });
}

fn next_round(order: RwSignal<Order>, round: u32) {
    let ask_again = move || {
        spawn_local(async move {
            // The page may have been left.
            let Some(id) = order.try_with_untracked(|order| order.id) else { return };
            let answer = ask(&GetOrder { organisation: None, id }).await;
            let Some(shown) = order.try_get_untracked() else { return };
            match answer {
                Ok(fresh) if fresh != shown => order.set(fresh),
                Err(PublicError::NotSignedIn) => return dom::sign_in_again(),
                _ => {}
            }
            if order.with_untracked(is_on_its_way) {
                next_round(order, round + 1);
            }
        });
    };
    set_timeout(ask_again, pause(round));
}
