//! Object queries: filter, sort, expand, and a cursor.

mod ask;
mod expand;
mod filter;
mod records;

pub(crate) use ask::Ask;

use crate::refusal::{Category, Refusal};
use crate::state::{DocumentKind, State};
use http::StatusCode;
use serde_json::Value;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Objects {
    Accounts,
    Subscriptions,
    Invoices,
    InvoiceItems,
    CreditMemos,
    Orders,
    Products,
    ProductRatePlans,
    ProductRatePlanCharges,
}

type Records<'a> = Box<dyn Iterator<Item = (String, Value)> + 'a>;

impl Objects {
    /// The objects with this name in a path.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "accounts" => Self::Accounts,
            "subscriptions" => Self::Subscriptions,
            "invoices" => Self::Invoices,
            "invoice-items" => Self::InvoiceItems,
            "credit-memos" => Self::CreditMemos,
            "orders" => Self::Orders,
            "products" => Self::Products,
            "product-rate-plans" => Self::ProductRatePlans,
            "product-rate-plan-charges" => Self::ProductRatePlanCharges,
            _ => return None,
        })
    }

    /// A page of the records that fit, and the cursor of the next one.
    pub(crate) fn page(
        self,
        state: &State,
        ask: &Ask,
        size: usize,
        cursor: Option<&str>,
    ) -> Result<(Vec<Value>, Option<String>), Refusal> {
        let cursor = cursor.map(Cursor::read).transpose()?;
        if let Some((_, record)) = self.all(state, None).next() {
            ask.check(&record)?;
        }
        let (mut shown, next) = if ask.sorts() {
            let Some(start) = cursor.as_ref().map_or(Some(0), Cursor::offset) else {
                return Err(bad_cursor());
            };
            let fitting = self.all(state, None).map(|(_, record)| record);
            let mut fitting: Vec<Value> = fitting.filter(|record| ask.fits(record)).collect();
            ask.sort(&mut fitting);
            let more = fitting.len() > start + size;
            let shown: Vec<Value> = fitting.into_iter().skip(start).take(size).collect();
            (shown, more.then(|| Cursor::Offset(start + size)))
        } else {
            let after = match &cursor {
                Some(Cursor::After(key)) => Some(key.as_str()),
                Some(Cursor::Offset(_)) => return Err(bad_cursor()),
                None => None,
            };
            let mut fitting = self.all(state, after).filter(|(_, record)| ask.fits(record));
            let shown: Vec<(String, Value)> = fitting.by_ref().take(size).collect();
            let last = shown.last().map(|(key, _)| key.clone());
            let next = fitting.next().and(last).map(Cursor::After);
            (shown.into_iter().map(|(_, record)| record).collect(), next)
        };
        for record in &mut shown {
            self.finish(state, ask, record);
        }
        Ok((shown, next.map(|cursor| cursor.to_string())))
    }

    /// The record with this identifier or number.
    pub(crate) fn one(self, state: &State, ask: &Ask, key: &str) -> Option<Value> {
        let mut record = match self {
            Self::Accounts => records::account(state, state.account(key).ok()?),
            Self::Subscriptions => records::subscription(state, state.subscription(key).ok()?),
            Self::Invoices | Self::CreditMemos => {
                let document = state.document(key).ok()?;
                self.kind().filter(|kind| *kind == document.kind)?;
                records::document(document)
            }
            Self::Orders => records::order(state.order(key).ok()?),
            _ => {
                let mut all = self.all(state, None);
                all.find(|(_, record)| record["id"] == key).map(|(_, record)| record)?
            }
        };
        self.finish(state, ask, &mut record);
        Some(record)
    }

    fn kind(self) -> Option<DocumentKind> {
        match self {
            Self::Invoices => Some(DocumentKind::Invoice),
            Self::CreditMemos => Some(DocumentKind::CreditMemo),
            _ => None,
        }
    }

    fn finish(self, state: &State, ask: &Ask, record: &mut Value) {
        ask.narrow(record);
        expand::expand(state, self, ask.expands(), record);
        ask.drop_nulls(record);
    }

    /// All records after a key, each with its own, in the keys' order. They are
    /// made as they are asked for.
    fn all<'a>(self, state: &'a State, after: Option<&str>) -> Records<'a> {
        let after = after.unwrap_or_default().to_owned();
        let later = move |key: &str| key > after.as_str();
        match self {
            Self::Accounts => Box::new(
                state
                    .accounts
                    .iter()
                    .filter(move |(id, _)| later(id))
                    .map(|(id, account)| (id.clone(), records::account(state, account))),
            ),
            Self::Subscriptions => Box::new(
                state
                    .subscriptions
                    .values()
                    .flatten()
                    .map(|version| (format!("{}\n{:06}", version.number, version.version), version))
                    .filter(move |(key, _)| later(key))
                    .map(|(key, version)| (key, records::subscription(state, version))),
            ),
            Self::Invoices | Self::CreditMemos => Box::new(
                state
                    .documents
                    .values()
                    .filter(move |document| self.kind() == Some(document.kind))
                    .filter(move |document| later(&document.id))
                    .map(|document| (document.id.clone(), records::document(document))),
            ),
            Self::InvoiceItems => Box::new(
                state
                    .documents
                    .values()
                    .filter(|document| document.kind == DocumentKind::Invoice)
                    .flat_map(|document| document.items.iter().map(move |item| (document, item)))
                    .filter(move |(_, item)| later(&item.id))
                    .map(|(document, item)| {
                        (item.id.clone(), records::invoice_item(state, document, item))
                    }),
            ),
            Self::Orders => Box::new(
                state
                    .orders
                    .values()
                    .filter(move |order| later(&order.number))
                    .map(|order| (order.number.clone(), records::order(order))),
            ),
            Self::Products => Box::new(
                state
                    .products
                    .iter()
                    .filter(move |product| later(&product.id))
                    .map(|product| (product.id.clone(), records::product(product))),
            ),
            Self::ProductRatePlans => Box::new(
                state
                    .products
                    .iter()
                    .flat_map(|product| product.rate_plans.iter().map(move |plan| (product, plan)))
                    .filter(move |(_, plan)| later(&plan.id))
                    .map(|(product, plan)| {
                        (plan.id.clone(), records::product_rate_plan(product, plan))
                    }),
            ),
            Self::ProductRatePlanCharges => Box::new(
                state
                    .products
                    .iter()
                    .flat_map(|product| &product.rate_plans)
                    .flat_map(|plan| plan.charges.iter().map(move |charge| (plan, charge)))
                    .filter(move |(_, charge)| later(&charge.id))
                    .map(|(plan, charge)| {
                        (charge.id.clone(), records::product_charge(plan, charge))
                    }),
            ),
        }
    }
}

fn bad_cursor() -> Refusal {
    Refusal::new(Category::BadQuery, "'cursor' is not of this query")
        .with_status(StatusCode::BAD_REQUEST)
}

/// Where a page starts.
enum Cursor {
    /// After this key.
    After(String),
    /// After so many records.
    Offset(usize),
}

impl Cursor {
    fn read(text: &str) -> Result<Self, Refusal> {
        let bytes: Option<Vec<u8>> = (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
            .collect();
        let plain = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(bad_cursor)?;
        match plain.split_once(':') {
            Some(("after", key)) => Ok(Self::After(key.to_owned())),
            Some(("offset", count)) => count.parse().map(Self::Offset).map_err(|_| bad_cursor()),
            _ => Err(bad_cursor()),
        }
    }

    const fn offset(&self) -> Option<usize> {
        match self {
            Self::Offset(count) => Some(*count),
            Self::After(_) => None,
        }
    }
}

impl std::fmt::Display for Cursor {
    /// In hexadecimal, so that nobody is tempted to read it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = match self {
            Self::After(key) => format!("after:{key}"),
            Self::Offset(count) => format!("offset:{count}"),
        };
        plain.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
