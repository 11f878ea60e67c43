//! A product catalog: three tiers, add-ons, by the month and by the year.

use super::{fixed_id, sold_from};
use crate::state::{
    BillingPeriod, ChargeKind, ChargeModel, Product, ProductCharge, ProductRatePlan,
};
use rust_decimal::Decimal;

/// What one thing costs, in cents: a month in dollars and euros, and a year.
/// Nothing in a currency means that it is not sold in it.
struct Price {
    name: &'static str,
    model: ChargeModel,
    uom: Option<&'static str>,
    default_quantity: u32,
    month: (i64, Option<i64>),
    year: (i64, Option<i64>),
}

struct Seed {
    name: &'static str,
    sku: &'static str,
    description: &'static str,
    base: bool,
    grade: u32,
    prices: &'static [Price],
}

const fn flat(name: &'static str, month: (i64, Option<i64>), year: (i64, Option<i64>)) -> Price {
    Price { name, model: ChargeModel::FlatFee, uom: None, default_quantity: 1, month, year }
}

const fn each(
    name: &'static str,
    uom: &'static str,
    default_quantity: u32,
    month: (i64, Option<i64>),
    year: (i64, Option<i64>),
) -> Price {
    Price { name, model: ChargeModel::PerUnit, uom: Some(uom), default_quantity, month, year }
}

const SEEDS: [Seed; 7] = [
    Seed {
        name: "Cadence Starter",
        sku: "CAD-STARTER",
        description: "For one team that starts: projects, calendar, 10 GB",
        base: true,
        grade: 1,
        prices: &[flat("Starter subscription", (2900, Some(2700)), (29_000, Some(27_000)))],
    },
    Seed {
        name: "Cadence Team",
        sku: "CAD-TEAM",
        description: "For growing teams, by the seat: timelines, guests, 100 GB",
        base: true,
        grade: 2,
        prices: &[each("Team seats", "Seat", 5, (1200, Some(1100)), (12_000, Some(11_000)))],
    },
    Seed {
        name: "Cadence Business",
        sku: "CAD-BUSINESS",
        description: "For whole companies: portfolios, audit log, 1 TB",
        base: true,
        grade: 3,
        prices: &[
            flat("Business platform", (9900, Some(9200)), (99_000, Some(92_000))),
            each("Business seats", "Seat", 10, (2000, Some(1850)), (20_000, Some(18_500))),
        ],
    },
    Seed {
        name: "Priority Support",
        sku: "ADD-SUPPORT",
        description: "Answers within two hours, every day",
        base: false,
        grade: 0,
        prices: &[flat("Priority support", (4900, Some(4500)), (49_000, Some(45_000)))],
    },
    Seed {
        name: "Extra Storage",
        sku: "ADD-STORAGE",
        description: "Storage in units of 100 GB",
        base: false,
        grade: 0,
        prices: &[each("Extra storage", "100 GB", 1, (500, Some(450)), (5000, Some(4500)))],
    },
    Seed {
        name: "Single Sign-On",
        sku: "ADD-SSO",
        description: "Sign in with the company's own accounts",
        base: false,
        grade: 0,
        prices: &[flat("Single sign-on", (3900, Some(3600)), (39_000, Some(36_000)))],
    },
    Seed {
        name: "US Compliance Archive",
        sku: "ADD-ARCHIVE-US",
        description: "Seven years of records, sold in dollars only",
        base: false,
        grade: 0,
        prices: &[each("Archive seats", "Seat", 5, (300, None), (3000, None))],
    },
];

/// The products of a fresh sandbox.
pub(super) fn products() -> Vec<Product> {
    let mut products: Vec<Product> =
        SEEDS.iter().zip(1_u16..).map(|(seed, place)| product(seed, place)).collect();
    products.push(onboarding());
    products
}

fn shell(name: &str, sku: &str, description: &str, base: bool, place: u16) -> Product {
    Product {
        id: fixed_id(0x10, place),
        sku: sku.to_owned(),
        number: format!("PC-{place:08}"),
        name: name.to_owned(),
        description: description.to_owned(),
        category: if base { "Base Products" } else { "Add On Services" }.to_owned(),
        start: sold_from(),
        end: sold_from().plus_months(12 * 30),
        rate_plans: Vec::new(),
    }
}

fn product(seed: &Seed, place: u16) -> Product {
    let mut product = shell(seed.name, seed.sku, seed.description, seed.base, place);
    for (turn, period) in (0_u16..).zip([BillingPeriod::Month, BillingPeriod::Annual]) {
        let word = if turn == 0 { "Monthly" } else { "Annual" };
        let plan_place = place * 2 + turn;
        let charges = seed.prices.iter().zip(0_u16..).map(|(price, index)| {
            let (usd, eur) = if turn == 0 { price.month } else { price.year };
            ProductCharge {
                id: fixed_id(0x30, plan_place * 4 + index),
                number: format!("PRPC-{:08}", plan_place * 4 + index),
                name: price.name.to_owned(),
                kind: ChargeKind::Recurring,
                model: price.model,
                period,
                uom: price.uom.map(str::to_owned),
                default_quantity: Decimal::from(price.default_quantity),
                prices: priced(usd, eur),
            }
        });
        product.rate_plans.push(ProductRatePlan {
            id: fixed_id(0x20, plan_place),
            number: format!("PRP-{plan_place:08}"),
            name: format!("{} {word}", seed.name),
            start: product.start,
            end: product.end,
            grade: seed.grade,
            charges: charges.collect(),
        });
    }
    product
}

fn onboarding() -> Product {
    let mut product = shell(
        "Onboarding Workshop",
        "ADD-ONBOARDING",
        "A day with a consultant, paid once",
        false,
        8,
    );
    product.rate_plans.push(ProductRatePlan {
        id: fixed_id(0x20, 16),
        number: "PRP-00000016".to_owned(),
        name: "Onboarding Workshop".to_owned(),
        start: product.start,
        end: product.end,
        grade: 0,
        charges: vec![ProductCharge {
            id: fixed_id(0x30, 64),
            number: "PRPC-00000064".to_owned(),
            name: "Onboarding workshop".to_owned(),
            kind: ChargeKind::OneTime,
            model: ChargeModel::FlatFee,
            period: BillingPeriod::Month,
            uom: None,
            default_quantity: Decimal::ONE,
            prices: priced(50_000, Some(46_000)),
        }],
    });
    product
}

fn priced(usd: i64, eur: Option<i64>) -> std::collections::BTreeMap<String, Decimal> {
    let cents = |amount| Decimal::new(amount, 2);
    [("USD", Some(usd)), ("EUR", eur)]
        .into_iter()
        .filter_map(|(currency, amount)| Some((currency.to_owned(), cents(amount?))))
        .collect()
}
