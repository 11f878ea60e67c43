//! Whose a new subscription has become, and who is invoiced for it.

use crate::billing::{EndCustomer, NewOrder, OrderInvoiceOwner, Party, PlacedOrder, Subscription};
use partners_app::domain::ZuoraAccountId;

/// What is wrong with the owners of a new subscription, in words for the admin.
pub(super) fn wrong(
    order: &NewOrder,
    placed: &PlacedOrder,
    subscription: &Subscription,
) -> Option<String> {
    let Subscription { number, owner, invoice_owner, .. } = subscription;
    if owner.number.as_ref() != Some(&placed.customer) {
        return Some(format!(
            "{number} should belong to the account {}, but Zuora says it belongs to {}. Correct its owner in Zuora, then try again.",
            placed.customer,
            named(owner)
        ));
    }
    if let EndCustomer::Existing(account) = &order.customer
        && *account != placed.customer
    {
        return Some(format!(
            "{number} should belong to the account {account}, but Zuora says it belongs to {}. Correct its owner in Zuora, then try again.",
            named(owner)
        ));
    }
    match &order.invoice_owner {
        OrderInvoiceOwner::EndCustomer if owner.id != invoice_owner.id => Some(format!(
            "{number} should be invoiced to its owner, {}, but Zuora says it is invoiced to {}. Correct its invoice owner in Zuora, then try again.",
            named(owner),
            named(invoice_owner)
        )),
        OrderInvoiceOwner::Partner(account) if !is(invoice_owner, account) => Some(format!(
            "{number} should be invoiced to the partner’s account {account}, but Zuora says it is invoiced to {}. Correct its invoice owner in Zuora, then try again.",
            named(invoice_owner)
        )),
        OrderInvoiceOwner::Partner(account)
            if matches!(order.customer, EndCustomer::New(_)) && is(owner, account) =>
        {
            Some(format!(
                "{number} should belong to the end customer’s new account, but Zuora says it belongs to the partner’s own, {account}. Correct its owner in Zuora, then try again."
            ))
        }
        _ => None,
    }
}

/// Whether an account is the one that is named by its ID or number.
fn is(party: &Party, account: &ZuoraAccountId) -> bool {
    let named = account.as_str();
    party.id.as_str().eq_ignore_ascii_case(named)
        || party.number.as_ref().is_some_and(|number| number.as_str().eq_ignore_ascii_case(named))
}

fn named(party: &Party) -> String {
    match (&party.name, &party.number) {
        (Some(name), Some(number)) => format!("{name} ({number})"),
        (None, Some(number)) => number.to_string(),
        _ => party.id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::{
        Attribution, OrderNumber, OrderedPlan, SubscriptionNumber, SubscriptionStatus, Term,
    };
    use partners_app::domain::OrganisationId;
    use partners_app::domain::billing::{AccountId, AccountNumber, RatePlanId};
    use time::macros::date;

    fn order(invoice_owner: OrderInvoiceOwner) -> NewOrder {
        NewOrder {
            customer: EndCustomer::Existing(AccountNumber::from("A-1")),
            invoice_owner,
            plan: OrderedPlan { rate_plan: RatePlanId::from("plan"), quantity: None },
            add_ons: Vec::new(),
            ordered_on: date!(2026 - 11 - 25),
            starts_on: date!(2026 - 11 - 25),
            term: Term { months: Some(12), auto_renew: true },
            invoice_now: true,
            attribution: Attribution {
                organisation: OrganisationId::default(),
                salesforce_account: None,
            },
        }
    }

    fn party(number: &str) -> Party {
        Party {
            id: AccountId(format!("id-of-{number}")),
            number: Some(AccountNumber::from(number)),
            name: None,
        }
    }

    fn subscription(owner: &str, invoice_owner: &str) -> Subscription {
        Subscription {
            number: SubscriptionNumber::from("A-S1"),
            status: SubscriptionStatus::Active,
            owner: party(owner),
            invoice_owner: party(invoice_owner),
            currency: None,
            starts_on: None,
            ends_on: None,
            term_starts_on: None,
            term_ends_on: None,
            auto_renews: true,
            plans: Vec::new(),
            latest_order: None,
            organisation: None,
        }
    }

    fn partner() -> OrderInvoiceOwner {
        OrderInvoiceOwner::Partner(ZuoraAccountId::parse("PA-1").expect("a number"))
    }

    #[test]
    fn both_owners_must_be_right() {
        let placed = PlacedOrder {
            order: OrderNumber::from("O-1"),
            subscription: SubscriptionNumber::from("A-S1"),
            customer: AccountNumber::from("A-1"),
        };
        for (invoice_owner, owner, payer, is_wrong) in [
            (partner(), "A-1", "PA-1", false),
            (partner(), "A-1", "A-1", true),
            (partner(), "PA-1", "PA-1", true),
            (OrderInvoiceOwner::EndCustomer, "A-1", "A-1", false),
            (OrderInvoiceOwner::EndCustomer, "A-1", "PA-1", true),
            (OrderInvoiceOwner::EndCustomer, "A-2", "A-2", true),
        ] {
            let told = wrong(&order(invoice_owner.clone()), &placed, &subscription(owner, payer));
            assert_eq!(told.is_some(), is_wrong, "{invoice_owner:?} {owner} {payer}: {told:?}");
        }
    }

    #[test]
    fn a_partners_account_is_told_by_its_id_too() {
        let by_id = ZuoraAccountId::parse("ID-OF-PA-1").expect("an ID");
        assert!(is(&party("PA-1"), &by_id) && !is(&party("PA-2"), &by_id));
    }
}
