//! The catalog.

use super::super::{BillingError, CatalogCharge, CatalogPlan, ChargeId, Price, RatePlanId, Tier};
use super::charges;
use super::http::Http;
use super::number::{Day, Number, text};
use super::pages;
use futures::{StreamExt, TryStreamExt, stream};
use partners_app::domain::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Products whose plans are read at once.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProduct {
    id: String,
    name: String,
    #[serde(default)]
    sku: Option<String>,
    #[serde(default)]
    category: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePlan {
    id: String,
    name: String,
    #[serde(default)]
    effective_start_date: Option<Day>,
    #[serde(default)]
    effective_end_date: Option<Day>,
    #[serde(default)]
    product_rate_plan_charges: Vec<WireCharge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCharge {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    model: String,
    #[serde(default)]
    uom: Option<String>,
    #[serde(default)]
    default_quantity: Option<Number>,
    #[serde(default)]
    billing_period: Option<String>,
    #[serde(default)]
    specific_billing_period: Option<u32>,
    #[serde(default)]
    list_price_base: Option<String>,
    #[serde(default)]
    pricing: Vec<WirePrice>,
}

#[derive(Deserialize)]
struct WirePrice {
    currency: Currency,
    #[serde(default)]
    price: Option<Number>,
    #[serde(default)]
    tiers: Option<Vec<WireTier>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTier {
    #[serde(default)]
    starting_unit: Option<Number>,
    #[serde(default)]
    ending_unit: Option<Number>,
    price: Number,
    #[serde(default)]
    price_format: Option<String>,
}

/// All rate plans of all products.
pub(super) async fn read(http: &Http) -> Result<Vec<CatalogPlan>, BillingError> {
    let products = http.get(&["v1", "catalog", "products"]);
    let products: Vec<WireProduct> = pages::all(http, products, "products").await?;
    let plans: Vec<Vec<CatalogPlan>> = stream::iter(products)
        .map(|product| plans_of(http, product))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(plans.into_iter().flatten().collect())
}

async fn plans_of(http: &Http, product: WireProduct) -> Result<Vec<CatalogPlan>, BillingError> {
    let request = http.get(&["v1", "products", &product.id, "product-rate-plans"]);
    let plans: Vec<WirePlan> = pages::all(http, request, "productRatePlans").await?;
    Ok(plans.into_iter().map(|plan| plan.in_our_terms(&product)).collect())
}

impl WirePlan {
    fn in_our_terms(self, product: &WireProduct) -> CatalogPlan {
        CatalogPlan {
            id: RatePlanId(self.id),
            name: self.name,
            product: product.name.clone(),
            sku: text(product.sku.clone()),
            category: text(product.category.clone()),
            from: self.effective_start_date.map(|day| day.0),
            until: self.effective_end_date.map(|day| day.0),
            charges: self
                .product_rate_plan_charges
                .into_iter()
                .map(WireCharge::in_our_terms)
                .collect(),
        }
    }
}

impl WireCharge {
    fn in_our_terms(self) -> CatalogCharge {
        let period = self
            .billing_period
            .as_deref()
            .map(|word| charges::period(word, self.specific_billing_period));
        let money = |currency, price: Number| {
            charges::per_period(price.0, currency, period.as_ref(), self.list_price_base.as_deref())
        };
        let prices = self.pricing.into_iter().map(|entry| {
            let tiers = entry.tiers.unwrap_or_default().into_iter();
            Price {
                currency: entry.currency,
                price: entry.price.map(|price| money(entry.currency, price)),
                tiers: tiers
                    .map(|tier| tier.in_our_terms(|price| money(entry.currency, price)))
                    .collect(),
            }
        });
        CatalogCharge {
            id: ChargeId(self.id),
            name: self.name,
            kind: charges::kind(&self.kind),
            model: charges::model(&self.model),
            prices: prices.collect(),
            period,
            unit: text(self.uom),
            default_quantity: self.default_quantity.map(|number| number.0),
        }
    }
}

impl WireTier {
    fn in_our_terms(self, money: impl Fn(Number) -> Money) -> Tier {
        Tier {
            from: self.starting_unit.map_or(Decimal::ZERO, |unit| unit.0),
            to: self.ending_unit.map(|unit| unit.0),
            price: money(self.price),
            is_flat: self.price_format.is_some_and(|format| format.replace(' ', "") == "FlatFee"),
        }
    }
}
