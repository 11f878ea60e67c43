//! What an order asks of the billing system.

use crate::billing::{ChangeOrder, Effective, NewOrder, OrderNumber, SubscriptionNumber};
use partners_app::domain::OrderKind;
use serde::{Deserialize, Serialize};
use time::Date;

/// What an order asks of the billing system; kept with it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderContent {
    /// A new subscription.
    Purchase(Box<NewOrder>),
    /// A change of a subscription.
    Change(Box<ChangeOrder>),
    /// An order that has not yet taken effect is taken back.
    Undo {
        /// Which one.
        order: OrderNumber,
        /// The subscription that it changed.
        subscription: SubscriptionNumber,
    },
}

impl OrderContent {
    /// What kind of order that makes.
    #[must_use]
    pub const fn kind(&self) -> OrderKind {
        match self {
            Self::Purchase(_) => OrderKind::Purchase,
            Self::Change(_) => OrderKind::Change,
            Self::Undo { .. } => OrderKind::Undo,
        }
    }

    /// The subscription that it is about; `None` for one that it makes.
    #[must_use]
    pub const fn subscription(&self) -> Option<&SubscriptionNumber> {
        match self {
            Self::Purchase(_) => None,
            Self::Change(change) => Some(&change.subscription),
            Self::Undo { subscription, .. } => Some(subscription),
        }
    }

    /// The day it takes effect; `None` for the end of the current term, and
    /// for what is taken back.
    #[must_use]
    pub const fn effective_on(&self) -> Option<Date> {
        match self {
            Self::Purchase(order) => Some(order.starts_on),
            Self::Change(change) => match change.effective {
                Effective::On(day) => Some(day),
                Effective::TermEnd => None,
            },
            Self::Undo { .. } => None,
        }
    }

    /// The same, ordered on this day: what was put together on an earlier one
    /// does not take effect before it.
    #[must_use]
    pub fn ordered_on(mut self, today: Date) -> Self {
        match &mut self {
            Self::Purchase(order) => {
                order.ordered_on = today;
                order.starts_on = order.starts_on.max(today);
                order.invoice_now = order.starts_on <= today;
            }
            Self::Change(change) => {
                change.ordered_on = today;
                if let Effective::On(day) = &mut change.effective {
                    *day = today.max(*day);
                }
                change.invoice_now = change.effective == Effective::On(today);
            }
            Self::Undo { .. } => {}
        }
        self
    }
}
