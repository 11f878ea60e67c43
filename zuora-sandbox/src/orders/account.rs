//! Accounts that are made, by themselves or with an order.

use super::work::Work;
use crate::clock::Moment;
use crate::fields::{Custom, Fields};
use crate::ids::Sequences;
use crate::refusal::Refusal;
use crate::state::{Account, AccountStatus, Contact, State};

const CURRENCIES: [&str; 8] = ["USD", "EUR", "GBP", "CHF", "JPY", "AUD", "CAD", "SEK"];

/// Reads a new account; it is not yet kept. It is a draft until it is ordered
/// for, unless a bill cycle day makes it complete.
///
/// # Errors
/// When a field is missing or wrong, or the number is taken.
pub fn new_account(
    state: &State,
    sequences: &mut Sequences,
    now: Moment,
    fields: &Fields<'_>,
    custom: Custom,
) -> Result<Account, Refusal> {
    let name = fields.need_text("name", 255)?;
    let currency = currency(fields)?;
    let bill_cycle_day = fields
        .count("billCycleDay")?
        .ok_or_else(|| Refusal::missing(&fields.name("billCycleDay")))?;
    let bill_cycle_day =
        u8::try_from(bill_cycle_day).ok().filter(|day| *day <= 31).ok_or_else(|| {
            Refusal::value(format!("'{}' should be 0 to 31", fields.name("billCycleDay")))
        })?;
    let number = number(state, sequences, fields)?;
    let bill_to = Contact::read(&fields.need_object("billToContact")?, sequences.id())?;
    let sold_to = match fields.object("soldToContact")? {
        Some(contact) => Contact::read(&contact, sequences.id())?,
        None => bill_to.clone(),
    };
    state.tenant.check("Account", &custom)?;
    Ok(Account {
        id: sequences.id(),
        number,
        name,
        currency,
        status: AccountStatus::Active,
        crm_id: fields.text("crmId", 100)?.unwrap_or_default(),
        partner_account: fields.flag("partnerAccount")?.unwrap_or_default(),
        parent_id: match fields.text("parentId", 32)? {
            Some(key) => Some(state.account(&key)?.id.clone()),
            None => None,
        },
        bill_cycle_day,
        payment_term: fields
            .text("paymentTerm", 40)?
            .unwrap_or_else(|| "Due Upon Receipt".to_owned()),
        auto_pay: fields.flag("autoPay")?.unwrap_or_default(),
        batch: fields.text("batch", 32)?.unwrap_or_else(|| "Batch1".to_owned()),
        notes: fields.text("notes", 65_535)?.unwrap_or_default(),
        bill_to,
        sold_to,
        custom,
        created: now,
        updated: now,
    })
}

/// An account that is made with an order, or stands in for one in a preview.
///
/// # Errors
/// As [`new_account`].
pub(super) fn for_order(work: &mut Work<'_>, fields: &Fields<'_>) -> Result<Account, Refusal> {
    let account = if fields.has("billToContact") {
        let custom = fields.custom()?;
        new_account(work.state, &mut work.sequences, work.now, fields, custom)?
    } else {
        hypothetical(work, fields)?
    };
    work.accounts.push(account.clone());
    Ok(account)
}

/// A preview's account needs a currency only.
fn hypothetical(work: &mut Work<'_>, fields: &Fields<'_>) -> Result<Account, Refusal> {
    if !fields.name("").starts_with("previewAccountInfo") {
        return Err(Refusal::missing(&fields.name("billToContact")));
    }
    let contact = Contact { id: work.sequences.id(), ..Contact::default() };
    Ok(Account {
        id: work.sequences.id(),
        number: number(work.state, &mut work.sequences, fields)?,
        name: String::new(),
        currency: currency(fields)?,
        status: AccountStatus::Draft,
        crm_id: String::new(),
        partner_account: false,
        parent_id: None,
        bill_cycle_day: 0,
        payment_term: "Due Upon Receipt".to_owned(),
        auto_pay: false,
        batch: "Batch1".to_owned(),
        notes: String::new(),
        bill_to: contact.clone(),
        sold_to: contact,
        custom: fields.custom()?,
        created: work.now,
        updated: work.now,
    })
}

fn currency(fields: &Fields<'_>) -> Result<String, Refusal> {
    let currency = fields.need_text("currency", 3)?;
    if CURRENCIES.contains(&currency.as_str()) {
        Ok(currency)
    } else {
        Err(Refusal::value(format!(
            "'{}' value '{currency}' is not a currency of this tenant",
            fields.name("currency")
        )))
    }
}

fn number(
    state: &State,
    sequences: &mut Sequences,
    fields: &Fields<'_>,
) -> Result<String, Refusal> {
    match fields.own_number("accountNumber", 50)? {
        Some(number) if state.account_numbers.contains_key(&number) => {
            Err(Refusal::value(format!("Account number '{number}' already exists.")))
        }
        Some(number) => Ok(number),
        None => loop {
            let number = sequences.account();
            if !state.account_numbers.contains_key(&number) {
                return Ok(number);
            }
        },
    }
}
