//! Changes of subscriptions.
//!
//! A change of plans is a removal and an addition in one order: every tenant
//! with Orders has these, the action `ChangePlan` not. The order stands under
//! the invoice owner's account, as Zuora asks.

use super::super::{
    Attempt, BillingError, CatalogPlan, Change, ChangeOrder, ChargeId, ChargeKind, ChargeModel,
    Effective, OrderedPlan, PlacedOrder, PlanId, Preview, Reason, SubscribedCharge, SubscribedPlan,
    Subscription,
};
use super::compose::{self, For};
use super::number::Day;
use super::order_body::{
    Action, CancelSubscription, ChargeUpdate, OrderAccount, OrderAction, OrderBody, RemoveProduct,
    SubscriptionBody, UpdateProduct, triggers,
};
use super::preview::{self, Known, Recurring};
use super::{Zuora, subscriptions};
use partners_app::domain::Money;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::Date;

/// A change beside what it is made to.
struct Prepared<'a> {
    order: &'a ChangeOrder,
    subscription: Subscription,
    catalog: Arc<Vec<CatalogPlan>>,
    effective_on: Date,
}

impl Zuora {
    pub(super) async fn change_subscription(
        &self,
        change: &ChangeOrder,
        attempt: &Attempt,
    ) -> Result<PlacedOrder, BillingError> {
        // After a lost answer the change may be there already, and what it
        // names may be gone with it.
        if let Some(before) = self.find(&attempt.reference).await? {
            return Ok(before);
        }
        let prepared = self.prepare(change).await?;
        self.carry_out(&prepared.body(self, For::Placing(&attempt.reference))?, attempt).await
    }

    pub(super) async fn preview_of_change(
        &self,
        change: &ChangeOrder,
    ) -> Result<Preview, BillingError> {
        let prepared = self.prepare(change).await?;
        let known = prepared.known()?;
        let body = |through| prepared.body(self, For::Preview(through));
        preview::work_out(&self.http, known, body).await
    }

    async fn prepare<'a>(&self, order: &'a ChangeOrder) -> Result<Prepared<'a>, BillingError> {
        let number = &order.subscription;
        let (found, catalog) = tokio::try_join!(subscriptions::find(&self.http, number), async {
            match new_plan(&order.change) {
                Some(plan) => self.catalog_with(std::iter::once(plan)).await,
                None => Ok(Arc::default()),
            }
        })?;
        let subscription = found.ok_or_else(|| missing(format!("There is no {number}.")))?;
        let effective_on = match order.effective {
            Effective::On(day) => day,
            Effective::TermEnd => subscription.term_ends_on.ok_or_else(|| {
                BillingError::Refused(Reason {
                    code: None,
                    message: format!("Subscription {number} has no end of a term."),
                })
            })?,
        };
        Ok(Prepared { order, subscription, catalog, effective_on })
    }
}

fn missing(message: String) -> BillingError {
    BillingError::NotFound(Reason { code: None, message })
}

/// The plan of the catalog that comes with a change.
const fn new_plan(change: &Change) -> Option<&OrderedPlan> {
    match change {
        Change::SwitchPlan { to: plan, .. } | Change::AddPlan(plan) => Some(plan),
        Change::Quantity { .. } | Change::RemovePlan(_) | Change::Cancel => None,
    }
}

/// A charge of a subscription once its plan has another quantity.
fn with_quantity(charge: &SubscribedCharge, quantity: Decimal) -> Option<(ChargeId, Recurring)> {
    let period = charge.period.clone().filter(|_| charge.kind == ChargeKind::Recurring)?;
    let units = match charge.model {
        ChargeModel::FlatFee => Some(Decimal::ONE),
        ChargeModel::PerUnit => Some(quantity),
        _ => None,
    };
    let listed = charge.price.zip(units).and_then(|(price, units)| {
        Some(Money::new(price.amount.checked_mul(units)?, price.currency))
    });
    Some((charge.charge.clone(), Recurring { period, listed }))
}

impl Prepared<'_> {
    fn plan(&self, id: &PlanId) -> Result<&SubscribedPlan, BillingError> {
        let mut plans = self.subscription.plans.iter();
        plans.find(|plan| plan.id == *id && !plan.is_removed).ok_or_else(|| {
            missing(format!("{} does not have the plan {id}.", self.subscription.number))
        })
    }

    /// What the preview needs to know.
    fn known(&self) -> Result<Known, BillingError> {
        let currency = self.subscription.currency.ok_or_else(|| {
            BillingError::unavailable(format!(
                "Zuora does not say in which currency {} is.",
                self.subscription.number
            ))
        })?;
        let recurring = match (&self.order.change, new_plan(&self.order.change)) {
            (_, Some(plan)) => preview::recurring(&self.catalog, std::iter::once(plan), currency),
            (Change::Quantity { plan, quantity }, _) => {
                let charges = self.plan(plan)?.charges.iter();
                let on_the_day = charges.filter(|charge| charge.holds_on(self.effective_on));
                on_the_day.filter_map(|charge| with_quantity(charge, *quantity)).collect()
            }
            _ => BTreeMap::new(),
        };
        let (ordered_on, effective_on) = (self.order.ordered_on, self.effective_on);
        Ok(Known { currency, ordered_on, effective_on, recurring })
    }

    fn body(&self, zuora: &Zuora, purpose: For<'_>) -> Result<OrderBody, BillingError> {
        let Self { order, subscription, effective_on, .. } = self;
        let payer = &subscription.invoice_owner;
        let account = match &payer.number {
            Some(number) => OrderAccount::Number(number.0.clone()),
            None => OrderAccount::Id(payer.id.0.clone()),
        };
        let fields = &zuora.http.settings().fields;
        let custom_fields = purpose.custom_fields(fields, &order.attribution);
        Ok(OrderBody {
            order_date: Day(order.ordered_on),
            order_number: purpose.number(),
            account,
            custom_fields: custom_fields.clone(),
            subscriptions: [SubscriptionBody {
                subscription_number: Some(subscription.number.0.clone()),
                // The subscription keeps the reference of the order that made it.
                custom_fields: without_reference(custom_fields, fields.reference.as_deref()),
                order_actions: self.actions()?,
            }],
            processing_options: purpose
                .processing_options(order.invoice_now, (*effective_on).max(order.ordered_on)),
            preview_options: purpose.preview_options(),
        })
    }

    fn actions(&self) -> Result<Vec<OrderAction>, BillingError> {
        let at_effect =
            |action| OrderAction { action, trigger_dates: triggers(Day(self.effective_on)) };
        let remove = |id: &PlanId| {
            let plan = self.plan(id)?;
            let body = RemoveProduct { rate_plan_id: plan.id.0.clone() };
            Ok::<_, BillingError>(at_effect(Action::RemoveProduct { body }))
        };
        let add = |plan: &OrderedPlan| {
            let body = compose::rate_plan(plan, &self.catalog)?;
            Ok::<_, BillingError>(at_effect(Action::AddProduct { body }))
        };
        Ok(match &self.order.change {
            Change::SwitchPlan { from, to } => vec![remove(from)?, add(to)?],
            Change::AddPlan(plan) => vec![add(plan)?],
            Change::RemovePlan(plan) => vec![remove(plan)?],
            Change::Quantity { plan, quantity } => {
                let plan = self.plan(plan)?;
                let mut numbers = BTreeSet::new();
                let charges = plan.charges.iter().filter(|charge| charge.takes_quantity());
                let charge_updates: Vec<ChargeUpdate> = charges
                    .filter(|charge| numbers.insert(&charge.number))
                    .filter_map(|charge| {
                        let pricing = compose::pricing(charge.kind, &charge.model, *quantity)?;
                        Some(ChargeUpdate { charge_number: charge.number.clone(), pricing })
                    })
                    .collect();
                if charge_updates.is_empty() {
                    return Err(BillingError::Refused(Reason {
                        code: None,
                        message: format!("The plan {} has no quantity.", plan.name),
                    }));
                }
                let body = UpdateProduct { rate_plan_id: plan.id.0.clone(), charge_updates };
                vec![at_effect(Action::UpdateProduct { body })]
            }
            Change::Cancel => {
                let body = match self.order.effective {
                    Effective::TermEnd => CancelSubscription {
                        cancellation_policy: "EndOfCurrentTerm",
                        cancellation_effective_date: None,
                    },
                    Effective::On(day) => CancelSubscription {
                        cancellation_policy: "SpecificDate",
                        cancellation_effective_date: Some(Day(day)),
                    },
                };
                let action = Action::CancelSubscription { body };
                vec![OrderAction { action, trigger_dates: triggers(Day(self.order.ordered_on)) }]
            }
        })
    }
}

fn without_reference(
    mut fields: BTreeMap<String, String>,
    reference: Option<&str>,
) -> BTreeMap<String, String> {
    if let Some(name) = reference {
        fields.remove(name);
    }
    fields
}
