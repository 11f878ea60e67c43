//! Offers as partners see them: priced in the currencies in which they can buy.

use partners_app::domain::{Currency, Offer, ShopOffer};

/// In which currencies an organisation can buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currencies {
    /// In each that an offer has a price in: the end customer is invoiced.
    Any,
    /// In this one alone: that of the account that is invoiced.
    Only(Currency),
    /// In none: the account that would be invoiced cannot be.
    None,
}

impl Currencies {
    fn has(self, currency: Currency) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == currency,
            Self::None => false,
        }
    }
}

/// An offer as a partner sees it; `None` where it cannot be bought in any of
/// the currencies.
#[must_use]
pub fn shown(offer: &Offer, bought_in: Currencies) -> Option<ShopOffer> {
    let plan = offer.plan.as_ref()?;
    let currencies: Vec<Currency> =
        plan.currencies().into_iter().filter(|currency| bought_in.has(*currency)).collect();
    if currencies.is_empty() {
        return None;
    }
    let mut charges = plan.charges.clone();
    for charge in &mut charges {
        charge.prices.retain(|price| currencies.contains(&price.currency));
    }
    let content = &offer.content;
    Some(ShopOffer {
        id: offer.id,
        name: content.name.clone(),
        description: content.description.clone(),
        features: content.features.clone(),
        labels: content.labels.clone(),
        term: content.term,
        charges,
        currencies,
        takes_quantity: plan.takes_quantity(),
    })
}
