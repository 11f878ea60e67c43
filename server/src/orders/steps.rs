//! What is done with one order, and what is noted of how that ended.

use super::{OrderContent, Orders, owners, told, words};
use crate::billing::{
    Attempt, Billing, BillingError, EndCustomer, IdempotencyKey, OrderReference, PlacedOrder,
    Subscription, SubscriptionNumber,
};
use crate::reconcile::backoff;
use crate::store::audit::{self, Actor, Event};
use crate::store::order_work::{self, Doubt, Due, Known, Outcome, Postponement};
use crate::store::{StoreError, StoreResult, Writer, customers, plan_names, subscriptions};
use partners_app::domain::billing::Pending;
use partners_app::domain::{CustomerId, OrderKind};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long an order is tried before an admin is asked to look.
const PERSISTENCE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How often it is tried at least before that, a minute or so: when the server
/// or an admin has only just taken it up again, three days may have passed
/// without a try.
const LEAST_ATTEMPTS: i64 = 8;

/// Waits grow to a quarter of a minute: somebody is waiting for an order, and
/// few are on their way at once.
const MOST_DOUBLINGS: i64 = 6;

/// How an attempt ended.
enum End {
    /// The billing system has carried it out, and has its owners right.
    Placed(PlacedOrder, Box<Subscription>),
    /// The change that was pending does not happen.
    /// Nobody knows how the subscription is now where it could not be read.
    TakenBack(SubscriptionNumber, Option<Box<Subscription>>),
    /// Nothing was done. In words for the partner.
    Refused(String),
    /// An admin has to look. In words for the admin.
    Stopped { reason: String, answer_is_lost: bool, placed: Option<PlacedOrder> },
    /// To be tried again.
    Later { error: BillingError, doubt: Doubt },
}

impl End {
    /// After an error of what changes something: every one but a lost answer and
    /// a break says that nothing was done.
    fn after(error: BillingError, content: &OrderContent) -> Self {
        match error {
            BillingError::Refused(reason) => Self::Refused(words::refused(content, &reason)),
            BillingError::NotFound(reason) => Self::Refused(words::missing(content, &reason)),
            BillingError::Misconfigured(reason) => {
                Self::Stopped { reason, answer_is_lost: false, placed: None }
            }
            BillingError::AnswerLost { .. } => Self::Later { error, doubt: Doubt::AsBefore },
            BillingError::Broken { .. } => Self::Later { error, doubt: Doubt::Broken },
            BillingError::TryAgain { .. } => Self::Later { error, doubt: Doubt::Undone },
        }
    }

    /// After an error of a look at what was done: that is still not known.
    fn unknown(error: BillingError, placed: Option<PlacedOrder>) -> Self {
        match error {
            BillingError::Misconfigured(reason) => {
                Self::Stopped { reason, answer_is_lost: true, placed }
            }
            error => Self::Later { error, doubt: Doubt::AsBefore },
        }
    }
}

impl Orders {
    pub(super) async fn carry_on(&self, billing: &dyn Billing, due: &Due) -> StoreResult<()> {
        match self.attempt(billing, due).await? {
            End::Placed(placed, subscription) => self.placed(due, placed, *subscription).await,
            End::TakenBack(number, now) => self.taken_back(due, number, now.map(|now| *now)).await,
            End::Refused(reason) => self.refused(due, &reason).await,
            End::Stopped { reason, answer_is_lost, placed } => {
                self.stopped(due, &reason, answer_is_lost, placed).await
            }
            End::Later { error, doubt } => self.postponed(due, &error, doubt).await,
        }
    }

    async fn attempt(&self, billing: &dyn Billing, due: &Due) -> StoreResult<End> {
        match &due.content {
            OrderContent::Purchase(order) => match self.begin(billing, due).await? {
                Ok(attempt) => {
                    let answer = billing.place(order, &attempt).await;
                    Ok(self.understand(billing, due, answer).await)
                }
                Err(end) => Ok(*end),
            },
            OrderContent::Change(change) => match self.begin(billing, due).await? {
                Ok(attempt) => {
                    let answer = billing.change(change, &attempt).await;
                    Ok(self.understand(billing, due, answer).await)
                }
                Err(end) => Ok(*end),
            },
            // What has been taken back is not there any more: this may be repeated.
            OrderContent::Undo { order, subscription } => {
                match billing.subscription(subscription).await {
                    // The day has come meanwhile: taking it back now would bring
                    // back what has ended.
                    Ok(Some(now))
                        if now.latest_order.as_ref() == Some(order)
                            && now.pending(self.clock.today()).is_none() =>
                    {
                        return Ok(End::Refused(words::TAKEN_EFFECT.to_owned()));
                    }
                    Ok(_) => {}
                    Err(error) => return Ok(End::after(error, &due.content)),
                }
                Ok(match billing.undo(order).await {
                    Ok(()) => {
                        let now = billing.subscription(subscription).await.ok().flatten();
                        End::TakenBack(subscription.clone(), now.map(Box::new))
                    }
                    Err(error) => End::after(error, &due.content),
                })
            }
        }
    }

    /// Looks first whether an attempt whose answer never came was carried out,
    /// and commits the next one's key before anything is sent.
    async fn begin(
        &self,
        billing: &dyn Billing,
        due: &Due,
    ) -> StoreResult<Result<Attempt, Box<End>>> {
        let reference = OrderReference::parse(&due.reference).ok_or_else(|| {
            StoreError::Unreadable(format!("order {} has a bad reference", due.id))
        })?;
        if due.last != Known::Nothing {
            match billing.find_order(&reference).await {
                Ok(Some(placed)) => {
                    return Ok(Err(Box::new(self.read_back(billing, due, placed).await)));
                }
                Ok(None) => {}
                Err(error) => return Ok(Err(Box::new(End::unknown(error, None)))),
            }
        }
        if let Some(end) = self.in_the_way(billing, due, &reference).await {
            return Ok(Err(Box::new(end)));
        }
        let key = match due.last {
            // While the answer to a key is missing, the same key may bring it.
            Known::Unanswered(key) => IdempotencyKey(key),
            Known::Nothing | Known::Broken => IdempotencyKey::fresh(),
        };
        let mut writer = self.store.write().await?;
        order_work::sending(writer.connection(), due.id, key.0).await?;
        writer.commit().await?;
        Ok(Ok(Attempt { reference, key }))
    }

    async fn understand(
        &self,
        billing: &dyn Billing,
        due: &Due,
        answer: Result<PlacedOrder, BillingError>,
    ) -> End {
        match answer {
            Ok(placed) => self.read_back(billing, due, placed).await,
            Err(error) => End::after(error, &due.content),
        }
    }

    /// What keeps a change from being sent: one that came before it.
    async fn in_the_way(
        &self,
        billing: &dyn Billing,
        due: &Due,
        reference: &OrderReference,
    ) -> Option<End> {
        let OrderContent::Change(change) = &due.content else { return None };
        let end_of = |error| match due.last {
            Known::Nothing => End::after(error, &due.content),
            Known::Broken | Known::Unanswered(_) => End::unknown(error, None),
        };
        let subscription = match billing.subscription(&change.subscription).await {
            Ok(subscription) => subscription?,
            Err(error) => return Some(end_of(error)),
        };
        // While its answer is missing, it may be its own latest order that is another one.
        let is_changed = !matches!(due.last, Known::Unanswered(_))
            && change.based_on.is_some()
            && change.based_on != subscription.latest_order;
        let reason = words::blocked(&subscription, self.clock.today())
            .or_else(|| is_changed.then(|| words::CHANGED_SINCE.to_owned()))?;
        // What is in the way may be this very order.
        Some(match billing.find_order(reference).await {
            Ok(Some(placed)) => self.read_back(billing, due, placed).await,
            Ok(None) => End::Refused(reason),
            Err(error) => end_of(error),
        })
    }

    /// Looks whose the subscription has become, and who is invoiced for it.
    async fn read_back(&self, billing: &dyn Billing, due: &Due, placed: PlacedOrder) -> End {
        let subscription = match billing.subscription(&placed.subscription).await {
            Ok(Some(subscription)) => subscription,
            Ok(None) => {
                let message = format!("{} cannot be read yet.", placed.subscription);
                let error = BillingError::AnswerLost { after: None, message };
                return End::unknown(error, Some(placed));
            }
            Err(error) => return End::unknown(error, Some(placed)),
        };
        let wrong = match &due.content {
            OrderContent::Purchase(order) => owners::wrong(order, &placed, &subscription),
            OrderContent::Change(_) | OrderContent::Undo { .. } => None,
        };
        match wrong {
            None => End::Placed(placed, Box::new(subscription)),
            Some(reason) => End::Stopped { reason, answer_is_lost: true, placed: Some(placed) },
        }
    }

    async fn placed(
        &self,
        due: &Due,
        placed: PlacedOrder,
        subscription: Subscription,
    ) -> StoreResult<()> {
        let mut writer = self.store.write().await?;
        // Whoever learns that it is placed finds the subscription here.
        self.projection.want(&mut writer, due.organisation).await?;
        let customer = self.customer(&mut writer, due, &placed, &subscription).await?;
        let changed = self.changed(&mut writer, due, &subscription).await?;
        self.projection.write_down(&mut writer, due.organisation, subscription).await?;
        let outcome = Outcome {
            order: Some(placed.order),
            subscription: placed.subscription,
            customer: Some(customer),
        };
        self.settle(writer, due, &outcome, changed).await?;
        self.projection.wake();
        Ok(())
    }

    async fn taken_back(
        &self,
        due: &Due,
        number: SubscriptionNumber,
        now: Option<Subscription>,
    ) -> StoreResult<()> {
        let outcome = Outcome { order: None, subscription: number, customer: None };
        let mut writer = self.store.write().await?;
        self.projection.want(&mut writer, due.organisation).await?;
        let changed = match now {
            Some(subscription) => {
                let changed = self.changed(&mut writer, due, &subscription).await?;
                self.projection.write_down(&mut writer, due.organisation, subscription).await?;
                changed
            }
            None => Map::new(),
        };
        self.settle(writer, due, &outcome, changed).await?;
        self.projection.wake();
        Ok(())
    }

    /// What a change makes of its subscription, as that was last read.
    async fn changed(
        &self,
        writer: &mut Writer,
        due: &Due,
        after: &Subscription,
    ) -> StoreResult<Map<String, Value>> {
        if due.content.kind() == OrderKind::Purchase {
            return Ok(Map::new());
        }
        let (organisation, number, today) = (due.organisation, &after.number, self.clock.today());
        let before = subscriptions::by_number(writer.connection(), organisation, number).await?;
        let before = before.map(|told| told.subscription);
        // What is taken back would have taken effect then.
        let pending = match &due.content {
            OrderContent::Undo { .. } => before.as_ref(),
            _ => Some(after),
        };
        let pending = pending.and_then(|known| known.pending(today)).map(Pending::on);
        let day = due.content.effective_on().or(pending);
        let names = plan_names::read(writer.connection(), organisation).await?;
        let day = day.map_or(today, |day| day.max(today));
        Ok(told::difference(before.as_ref(), after, &names, day))
    }

    /// The end customer, written down where it is new here.
    async fn customer(
        &self,
        writer: &mut Writer,
        due: &Due,
        placed: &PlacedOrder,
        subscription: &Subscription,
    ) -> StoreResult<CustomerId> {
        let now = self.clock.now();
        let email = match &due.content {
            OrderContent::Purchase(order) => match &order.customer {
                EndCustomer::New(new) => Some(new.contact.email.clone()),
                EndCustomer::Existing(_) => None,
            },
            OrderContent::Change(_) | OrderContent::Undo { .. } => None,
        };
        let known = customers::Known {
            account_id: Some(subscription.owner.id.clone()),
            name: due.customer_name.clone(),
            is_named_so_now: false,
            email,
            currency: subscription.currency,
        };
        let (organisation, account) = (due.organisation, &placed.customer);
        let id = customers::ensure(writer.connection(), organisation, account, known, now).await?;
        customers::ordered(writer.connection(), id, now).await?;
        Ok(id)
    }

    async fn settle(
        &self,
        mut writer: Writer,
        due: &Due,
        outcome: &Outcome,
        mut changed: Map<String, Value>,
    ) -> StoreResult<()> {
        let now = self.clock.now();
        if order_work::placed(writer.connection(), due.id, outcome, now).await? {
            let changes = json!({
                "state": ["placing", "placed"],
                "subscription": outcome.subscription,
            });
            self.record(&mut writer, due, "order.placed", changes).await?;
            if due.content.kind() != OrderKind::Purchase {
                changed.extend([
                    ("subscription".to_owned(), json!(outcome.subscription)),
                    ("order".to_owned(), json!(outcome.order)),
                    ("reference".to_owned(), json!(due.reference)),
                ]);
                self.record(&mut writer, due, "subscription.changed", changed.into()).await?;
            }
        }
        writer.commit().await?;
        tracing::info!(order.id = %due.id, subscription = %outcome.subscription, "an order was placed");
        Ok(())
    }

    async fn refused(&self, due: &Due, reason: &str) -> StoreResult<()> {
        let mut writer = self.store.write().await?;
        if order_work::refused(writer.connection(), due.id, reason, self.clock.now()).await? {
            let changes = json!({ "state": ["placing", "refused"], "reason": reason });
            self.record(&mut writer, due, "order.refused", changes).await?;
        }
        writer.commit().await?;
        tracing::info!(order.id = %due.id, reason, "an order was refused");
        Ok(())
    }

    async fn stopped(
        &self,
        due: &Due,
        reason: &str,
        answer_is_lost: bool,
        placed: Option<PlacedOrder>,
    ) -> StoreResult<()> {
        let outcome = placed.map(|placed| Outcome {
            order: Some(placed.order),
            subscription: placed.subscription,
            customer: None,
        });
        let mut writer = self.store.write().await?;
        let (id, outcome) = (due.id, outcome.as_ref());
        if order_work::stopped(writer.connection(), id, reason, answer_is_lost, outcome).await? {
            let changes = json!({ "state": ["placing", "needs_attention"], "reason": reason });
            self.record(&mut writer, due, "order.stopped", changes).await?;
        }
        writer.commit().await?;
        tracing::error!(order.id = %due.id, reason, "an order needs attention");
        Ok(())
    }

    async fn postponed(&self, due: &Due, error: &BillingError, doubt: Doubt) -> StoreResult<()> {
        let now = self.clock.now();
        let wait = backoff(due.attempts.min(MOST_DOUBLINGS));
        let wait = wait.max(error.retry_after().unwrap_or_default());
        let postponement = Postponement {
            until: now.plus(wait),
            doubt,
            delay: words::delay(error, due.attempts + 1),
        };
        let mut writer = self.store.write().await?;
        order_work::postponed(writer.connection(), due.id, &postponement).await?;
        writer.commit().await?;
        if due.since.plus(PERSISTENCE) < now && due.attempts + 1 >= LEAST_ATTEMPTS {
            let answer_is_lost = doubt != Doubt::Undone;
            return self.stopped(due, &words::stuck(error), answer_is_lost, None).await;
        }
        tracing::warn!(%error, order.id = %due.id, attempts = due.attempts + 1, "an order could not be placed yet");
        Ok(())
    }

    async fn record(
        &self,
        writer: &mut Writer,
        due: &Due,
        action: &'static str,
        changes: Value,
    ) -> StoreResult<()> {
        let event = Event {
            action,
            organisation: Some(due.organisation),
            subject: Some(due.id.0),
            changes,
        };
        audit::record(writer.connection(), self.clock.now(), &Actor::partners(), &event).await
    }
}
