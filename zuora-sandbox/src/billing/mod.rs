//! What is billed, when, and to whom.
//!
//! Every recurring charge is billed in advance. Its periods are counted from
//! the subscription's first day; a part of a period costs its share of the
//! period's days, rounded to the cent. What was billed is remembered day by
//! day, so that a change in the middle of a period gives back what was billed
//! for the rest of it and bills what is true instead.

mod documents;
mod metrics;
mod rating;
mod renewal;

pub use documents::make as make_documents;
pub use metrics::{Metrics, of_charge as metrics_of};
pub use rating::{Line, period_start_after, rate};
pub use renewal::{catch_up, renew};
