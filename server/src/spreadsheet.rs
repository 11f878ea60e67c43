//! Cells of files that spreadsheets open: what would be taken for a formula
//! has an apostrophe before it, as OWASP advises ("CSV Injection").
//!
//! Also behind a semicolon, a tab or the end of a line within a cell: a spreadsheet
//! may be set to another separator than the file's, and then a quotation mark there
//! is one of its own, or none.

/// Where a spreadsheet may begin another cell.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// Whether a formula begins here, with apostrophes, quotation marks or spaces
/// before it or without.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches(['\'', '"', ' ']).starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell in which no formula begins. What has an apostrophe gets another, so
/// that [`plain`] gives it back as it was.
#[must_use]
pub fn guarded(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for piece in cell.split_inclusive(SEPARATORS) {
        if is_formula(piece) {
            text.push('\'');
        }
        text += piece;
    }
    text
}

/// The cell that [`guarded`] was given.
#[must_use]
pub fn plain(cell: &str) -> String {
    let pieces = cell.split_inclusive(SEPARATORS);
    pieces
        .map(|piece| piece.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(piece))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_come_back_as_they_were() {
        for (cell, written) in [
            ("", ""),
            ("Acme; Sons - since 1990", "Acme; Sons - since 1990"),
            ("’n sync", "’n sync"),
            ("'n sync", "'n sync"),
            ("=1+1", "'=1+1"),
            ("'=1+1", "''=1+1"),
            ("''@a", "'''@a"),
            ("a;=1;b;'-2", "a;'=1;b;''-2"),
            ("\t+1", "'\t'+1"),
            ("a;'b;", "a;'b;"),
            ("x;\"=1+1;y", "x;'\"=1+1;y"),
            ("x; \"\" '-1", "x;' \"\" '-1"),
            ("a\n=1", "a\n'=1"),
            ("\"Acme\"; \"Sons\"", "\"Acme\"; \"Sons\""),
        ] {
            assert_eq!(guarded(cell), written);
            assert_eq!(plain(written), cell);
        }
        assert_eq!(plain("'a'"), "'a'");
    }
}
