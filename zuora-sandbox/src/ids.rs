//! Numbers and identifiers that the sandbox gives out.

use serde::{Deserialize, Serialize};

/// What has been given out so far. A copy can be used up and thrown away, as a
/// preview does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sequences {
    /// Differs between two states, so that their identifiers do.
    pub salt: u32,
    id: u64,
    account: u64,
    subscription: u64,
    order: u64,
    charge: u64,
    rate_plan: u64,
    invoice: u64,
    credit_memo: u64,
}

fn next(counter: &mut u64) -> u64 {
    *counter += 1;
    *counter
}

impl Sequences {
    /// A fresh start.
    #[must_use]
    pub fn new(salt: u32) -> Self {
        Self { salt, ..Self::default() }
    }

    /// A new identifier: 32 hexadecimal digits.
    pub fn id(&mut self) -> String {
        let count = next(&mut self.id);
        let mixed = count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        format!("8ad0{:08x}{mixed:012x}{count:08x}", self.salt)
    }

    /// A new account's number.
    pub fn account(&mut self) -> String {
        format!("A{:08}", next(&mut self.account))
    }

    /// A new subscription's number.
    pub fn subscription(&mut self) -> String {
        format!("A-S{:08}", next(&mut self.subscription))
    }

    /// A new order's number.
    pub fn order(&mut self) -> String {
        format!("O-{:08}", next(&mut self.order))
    }

    /// A new charge's number.
    pub fn charge(&mut self) -> String {
        format!("C-{:08}", next(&mut self.charge))
    }

    /// A new subscription rate plan's number.
    pub fn rate_plan(&mut self) -> String {
        format!("SRP-{:08}", next(&mut self.rate_plan))
    }

    /// A new invoice's number.
    pub fn invoice(&mut self) -> String {
        format!("INV{:08}", next(&mut self.invoice))
    }

    /// A new credit memo's number.
    pub fn credit_memo(&mut self) -> String {
        format!("CM{:08}", next(&mut self.credit_memo))
    }
}

#[cfg(test)]
mod tests {
    use super::Sequences;

    #[test]
    fn identifiers_are_32_hexadecimal_digits_and_differ() {
        let mut sequences = Sequences::new(7);
        let (one, two) = (sequences.id(), sequences.id());
        assert_ne!(one, two);
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        assert_eq!(sequences.account(), "A00000001");
        assert_eq!(sequences.account(), "A00000002");
    }
}
