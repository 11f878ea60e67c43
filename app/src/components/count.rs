//! Numbers.

use crate::domain::listing::COUNT_LIMIT;

/// How many there are: `1 partner`, `1,204 partners`; `None` for more than are
/// counted.
#[must_use]
pub fn of(total: Option<i64>, one: &str, many: &str) -> String {
    match total {
        Some(1) => format!("1 {one}"),
        Some(total) => format!("{} {many}", thousands(total)),
        None => format!("more than {} {many}", thousands(COUNT_LIMIT)),
    }
}

/// A number with commas between thousands, as in `1,204`.
#[must_use]
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn commas_stand_between_thousands() {
        let written = [0, 999, 1_000, 1_204_000, -12].map(thousands);
        assert_eq!(written, ["0", "999", "1,000", "1,204,000", "−12"]);
    }
}
