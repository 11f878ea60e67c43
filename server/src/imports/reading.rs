//! Reading a file: from any bytes to columns and lines, or to a sentence that
//! says what to do.

use crate::spreadsheet;
use partners_app::domain::import::{MAXIMUM_BYTES, MAXIMUM_ROWS, column_key};
use std::borrow::Cow;

/// The most columns that a file may have.
const MAXIMUM_COLUMNS: usize = 100;
/// The longest cell, in characters: longer than any field may be.
const MAXIMUM_CELL: usize = 10_000;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of its columns, as they stand in its first line.
    pub columns: Vec<String>,
    /// The lines after it, without empty ones.
    pub lines: Vec<Line>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, from 1.
    pub line: i64,
    /// Its cells; may be more or fewer than there are columns.
    pub cells: Vec<String>,
}

/// Reads a file.
///
/// # Errors
/// A sentence for the person whose file it is.
pub fn read(bytes: &[u8]) -> Result<Table, String> {
    let text = text_of(bytes)?;
    // Lines end with a line feed from here on, however they ended in the file.
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let (text, first_line, named) = without_separator_line(&text);
    if text.trim().is_empty() {
        return Err("This file is empty. Choose a file with a line of column names and a line for each row.".to_owned());
    }
    let delimiter = named.unwrap_or_else(|| delimiter_of(text));
    if let Some(line) = open_quote(text, delimiter) {
        return Err(format!(
            "The quotation mark that begins a cell on line {} is never closed. Close it, or remove it.",
            line + first_line
        ));
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("This file cannot be read: {error}."))?;
        let line = record.position().map_or(1, |place| begins_at(text, place)) + first_line;
        // Spreadsheets leave empty cells at the end.
        let is_used =
            |place: &usize| record.get(*place).is_some_and(|cell| !cell.trim().is_empty());
        let Some(last) = (0..record.len()).rev().find(is_used) else { continue };
        let used = last + 1;
        let width = lines.first().map_or(0, |first: &Line| first.cells.len());
        if used > MAXIMUM_COLUMNS {
            return Err(if lines.is_empty() { too_many_columns() } else { too_many_cells(line) });
        }
        let cells: Vec<String> =
            record.iter().take(used.max(width)).map(spreadsheet::plain).collect();
        if cells.iter().any(|cell| cell.chars().count() > MAXIMUM_CELL) {
            return Err(format!(
                "A cell on line {line} has more than 10,000 characters. Check that its quotation marks are closed where they should be."
            ));
        }
        if lines.len() > MAXIMUM_ROWS {
            return Err(too_many_rows());
        }
        lines.push(Line { line, cells });
    }
    let mut lines = lines.into_iter();
    let columns = columns_of(lines.next())?;
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return Err(
            "This file has a line of column names and nothing below it. Add a line for each row."
                .to_owned(),
        );
    }
    Ok(Table { columns, lines })
}

/// The line that a record begins on: the parser's place is before the empty
/// lines above it.
fn begins_at(text: &str, place: &csv::Position) -> i64 {
    let before = usize::try_from(place.byte()).ok().and_then(|byte| text.as_bytes().get(byte..));
    let empty = before.unwrap_or_default().iter().take_while(|byte| **byte == b'\n').count();
    let line = usize::try_from(place.line()).unwrap_or(usize::MAX).saturating_add(empty);
    i64::try_from(line).unwrap_or(i64::MAX)
}

/// What is said of a file that is too large.
#[must_use]
pub fn too_large() -> String {
    format!(
        "This file has more than {} MB. Split it into several files, each with the line of column names.",
        MAXIMUM_BYTES / (1024 * 1024)
    )
}

fn too_many_rows() -> String {
    "This file has more than 50,000 rows. Split it into several files, each with the line of column names.".to_owned()
}

fn too_many_columns() -> String {
    format!(
        "This file has more than {MAXIMUM_COLUMNS} columns. Remove those that are not to be imported."
    )
}

fn too_many_cells(line: i64) -> String {
    format!(
        "Line {line} has more than {MAXIMUM_COLUMNS} cells. Check its separators and quotation marks."
    )
}

fn columns_of(line: Option<Line>) -> Result<Vec<String>, String> {
    let columns = line.map(|line| line.cells).unwrap_or_default();
    let columns: Vec<String> = columns.iter().map(|name| name.trim().to_owned()).collect();
    for (place, name) in columns.iter().enumerate() {
        let key = column_key(name);
        let before = columns.iter().take(place).position(|other| column_key(other) == key);
        if let Some(before) = before.filter(|_| !key.is_empty()) {
            return Err(format!(
                "Columns {} and {} are both called “{name}”. Rename or remove one of them.",
                before + 1,
                place + 1
            ));
        }
    }
    Ok(columns)
}

/// The text that the bytes are.
fn text_of(bytes: &[u8]) -> Result<&str, String> {
    const WORKBOOK: &str =
        "This is a spreadsheet’s own format. Save it as “CSV UTF-8” and upload that file.";
    if bytes.len() > MAXIMUM_BYTES {
        return Err(too_large());
    }
    // ZIP, in which .xlsx and .ods are, and the older .xls.
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(WORKBOOK.to_owned());
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(
            "This file is in UTF-16. Save it as “CSV UTF-8” and upload that file.".to_owned()
        );
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line_of =
        |place: usize| 1 + bytes.iter().take(place).filter(|byte| **byte == b'\n').count();
    if let Some(place) = bytes.iter().position(|byte| *byte == 0) {
        return Err(format!(
            "Line {} is not text. Choose a CSV file, or save yours as “CSV UTF-8”.",
            line_of(place)
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        format!(
            "Line {} has characters that are not in UTF-8, but perhaps in Windows-1252. Save the file as “CSV UTF-8” and upload that file.",
            line_of(error.valid_up_to())
        )
    })
}

/// The text after a first line such as `sep=;`, by which Excel is told the
/// separator; how many lines that took, and the separator.
fn without_separator_line(text: &str) -> (&str, i64, Option<u8>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let named = first.strip_prefix("sep=").map(str::as_bytes);
    match named {
        Some([separator]) if SEPARATORS.contains(separator) => (rest, 1, Some(*separator)),
        _ => (text, 0, None),
    }
}

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// What separates cells: of comma, semicolon and tab, the one that the first
/// line has most of, outside of quotation marks.
fn delimiter_of(text: &str) -> u8 {
    let mut counts = [0_usize; 3];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(place) = SEPARATORS.iter().position(|one| *one == byte) {
                    counts[place] += 1;
                }
            }
        }
    }
    // Of equals the first: a comma where there is none.
    let mut best = 0;
    for place in 1..SEPARATORS.len() {
        if counts[place] > counts[best] {
            best = place;
        }
    }
    SEPARATORS[best]
}

/// The line of a quotation mark that begins a cell and is never closed: the
/// parser would take the rest of the file for one cell.
fn open_quote(text: &str, delimiter: u8) -> Option<i64> {
    enum Place {
        Begin,
        Plain,
        Quoted,
        Closed,
    }
    let mut place = Place::Begin;
    let (mut line, mut opened) = (1, 1);
    for byte in text.bytes() {
        place = match (place, byte) {
            (Place::Quoted, b'"') => Place::Closed,
            (Place::Quoted, _) | (Place::Closed, b'"') => Place::Quoted,
            (Place::Begin, b'"') => {
                opened = line;
                Place::Quoted
            }
            (_, b'\n') => Place::Begin,
            (_, other) if other == delimiter => Place::Begin,
            _ => Place::Plain,
        };
        if byte == b'\n' {
            line += 1;
        }
    }
    matches!(place, Place::Quoted).then_some(opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::csv_line;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let table = read(text.as_bytes()).expect(text);
        std::iter::once(table.columns)
            .chain(table.lines.into_iter().map(|line| line.cells))
            .collect()
    }

    #[test]
    fn comma_semicolon_and_tab_are_told_apart() {
        for separator in [",", ";", "\t"] {
            let text = format!("name{separator}logo\r\n\"a,b;c\td\"{separator}x\r\n");
            assert_eq!(cells(&text), [["name", "logo"], ["a,b;c\td", "x"]], "{separator:?}");
        }
        assert_eq!(cells("name\nAcme\n"), [["name"], ["Acme"]]);
        assert_eq!(cells("sep=;\nname;logo\na,b;c\n"), [["name", "logo"], ["a,b", "c"]]);
    }

    #[test]
    fn a_byte_order_mark_and_line_ends_of_any_kind_are_fine() {
        for text in ["\u{feff}name,logo\na,b", "name,logo\ra,b\r", "name,logo\r\n\r\n,\r\na,b"] {
            assert_eq!(cells(text), [["name", "logo"], ["a", "b"]], "{text:?}");
        }
    }

    #[test]
    fn a_line_is_named_as_an_editor_counts() {
        let table = read(b"sep=,\nname,logo\n\n\"two\nlines\",b\nc,d\n").expect("readable");
        let lines: Vec<_> = table.lines.iter().map(|line| line.line).collect();
        assert_eq!(lines, [4, 6]);
    }

    #[test]
    fn what_an_export_guards_comes_back_as_it_was() {
        assert_eq!(cells("name\n'=1+1\n'n sync\n"), [["name"], ["=1+1"], ["'n sync"]]);
        for text in ["=1", "'=1", "''@a", "'n sync", "a;=1;'-2", "a;'b", "a\t+1", "\t@", ";'';=1"] {
            let line = csv_line(&["first".into(), text.into()]);
            assert_eq!(cells(&format!("name,logo\n{line}"))[1], ["first", text], "{line}");
        }
    }

    #[test]
    fn empty_cells_at_the_end_are_not_kept() {
        let commas = ",".repeat(MAXIMUM_COLUMNS * 10);
        let table = read(format!("name,logo{commas}\na{commas}\nb\n").as_bytes()).expect("wide");
        assert_eq!(table.columns, ["name", "logo"]);
        assert_eq!(
            (&*table.lines[0].cells, &*table.lines[1].cells),
            (&["a", ""].map(String::from)[..], &["b"].map(String::from)[..])
        );
    }

    #[test]
    fn every_kind_of_bad_file_says_what_to_do() {
        let utf16: Vec<u8> = "name\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&b"\xff\xfe"[..], &utf16].concat();
        let many = format!("name\n{}", "a\n".repeat(MAXIMUM_ROWS + 1));
        let wide = format!("{}x\na\n", "a,".repeat(MAXIMUM_COLUMNS));
        let broad = format!("name\na\n{}x\n", ",".repeat(MAXIMUM_COLUMNS));
        let long = format!("name\n{}\n", "a".repeat(MAXIMUM_CELL + 1));
        let cases: [(&[u8], &str); 17] = [
            (b"", "is empty"),
            (b"\xef\xbb\xbf \r\n", "is empty"),
            (b"sep=;\n", "is empty"),
            (b"name,logo\n", "nothing below it"),
            (b"name,logo\n,\n\n", "nothing below it"),
            (b"PK\x03\x04rest", "CSV UTF-8"),
            (b"\xd0\xcf\x11\xe0rest", "CSV UTF-8"),
            (&marked, "UTF-16"),
            (&utf16, "Line 1 is not text"),
            (b"name\nSm\xf8rrebr\xf8d\n", "Line 2 has characters that are not in UTF-8"),
            (b"name,Logo,LOGO\na,b,c\n", "Columns 2 and 3 are both called"),
            (b"name,logo\na,b\nc,\"d\ne,f\n", "line 3 is never closed"),
            (many.as_bytes(), "more than 50,000 rows"),
            (wide.as_bytes(), "more than 100 columns"),
            (broad.as_bytes(), "Line 3 has more than 100 cells"),
            (long.as_bytes(), "more than 10,000 characters"),
            (&vec![b'a'; MAXIMUM_BYTES + 1], "more than 10 MB"),
        ];
        for (bytes, words) in cases {
            let problem = read(bytes).expect_err(words);
            assert!(problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        const PIECES: [&[u8]; 12] = [
            b"name",
            b"logo",
            b",",
            b";",
            b"\t",
            b"\"",
            b"\n",
            b"\r",
            b"'=",
            b" ",
            b"\xef\xbb\xbf",
            b"\xff",
        ];
        for round in 0..2_000 {
            let bytes: Vec<u8> = if round % 2 == 0 {
                (0..rand::random_range(0..200)).map(|_| rand::random()).collect()
            } else {
                (0..rand::random_range(0..60))
                    .flat_map(|_| PIECES[rand::random_range(0..PIECES.len())])
                    .copied()
                    .collect()
            };
            match read(&bytes) {
                Ok(table) => {
                    assert!(!table.columns.is_empty() && !table.lines.is_empty(), "{bytes:?}");
                    assert!(table.lines.iter().all(|line| line.line >= 2), "{bytes:?}");
                }
                Err(problem) => assert!(problem.ends_with('.'), "{bytes:?}: {problem}"),
            }
        }
    }
}
