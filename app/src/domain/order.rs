//! Orders: what partners have asked for, and how it stands.

use super::billing::{OrderNumber, SubscriptionNumber};
use super::change::CancelWhen;
use super::customer::CustomerId;
use super::ids::uuid_id;
use super::offer::OfferId;
use super::organisation::{InvoiceOwner, OrganisationId, OrganisationName};
use super::timestamp::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

uuid_id! {
    /// An order's ID, a UUID of version 7.
    OrderId;
}

/// What is said where an order would take effect on another day than the one
/// for which its price was shown.
pub const DAY_CHANGED: &str = "The day has changed. Look at the price again.";

/// What an order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// A new subscription.
    Purchase,
    /// A change of a subscription, its cancellation included.
    Change,
    /// Takes back a change that has not yet taken effect.
    Undo,
}

/// How an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// It is put together and waits for *Place order*; the billing system knows
    /// nothing of it.
    Draft,
    /// It is saved and on its way to the billing system.
    Placing {
        /// Why that takes longer, in words for the partner; `None` while it
        /// does not.
        delay: Option<String>,
    },
    /// The billing system has carried it out.
    Placed {
        /// Its number there; `None` for what was taken back.
        order: Option<OrderNumber>,
        /// The subscription it made or changed.
        subscription: SubscriptionNumber,
    },
    /// The billing system has refused it; nothing was done.
    Refused {
        /// Why, in words the partner can act on.
        reason: String,
    },
    /// It cannot go on without an admin; nothing is lost.
    NeedsAttention {
        /// Why, in words for the admin; empty for partners.
        reason: String,
    },
}

impl Order {
    /// As its partner sees it: what an admin has to mend names settings, and
    /// accounts that may be another's.
    #[must_use]
    pub fn for_partner(mut self) -> Self {
        if let OrderState::NeedsAttention { reason } = &mut self.state {
            reason.clear();
        }
        self
    }
}

impl OrderState {
    /// Whether it will not change any more by itself.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !matches!(self, Self::Draft | Self::Placing { .. })
    }

    /// The words for people.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "Not placed",
            Self::Placing { .. } => "On its way",
            Self::Placed { .. } => "Placed",
            Self::Refused { .. } => "Refused",
            Self::NeedsAttention { .. } => "Needs attention",
        }
    }
}

/// A plan or add-on in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The offer's name when it was ordered.
    pub name: String,
    /// How many units; `None` where none are counted.
    pub quantity: Option<Decimal>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its ID.
    pub id: OrderId,
    /// Our reference, which is its number in the billing system: `PO-…`.
    pub reference: String,
    /// What the program that ordered calls it; `None` on the pages.
    pub external_id: Option<String>,
    /// What it does.
    pub kind: OrderKind,
    /// What it does, in a few words: "Pro for Example GmbH", "Cancel A-S00000001".
    pub title: String,
    /// How it stands.
    pub state: OrderState,
    /// The end customer, once known here.
    pub customer: Option<CustomerId>,
    /// The end customer's name.
    pub customer_name: String,
    /// The subscription it changes or made.
    pub subscription: Option<SubscriptionNumber>,
    /// What is bought or changed.
    pub lines: Vec<OrderLine>,
    /// Who is invoiced.
    pub invoice_owner: InvoiceOwner,
    /// Who that is by name: the organisation or the end customer.
    pub invoiced_to: String,
    /// The day it takes effect; `None` for the end of the current term.
    pub effective_on: Option<Date>,
    /// What is bought, for a purchase: where a draft is changed.
    pub offer: Option<OfferId>,
    /// Who ordered, by name.
    pub ordered_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was carried out or refused.
    pub settled_at: Option<Timestamp>,
}

/// An order that needs attention, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckOrder {
    /// The partner organisation's ID …
    pub organisation: OrganisationId,
    /// … and name.
    pub organisation_name: OrganisationName,
    /// The order.
    pub order: Order,
}

impl Order {
    /// When it cancels its subscription; `None` where it does something else.
    /// A cancellation is the change of which nothing is bought or changed.
    #[must_use]
    pub fn cancels(&self) -> Option<CancelWhen> {
        let is_cancellation = self.kind == OrderKind::Change && self.lines.is_empty();
        is_cancellation.then_some(match self.effective_on {
            Some(_) => CancelWhen::Now,
            None => CancelWhen::TermEnd,
        })
    }
}
