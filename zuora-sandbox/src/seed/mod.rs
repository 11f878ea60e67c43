//! What a fresh sandbox knows: a few reseller accounts and a product catalog.
//! Their identifiers are the same every time, so that walk-throughs can name
//! them.

mod accounts;
mod catalog;

use crate::clock::{Clock, Moment};
use crate::day::Day;
use crate::ids::Sequences;
use crate::state::State;
use crate::tenant::Tenant;
use std::collections::BTreeMap;

/// A fresh sandbox's state.
#[must_use]
pub fn state(clock: &Clock) -> State {
    let now = clock.now();
    // The low bits of a time-ordered identifier are random.
    let salt = u32::try_from(uuid::Uuid::now_v7().as_u128() & 0xFFFF_FFFF).unwrap_or_default();
    let mut state = State {
        sequences: Sequences::new(salt),
        tenant: Tenant::default(),
        clock_shift: clock.shift(),
        billed_through: now.day(),
        products: catalog::products(),
        accounts: BTreeMap::new(),
        account_numbers: BTreeMap::new(),
        subscriptions: BTreeMap::new(),
        subscription_ids: BTreeMap::new(),
        orders: BTreeMap::new(),
        documents: BTreeMap::new(),
        account_documents: BTreeMap::new(),
        idempotency: BTreeMap::new(),
    };
    for account in accounts::resellers(now) {
        state.put_account(account);
    }
    state
}

/// A seed's identifier: 32 hexadecimal digits.
fn fixed_id(family: u16, place: u16) -> String {
    format!("8ad0a1c08f3b5d11018f3b7c{family:04x}{place:04x}")
}

const fn long_ago() -> Moment {
    Moment(1_704_067_200)
}

fn sold_from() -> Day {
    long_ago().day()
}
