//! Whether Zuora has the accounts of a file, asked while somebody waits: as
//! many as a few seconds allow. The others are checked after the import.

use crate::accounts::Accounts;
use futures::{StreamExt, stream};
use partners_app::domain::import::UNCHECKED;
use partners_app::domain::organisation::field::ZUORA_ACCOUNT;
use partners_app::domain::{AccountLookup, FieldErrors, ImportRow, RowState, ZuoraAccountId};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How many accounts are asked for at once.
const AT_ONCE: usize = 8;
/// How long all of it may take.
const BUDGET: Duration = Duration::from_secs(10);
/// After so many questions without an answer no more are asked.
const FAILURES: usize = AT_ONCE;

/// Notes beside the accounts of some rows, given with their places, what the
/// form would say of them, and beside each of which nothing is known that it
/// is not checked.
pub async fn check(
    accounts: &Accounts,
    rows: &mut [ImportRow],
    wanted: Vec<(usize, ZuoraAccountId)>,
) {
    if accounts.billing().is_none() {
        return;
    }
    let mut places: HashMap<ZuoraAccountId, Vec<usize>> = HashMap::new();
    let mut distinct = Vec::new();
    for (place, account) in wanted {
        places.entry(account.clone()).or_default().push(place);
        if places.get(&account).is_some_and(|places| places.len() == 1) {
            distinct.push(account);
        }
    }
    let answers = stream::iter(distinct).map(|account| {
        let accounts = accounts.clone();
        async move {
            let found = accounts.find(&account).await;
            (account, found)
        }
    });
    let mut answers = answers.buffer_unordered(AT_ONCE);
    let (deadline, mut failures) = (Instant::now() + BUDGET, 0);
    while failures < FAILURES {
        let Ok(Some((account, found))) = timeout_at(deadline, answers.next()).await else { break };
        if matches!(found, AccountLookup::Unreachable | AccountLookup::NotConnected) {
            failures += 1;
            continue;
        }
        let known = places.remove(&account).unwrap_or_default();
        let Some(message) = found.refusal() else { continue };
        for place in known {
            if let Some(row) = rows.get_mut(place) {
                row.state = RowState::Problem;
                row.problems = FieldErrors::one(ZUORA_ACCOUNT, message.clone());
            }
        }
    }
    for place in places.into_values().flatten() {
        if let Some(row) = rows.get_mut(place).filter(|row| row.problems.is_empty()) {
            row.problems.push(ZUORA_ACCOUNT, UNCHECKED);
        }
    }
}
