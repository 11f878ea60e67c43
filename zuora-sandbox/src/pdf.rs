//! A small PDF of an invoice or credit memo, made by hand: one font that every
//! reader has, as many pages as the lines need.

use crate::state::{Account, Document, DocumentKind};
use std::fmt::Write;

const LINES_PER_PAGE: usize = 48;
const TOP: usize = 790;
const LEADING: usize = 15;

/// The document as a PDF file.
#[must_use]
pub(crate) fn document(document: &Document, account: &Account) -> Vec<u8> {
    let lines = lines(document, account);
    let pages: Vec<String> = lines.chunks(LINES_PER_PAGE).map(page).collect();
    file(&pages)
}

fn lines(document: &Document, account: &Account) -> Vec<String> {
    let title = match document.kind {
        DocumentKind::Invoice => "INVOICE",
        DocumentKind::CreditMemo => "CREDIT MEMO",
    };
    let contact = &account.bill_to;
    let mut lines = vec![
        format!("{title} {}", document.number),
        String::new(),
        account.name.clone(),
        format!("{} {}", contact.first_name, contact.last_name),
        contact.address1.clone(),
        format!("{} {}", contact.postal_code, contact.city),
        contact.country.clone().unwrap_or_default(),
        String::new(),
        format!("Account {}   Date {}   Due {}", account.number, document.date, document.due),
        String::new(),
    ];
    for item in &document.items {
        let uom = item.uom.as_deref().unwrap_or("unit");
        lines.push(format!(
            "{}: {}   {} x {} {} a {uom}",
            item.product_name, item.charge_name, item.quantity, item.unit_price, document.currency
        ));
        lines.push(format!(
            "    {}   {} to {}   {:.2} {}",
            item.subscription_number, item.from, item.through, item.amount, document.currency
        ));
    }
    lines.push(String::new());
    lines.push(format!("Total   {:.2} {}", document.amount, document.currency));
    lines.push(format!("Open    {:.2} {}", document.balance, document.currency));
    lines.push(String::new());
    lines.push("Made by a stand-in for Zuora. Not a real invoice.".to_owned());
    lines
}

fn page(lines: &[String]) -> String {
    let mut content = format!("BT /F1 10 Tf {LEADING} TL 50 {TOP} Td\n");
    for line in lines {
        // Writing to a string does not fail.
        let _ = writeln!(content, "({}) '", escape(line));
    }
    content.push_str("ET");
    content
}

/// Text in WinAnsi, with what PDF strings need to have escaped; what WinAnsi
/// does not have becomes a question mark.
fn escape(line: &str) -> String {
    let mut escaped = String::new();
    for c in line.chars() {
        match c {
            '(' | ')' | '\\' => escaped.extend(['\\', c]),
            ' '..='~' => escaped.push(c),
            '\u{a0}'..='\u{ff}' => {
                let _ = write!(escaped, "\\{:03o}", u32::from(c));
            }
            _ => escaped.push('?'),
        }
    }
    escaped
}

fn file(pages: &[String]) -> Vec<u8> {
    let kids = (0..pages.len()).map(|page| format!("{} 0 R", 4 + page * 2)).collect::<Vec<_>>();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    for (place, content) in pages.iter().enumerate() {
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
             /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            5 + place * 2
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut text = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (place, object) in objects.iter().enumerate() {
        offsets.push(text.len());
        let _ = write!(text, "{} 0 obj\n{object}\nendobj\n", place + 1);
    }
    let start = text.len();
    let _ = write!(text, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(text, "{offset:010} 00000 n ");
    }
    let _ = write!(
        text,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{escape, file};

    #[test]
    fn every_object_is_where_the_table_says() {
        let bytes = file(&["BT ET".to_owned(), "BT ET".to_owned()]);
        let text = String::from_utf8(bytes).unwrap();
        let table = text.split("xref\n").nth(1).unwrap();
        let entries = table.lines().skip(2).take(7);
        for (number, entry) in (1..).zip(entries) {
            let offset: usize = entry[..10].parse().unwrap();
            assert!(text[offset..].starts_with(&format!("{number} 0 obj")), "object {number}");
        }
    }

    #[test]
    fn text_is_escaped_and_in_winansi() {
        assert_eq!(escape("a(b)\\"), "a\\(b\\)\\\\");
        assert_eq!(escape("Torstraße €"), "Torstra\\337e ?");
    }
}
