//! What rate plans are called: as an offer has it, or else the catalog.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::billing::{CatalogPlan, RatePlanId, SubscribedPlan, Subscription};
use partners_app::domain::{OfferKind, OrganisationId};
use rust_decimal::Decimal;
use std::collections::HashMap;
use time::Date;

/// Of several offers with one rate plan the published one counts that came last;
/// of offers to chosen partners only those to the organisation, so that nobody
/// learns what others are offered.
const OFFERED: &str = "SELECT o.rate_plan, o.kind, o.name FROM offer o \
     WHERE o.for_all OR EXISTS (SELECT 1 FROM offer_partner p \
                                WHERE p.offer_id = o.id AND p.organisation_id = $1) \
     ORDER BY o.state, o.created_at, o.id";

const CATALOG: &str = "SELECT content FROM catalog_plan";

/// What rate plans are called.
#[derive(Clone, Debug, Default)]
pub struct PlanNames {
    offered: HashMap<RatePlanId, (OfferKind, String)>,
    catalog: HashMap<RatePlanId, String>,
}

/// What they are called now, to an organisation.
///
/// # Errors
/// Where the database fails.
pub async fn read(
    mut connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<PlanNames> {
    let (offers, plans): (Vec<(String, String, String)>, Vec<String>) = on_engine!(&mut connection, engine => (
        sqlx::query_as(OFFERED).bind(organisation.0).fetch_all(&mut **engine).await?,
        sqlx::query_scalar(CATALOG).fetch_all(&mut **engine).await?,
    ));
    let offered = offers.into_iter().map(|(plan, kind, name)| {
        let kind = if kind == "add_on" { OfferKind::AddOn } else { OfferKind::Plan };
        (RatePlanId(plan), (kind, name))
    });
    let catalog = plans.iter().map(|content| {
        let plan: CatalogPlan = serde_json::from_str(content)
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let name = whole_name(Some(&plan.product), &plan.name);
        Ok((plan.id, name))
    });
    Ok(PlanNames { offered: offered.collect(), catalog: catalog.collect::<StoreResult<_>>()? })
}

impl PlanNames {
    /// The name of a subscription's base plan, and how many units of it there
    /// are: today, or when it begins.
    #[must_use]
    pub fn of(&self, subscription: &Subscription, today: Date) -> (String, Option<Decimal>) {
        let day = subscription.starts_on.map_or(today, |start| start.max(today));
        let main =
            subscription.plans.iter().min_by_key(|plan| (!plan.holds_on(day), self.rank(plan)));
        main.map_or_else(Default::default, |plan| (self.name(plan), plan.quantity_on(day)))
    }

    /// What a plan is called.
    #[must_use]
    pub fn name(&self, plan: &SubscribedPlan) -> String {
        match (self.offered.get(&plan.rate_plan), self.catalog.get(&plan.rate_plan)) {
            (Some((_, name)), _) | (None, Some(name)) => name.clone(),
            (None, None) => whole_name(plan.product.as_deref(), &plan.name),
        }
    }

    /// Base plans first; add-ons last; between them what nobody offers.
    fn rank(&self, plan: &SubscribedPlan) -> u8 {
        match self.offered.get(&plan.rate_plan) {
            Some((OfferKind::Plan, _)) => 0,
            None => 1,
            Some((OfferKind::AddOn, _)) => 2,
        }
    }
}

/// The catalog's plans are often called by their period alone.
fn whole_name(product: Option<&str>, plan: &str) -> String {
    match product {
        Some(product) if !plan.starts_with(product) => format!("{product} {plan}"),
        _ => plan.to_owned(),
    }
}
