//! Changes of a subscription, as a partner asks for them.

use super::billing::PlanId;
use super::fields::FieldErrors;
use super::offer::OfferId;
use super::shop::ShopOffer;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A change of a subscription that a partner asks for.
///
/// More takes effect today (an upgrade, a higher quantity, an add-on); less,
/// when the term ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeRequest {
    /// Another plan: an upgrade or a downgrade.
    SwitchPlan {
        /// The plan that comes.
        to: OfferId,
        /// How many units; `None` where it counts none.
        quantity: Option<Decimal>,
    },
    /// The quantity of a plan or add-on.
    Quantity {
        /// Which one.
        plan: PlanId,
        /// How many units, above nought.
        quantity: Decimal,
    },
    /// An add-on comes.
    AddAddOn {
        /// Which one.
        offer: OfferId,
        /// How many units; `None` where it counts none.
        quantity: Option<Decimal>,
    },
    /// An add-on goes.
    RemoveAddOn {
        /// Which one.
        plan: PlanId,
    },
    /// It ends.
    Cancel {
        /// When.
        when: CancelWhen,
    },
    /// The change that is pending does not happen.
    Undo,
}

/// When a subscription is cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelWhen {
    /// When the current term is over.
    #[default]
    TermEnd,
    /// Today.
    Now,
}

/// What is said of a quantity where nothing is counted.
pub const SOLD_ONCE: &str = "This is sold once: leave the quantity out.";

/// Names of the form's fields.
pub mod field {
    /// Which change.
    pub const CHANGE: &str = "change";
    /// The plan or offer that it is about.
    pub const TARGET: &str = "target";
    /// *Quantity*
    pub const QUANTITY: &str = "quantity";
    /// *When*: `term_end` or `now`.
    pub const WHEN: &str = "when";
}

impl ChangeRequest {
    /// Reads a form: `change` is `switch_plan`, `quantity`, `add_add_on`,
    /// `remove_add_on`, `cancel` or `undo`.
    ///
    /// # Errors
    /// What is wrong with each field, in words for the person who typed it.
    pub fn parse(
        change: &str,
        target: &str,
        quantity: &str,
        when: &str,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let typed = quantity.trim();
        let count = if typed.is_empty() { Ok(None) } else { parse_quantity(typed).map(Some) };
        let request = match change {
            "switch_plan" | "add_add_on" => {
                let offer = target.parse::<OfferId>().map_err(|_| "Choose one.");
                let offer = errors.take(field::TARGET, offer);
                let quantity = errors.take(field::QUANTITY, count);
                offer.zip(quantity).map(|(offer, quantity)| {
                    if change == "switch_plan" {
                        Self::SwitchPlan { to: offer, quantity }
                    } else {
                        Self::AddAddOn { offer, quantity }
                    }
                })
            }
            "quantity" => {
                let plan = errors.take(field::TARGET, plan(target));
                let quantity = errors.take(field::QUANTITY, parse_quantity(typed));
                plan.zip(quantity).map(|(plan, quantity)| Self::Quantity { plan, quantity })
            }
            "remove_add_on" => {
                errors.take(field::TARGET, plan(target)).map(|plan| Self::RemoveAddOn { plan })
            }
            "cancel" => {
                let when = match when {
                    "term_end" => Ok(CancelWhen::TermEnd),
                    "now" => Ok(CancelWhen::Now),
                    _ => Err("Choose when it is cancelled."),
                };
                errors.take(field::WHEN, when).map(|when| Self::Cancel { when })
            }
            "undo" => Some(Self::Undo),
            _ => {
                errors.push(field::CHANGE, "Choose what to change.");
                None
            }
        };
        request.ok_or(errors)
    }
}

fn plan(target: &str) -> Result<PlanId, &'static str> {
    if target.is_empty() { Err("Choose one.") } else { Ok(PlanId::from(target)) }
}

/// The largest quantity that can be ordered.
pub const MOST_UNITS: i64 = 1_000_000;

/// Reads a quantity: a whole number from 1 to [`MOST_UNITS`].
///
/// # Errors
/// A sentence for the person who typed it.
pub fn parse_quantity(raw: &str) -> Result<Decimal, String> {
    match raw.trim().parse::<i64>() {
        Ok(units) if (1..=MOST_UNITS).contains(&units) => Ok(Decimal::from(units)),
        Ok(units) if units > MOST_UNITS => Err("Enter at most 1,000,000.".to_owned()),
        _ => Err("Enter a whole number, 1 or more.".to_owned()),
    }
}

/// A plan that a subscription may be changed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChoice {
    /// The plan.
    pub offer: ShopOffer,
    /// Whether it is worth more than the present one and comes today; else it
    /// comes when the term ends.
    pub is_upgrade: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "0193a5b0-7e6c-7c00-8000-000000000001";

    fn problem(change: &str, target: &str, quantity: &str, when: &str) -> (String, String) {
        let errors = ChangeRequest::parse(change, target, quantity, when).expect_err("a problem");
        let error = errors.iter().next().expect("one");
        (error.field.clone(), error.message.clone())
    }

    #[test]
    fn each_form_is_its_change() {
        let offer: OfferId = OFFER.parse().expect("an ID");
        let seven = Some(Decimal::from(7));
        for (typed, change) in [
            (
                ["switch_plan", OFFER, "7", ""],
                ChangeRequest::SwitchPlan { to: offer, quantity: seven },
            ),
            (
                ["switch_plan", OFFER, "", ""],
                ChangeRequest::SwitchPlan { to: offer, quantity: None },
            ),
            (["add_add_on", OFFER, " 7 ", ""], ChangeRequest::AddAddOn { offer, quantity: seven }),
            (
                ["quantity", "plan-1", "7", ""],
                ChangeRequest::Quantity { plan: PlanId::from("plan-1"), quantity: 7.into() },
            ),
            (
                ["remove_add_on", "plan-1", "", ""],
                ChangeRequest::RemoveAddOn { plan: PlanId::from("plan-1") },
            ),
            (["cancel", "", "", "term_end"], ChangeRequest::Cancel { when: CancelWhen::TermEnd }),
            (["cancel", "", "", "now"], ChangeRequest::Cancel { when: CancelWhen::Now }),
            (["undo", "", "", ""], ChangeRequest::Undo),
        ] {
            let [word, target, quantity, when] = typed;
            assert_eq!(ChangeRequest::parse(word, target, quantity, when), Ok(change));
        }
    }

    #[test]
    fn what_is_missing_is_told_beside_its_field() {
        for (typed, name, words) in [
            (["", "", "", ""], field::CHANGE, "Choose what to change."),
            (["burn", "", "", ""], field::CHANGE, "Choose what to change."),
            (["switch_plan", "", "", ""], field::TARGET, "Choose one."),
            (["add_add_on", "support", "", ""], field::TARGET, "Choose one."),
            (["switch_plan", OFFER, "-1", ""], field::QUANTITY, "Enter a whole number, 1 or more."),
            (["quantity", "plan-1", "", ""], field::QUANTITY, "Enter a whole number, 1 or more."),
            (["quantity", "plan-1", "1000001", ""], field::QUANTITY, "Enter at most 1,000,000."),
            (["quantity", "", "2", ""], field::TARGET, "Choose one."),
            (["remove_add_on", "", "", ""], field::TARGET, "Choose one."),
            (["cancel", "", "", ""], field::WHEN, "Choose when it is cancelled."),
        ] {
            let [word, target, quantity, when] = typed;
            let expected = (name.to_owned(), words.to_owned());
            assert_eq!(problem(word, target, quantity, when), expected, "{typed:?}");
        }
    }
}
