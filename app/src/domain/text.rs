//! Normalising a line of text that a person typed.

/// Why a line of text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// Nothing but white space.
    Empty,
    /// More than the allowed number of characters, which is given.
    TooLong(usize),
    /// A character that cannot be shown, such as a tab inside a word or a bell.
    Control,
}

/// Trims `raw`, folds inner runs of white space into one space and checks that
/// 1 to `max` characters remain, none of them a control character.
///
/// # Errors
/// The first rule that is broken, in the order of [`LineError`]'s variants but
/// with control characters before the length.
pub fn single_line(raw: &str, max: usize) -> Result<String, LineError> {
    let folded = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() {
        return Err(LineError::Empty);
    }
    if folded.chars().any(char::is_control) {
        return Err(LineError::Control);
    }
    if folded.chars().count() > max {
        return Err(LineError::TooLong(max));
    }
    Ok(folded)
}

/// The form in which texts are compared and sorted: lower case, nothing else.
#[must_use]
pub fn comparison_key(text: &str) -> String {
    text.to_lowercase()
}

/// One or two letters that stand for a name where there is no picture.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let first = words.next();
    let second = words.next();
    let letters: String = first.into_iter().chain(second).flat_map(char::to_uppercase).collect();
    if letters.is_empty() { "?".to_owned() } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn white_space_is_folded() {
        assert_eq!(single_line("  Acme \t\n Resellers ", 200).as_deref(), Ok("Acme Resellers"));
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(single_line("Ac\u{7}me", 200), Err(LineError::Control));
    }

    #[test]
    fn initials_take_the_first_letters_of_two_words() {
        assert_eq!(initials("acme resellers ltd"), "AR");
        assert_eq!(initials("“Ümlaut”"), "Ü");
        assert_eq!(initials("🎉"), "?");
    }

    proptest! {
        #[test]
        fn a_normal_line_stays_as_it_is(raw in ".{0,250}") {
            if let Ok(line) = single_line(&raw, 200) {
                prop_assert_eq!(single_line(&line, 200), Ok(line.clone()));
                prop_assert!(line.chars().count() <= 200);
                prop_assert!(!line.contains("  "));
            }
        }
    }
}
