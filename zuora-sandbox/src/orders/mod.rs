//! Orders: what a request asks for is worked out beside the state, so that a
//! preview can throw it away and a refusal leaves nothing behind.

mod account;
mod actions;
mod cancel;
mod commit;
mod create;
mod products;
mod rate_plan;
mod terms;
mod transfer;
mod undo;
mod work;

pub use account::new_account;
pub use commit::commit;
pub use undo::delete;
pub use work::{Change, Head, Work};

use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::AccountStatus;

/// The most subscriptions in one order, and the most actions.
const MOST: usize = 50;

/// Works out what the order asks for.
///
/// # Errors
/// With the first thing that stands against it.
pub fn run(work: &mut Work<'_>, body: &Fields<'_>) -> Result<Head, Refusal> {
    if !work.state.tenant.orders {
        return Err(Refusal::new(
            crate::refusal::Category::Rule,
            "The Orders feature is not enabled for this tenant.",
        ));
    }
    let mut head = head(work, body)?;
    let entries = body.objects("subscriptions")?;
    if entries.is_empty() {
        return Err(Refusal::missing("subscriptions"));
    }
    if entries.len() > MOST {
        return Err(Refusal::rule(format!("An order cannot have more than {MOST} subscriptions.")));
    }
    let mut actions = 0;
    for entry in &entries {
        actions += entry.objects("orderActions")?.len();
        actions::subscription(work, &head, entry)?;
    }
    if actions > MOST {
        return Err(Refusal::rule(format!("An order cannot have more than {MOST} actions.")));
    }
    head.account = work.account(&head.account.number)?;
    Ok(head)
}

fn head(work: &mut Work<'_>, body: &Fields<'_>) -> Result<Head, Refusal> {
    let date = body.day("orderDate")?.ok_or_else(|| Refusal::missing("orderDate"))?;
    let number = body.own_number("orderNumber", 100)?;
    if let Some(number) = number.as_deref().filter(|number| work.state.orders.contains_key(*number))
    {
        return Err(Refusal::value(format!("Order number '{number}' already exists.")));
    }
    let custom = body.custom()?;
    work.state.tenant.check("Order", &custom)?;
    let existing = match body.text("existingAccountNumber", 70)? {
        Some(number) => Some(number),
        None => body.text("existingAccountId", 32)?,
    };
    let new = body.object("newAccount")?.or(body.object("previewAccountInfo")?);
    let account = match (existing, new) {
        (Some(_), Some(_)) => {
            return Err(Refusal::value(
                "'existingAccountNumber' and 'newAccount' cannot both be specified",
            ));
        }
        (None, None) => return Err(Refusal::missing("existingAccountNumber")),
        (Some(number), None) => work.account(&number)?,
        (None, Some(fields)) => account::for_order(work, &fields)?,
    };
    if account.status == AccountStatus::Canceled {
        return Err(Refusal::rule(format!("Account '{}' is not active.", account.number)));
    }
    Ok(Head {
        number,
        date,
        description: body.text("description", 500)?.unwrap_or_default(),
        custom,
        account,
    })
}
