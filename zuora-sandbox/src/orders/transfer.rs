//! `OwnerTransfer`: another subscription owner, another invoice owner, or both.

use super::create::check_owners;
use super::work::Work;
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::Subscription;
use serde_json::{Map, Value};

/// Hands the subscription over. What has been billed stays where it is.
pub(super) fn change(
    work: &Work<'_>,
    subscription: &mut Subscription,
    fields: &Fields<'_>,
) -> Result<Map<String, Value>, Refusal> {
    if !work.state.tenant.owner_transfer {
        return Err(Refusal::rule("The Owner Transfer feature is not enabled for this tenant."));
    }
    let owner = fields.text("destinationAccountNumber", 70)?;
    let invoice_owner = fields.text("destinationInvoiceAccountNumber", 70)?;
    if owner.is_none() && invoice_owner.is_none() {
        return Err(Refusal::missing(&fields.name("destinationAccountNumber")));
    }
    let owner = work.account(owner.as_deref().unwrap_or(&subscription.account_id))?;
    let invoice_owner =
        work.account(invoice_owner.as_deref().unwrap_or(&subscription.invoice_owner_id))?;
    check_owners(work, &owner, &invoice_owner)?;
    if invoice_owner.currency != subscription.currency {
        return Err(Refusal::rule(format!(
            "The invoice owner's currency {} differs from the subscription's currency {}.",
            invoice_owner.currency, subscription.currency
        )));
    }
    subscription.account_id = owner.id;
    subscription.invoice_owner_id = invoice_owner.id;
    Ok(fields.raw().clone())
}
