//! A product rate plan becomes a rate plan of a subscription.

use super::work::Work;
use crate::day::Day;
use crate::fields::Fields;
use crate::refusal::Refusal;
use crate::state::{Charge, ChargeModel, ProductCharge, RatePlan, Segment};
use rust_decimal::Decimal;

/// Reads an entry of `subscribeToRatePlans`, or the fields of `addProduct` and
/// `newProductRatePlan`, which are the same.
pub(super) fn read(
    work: &mut Work<'_>,
    fields: &Fields<'_>,
    currency: &str,
    from: Day,
    last_change: &str,
) -> Result<RatePlan, Refusal> {
    let key = match fields.text("productRatePlanId", 32)? {
        Some(id) => id,
        None => fields
            .text("productRatePlanNumber", 100)?
            .ok_or_else(|| Refusal::missing(&fields.name("productRatePlanId")))?,
    };
    let state = work.state;
    let (product, plan) = state.product_rate_plan(&key)?;
    if from < plan.start || from >= plan.end {
        return Err(Refusal::rule(format!(
            "Rate plan \"{}\" is not effective on the contract effective date of {from}.",
            plan.name
        )));
    }
    let overrides = fields.objects("chargeOverrides")?;
    for entry in &overrides {
        let id = entry.need_text("productRatePlanChargeId", 32)?;
        if !plan.charges.iter().any(|charge| charge.id == id) {
            return Err(Refusal::value(format!(
                "'{}' value '{id}' is not a charge of rate plan \"{}\"",
                entry.name("productRatePlanChargeId"),
                plan.name
            )));
        }
    }
    let mut charges = Vec::new();
    for charge in &plan.charges {
        let own = overrides.iter().find(|entry| {
            entry.value("productRatePlanChargeId").and_then(|id| id.as_str())
                == Some(charge.id.as_str())
        });
        charges.push(start_charge(work, charge, own, currency, from)?);
    }
    let id = work.sequences.id();
    Ok(RatePlan {
        original_id: id.clone(),
        id,
        number: work.sequences.rate_plan(),
        product_rate_plan_id: plan.id.clone(),
        name: plan.name.clone(),
        product_id: product.id.clone(),
        product_name: product.name.clone(),
        product_sku: product.sku.clone(),
        last_change: last_change.to_owned(),
        charges,
        custom: fields.custom()?,
    })
}

fn start_charge(
    work: &mut Work<'_>,
    charge: &ProductCharge,
    own: Option<&Fields<'_>>,
    currency: &str,
    from: Day,
) -> Result<Charge, Refusal> {
    let listed = charge.prices.get(currency).copied().ok_or_else(|| {
        Refusal::rule(format!(
            "The charge \"{}\" has no price in the currency {currency}.",
            charge.name
        ))
    })?;
    let given = match own {
        Some(own) => pricing(own)?,
        None => Given::default(),
    };
    let number = match own {
        Some(own) => own.own_number("chargeNumber", 50)?,
        None => None,
    };
    let id = work.sequences.id();
    Ok(Charge {
        original_id: id.clone(),
        number: number.unwrap_or_else(|| work.sequences.charge()),
        product_charge_id: charge.id.clone(),
        name: charge.name.clone(),
        kind: charge.kind,
        model: charge.model,
        period: charge.period,
        uom: charge.uom.clone(),
        segments: vec![Segment {
            id,
            number: 1,
            from,
            to: None,
            quantity: match charge.model {
                ChargeModel::FlatFee => Decimal::ONE,
                ChargeModel::PerUnit => given.quantity.unwrap_or(charge.default_quantity),
            },
            price: given.price.unwrap_or(listed),
        }],
        billed: Vec::new(),
    })
}

/// What a `pricing` object sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    /// A quantity.
    pub quantity: Option<Decimal>,
    /// A price in place of the listed one.
    pub price: Option<Decimal>,
}

/// Reads `pricing` of a charge override or update.
pub(super) fn pricing(fields: &Fields<'_>) -> Result<Given, Refusal> {
    let Some(pricing) = fields.object("pricing")? else { return Ok(Given::default()) };
    let shapes = ["recurringPerUnit", "recurringFlatFee", "oneTimeFlatFee", "oneTimePerUnit"];
    let mut given = Given::default();
    for name in pricing.raw().keys() {
        if !shapes.contains(&name.as_str()) {
            return Err(Refusal::value(format!(
                "'{}' is a charge model that this sandbox's catalog does not have",
                pricing.name(name)
            )));
        }
    }
    for shape in shapes {
        let Some(values) = pricing.object(shape)? else { continue };
        given.quantity = values.decimal("quantity")?;
        given.price = values.decimal("listPrice")?;
        for (name, value) in [("quantity", given.quantity), ("listPrice", given.price)] {
            if value.is_some_and(|value| value.is_sign_negative() && !value.is_zero()) {
                return Err(Refusal::value(format!(
                    "'{}' should not be negative",
                    values.name(name)
                )));
            }
        }
    }
    Ok(given)
}
