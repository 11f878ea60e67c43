//! `GET /api/docs`: the API's description for people, one page without a script.

use axum::http::header::{CONTENT_TYPE, VARY};
use axum::response::{Html, IntoResponse};
use axum_extra::extract::CookieJar;
use html_escape::encode_safe as escaped;
use partners_app::viewer::{THEME_COOKIE, Theme};
use serde_json::Value;
use std::fmt::Write;

/// `GET /api/docs`, in the theme that the visitor has chosen.
pub(super) async fn serve(page: String, cookies: CookieJar) -> impl IntoResponse {
    let theme = cookies.get(THEME_COOKIE).map(|cookie| Theme::parse(cookie.value()));
    let page = match theme.unwrap_or_default() {
        Theme::System => page,
        chosen => page.replacen("<html ", &format!("<html data-theme=\"{}\" ", chosen.as_str()), 1),
    };
    ([(VARY, "Cookie")], Html(page))
}

/// `GET /api/docs.css`
pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs_page.css"))
}

/// The page for a description.
pub(super) fn html(document: &Value, css: &str, favicon: &str) -> String {
    let title = text(&document["info"]["title"]);
    let mut operations = String::new();
    let mut contents = String::new();
    for tag in list(&document["tags"]) {
        let (name, about) = (text(&tag["name"]), text(&tag["description"]));
        let (mut links, mut sections) = (String::new(), String::new());
        for (path, method, operation) in operations_of(document, name) {
            let id = escaped(text(&operation["operationId"]));
            let summary = escaped(text(&operation["summary"]));
            let _ = write!(links, "<li><a href=\"#{id}\">{summary}</a></li>");
            sections.push_str(&section(path, method, operation));
        }
        let name = escaped(name);
        let _ = write!(contents, "<li>{name}<ul>{links}</ul></li>");
        let _ = write!(operations, "<h2>{name}</h2><p>{}</p>{sections}", escaped(about));
    }
    let schemas: String = fields(&document["components"]["schemas"])
        .map(|(name, schema)| {
            let name = escaped(name);
            format!("<section id=\"schema-{name}\"><h3>{name}</h3>{}</section>", schema_of(schema))
        })
        .collect();
    format!(
        "<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"icon\" href=\"{favicon}\"><link rel=\"stylesheet\" href=\"{css}\">\
         <link rel=\"stylesheet\" href=\"/api/docs.css\"></head>\
         <body class=\"api-docs\"><a class=\"skip\" href=\"#content\">Skip to content</a>\
         <nav aria-label=\"Contents\"><ul>{contents}\
         <li><a href=\"#schemas\">Schemas</a></li></ul></nav><main id=\"content\" tabindex=\"-1\"><h1>{title}</h1>\
         <p>Version {}. <a href=\"/api/openapi.json\">OpenAPI document</a></p>{}{operations}\
         <h2 id=\"schemas\">Schemas</h2>{schemas}</main></body></html>",
        escaped(text(&document["info"]["version"])),
        prose(text(&document["info"]["description"])),
        title = escaped(title),
    )
}

/// What is done with whole lists comes before what is done with one thing, and
/// that before what belongs to it; reading comes before changing.
fn operations_of<'a>(document: &'a Value, tag: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
    const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];
    let mut operations: Vec<_> = fields(&document["paths"])
        .flat_map(|(path, item)| {
            fields(item).map(move |(method, operation)| (path, method, operation))
        })
        .filter(|(_, _, operation)| list(&operation["tags"]).iter().any(|of| text(of) == tag))
        .collect();
    operations.sort_by_key(|(path, method, _)| {
        // `/users` lists what `/user/{id}` is one of.
        let of: Vec<&str> = path.split('/').map(|part| part.trim_end_matches('s')).collect();
        (of, METHODS.iter().position(|known| known == method))
    });
    operations
}

fn section(path: &str, method: &str, operation: &Value) -> String {
    let id = escaped(text(&operation["operationId"]));
    let mut html = format!(
        "<section id=\"{id}\"><h3>{}</h3><p><code class=\"method\">{}</code> <code>{}</code></p>{}",
        escaped(text(&operation["summary"])),
        escaped(&method.to_uppercase()),
        escaped(path),
        prose(text(&operation["description"])),
    );
    let parameters = list(&operation["parameters"]);
    if !parameters.is_empty() {
        let rows = parameters.iter().map(|parameter| {
            let is_needed = parameter["required"].as_bool().unwrap_or_default();
            let place =
                format!("{}{}", text(&parameter["in"]), if is_needed { ", required" } else { "" });
            let cells = [
                kind(&parameter["schema"]),
                escaped(&place).into_owned(),
                inline(text(&parameter["description"])),
            ];
            row(text(&parameter["name"]), &cells)
        });
        let heads = ["Name", "Type", "Where", "Meaning"];
        html.push_str(&table("Parameters", &heads, rows.collect()));
    }
    for (kind_of_body, content) in fields(&operation["requestBody"]["content"]) {
        let _ =
            write!(html, "<p>Body ({}): {}</p>", escaped(kind_of_body), kind(&content["schema"]));
    }
    let answers = fields(&operation["responses"]).map(|(status, response)| {
        let content = fields(&response["content"]).next();
        let body = content.map(|(_, content)| kind(&content["schema"])).unwrap_or_default();
        row(status, &[body, inline(text(&response["description"]))])
    });
    html.push_str(&table("Answers", &["Status", "Body", "Meaning"], answers.collect()));
    html.push_str("</section>");
    html
}

fn table(caption: &str, heads: &[&str], rows: String) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    format!(
        "<div class=\"api-table\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\
         <table><caption>{caption}</caption><thead><tr>{heads}</tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

/// A table's row; the cells are HTML already.
fn row(name: &str, cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr><th scope=\"row\"><code>{}</code></th>{cells}</tr>", escaped(name))
}

fn schema_of(schema: &Value) -> String {
    let about = prose(text(&schema["description"]));
    let needed: Vec<&str> = list(&schema["required"]).iter().map(text).collect();
    let is_needed = |name: &&str| needed.contains(name);
    let mut properties: Vec<_> = fields(&schema["properties"]).collect();
    properties.sort_by_key(|(name, _)| !is_needed(name));
    let rows: String = properties
        .into_iter()
        .map(|(name, property)| {
            let note = if is_needed(&name) { "required" } else { "" };
            let meaning = inline(text(&property["description"]));
            row(name, &[kind(property), note.to_owned(), meaning])
        })
        .collect();
    if rows.is_empty() {
        return format!("{about}<p>{}</p>", kind(schema));
    }
    format!("{about}{}", table("Fields", &["Name", "Type", "Note", "Meaning"], rows))
}

/// What type a schema describes, as HTML.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    let several = ["oneOf", "anyOf", "allOf"].iter().flat_map(|word| list(&schema[*word]));
    let several: Vec<String> = several.map(kind).filter(|kind| kind != "null").collect();
    if !several.is_empty() {
        return several.join(" or ");
    }
    if schema["type"] == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    let mut words = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other).to_owned(),
    };
    let choices: Vec<&str> = list(&schema["enum"]).iter().map(text).collect();
    if !choices.is_empty() {
        words = choices.join(" | ");
    }
    for (name, said) in [
        ("format", ""),
        ("minLength", "at least "),
        ("maxLength", "at most "),
        ("minimum", "from "),
        ("maximum", "to "),
        ("default", "else "),
    ] {
        match &schema[name] {
            Value::Null => {}
            Value::String(value) => {
                let _ = write!(words, ", {said}{value}");
            }
            value => {
                let _ = write!(words, ", {said}{value}");
            }
        }
    }
    escaped(&words).into_owned()
}

/// Paragraphs, headings and lists of the little Markdown that the descriptions
/// are written in.
fn prose(markdown: &str) -> String {
    let mut html = String::new();
    for block in markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        if let Some(heading) = block.strip_prefix("## ") {
            let _ = write!(html, "<h2>{}</h2>", inline(heading));
        } else if block.starts_with("- ") || block.starts_with("1. ") {
            let (tag, items) = if block.starts_with("- ") { ("ul", "- ") } else { ("ol", ". ") };
            let _ = write!(html, "<{tag}>");
            for line in block.lines() {
                let text = line.split_once(items).map_or(line, |(_, text)| text);
                let _ = write!(html, "<li>{}</li>", inline(text));
            }
            let _ = write!(html, "</{tag}>");
        } else {
            let _ = write!(html, "<p>{}</p>", inline(block));
        }
    }
    html
}

/// A line with `code` and *emphasis*.
fn inline(markdown: &str) -> String {
    let mut html = String::new();
    for (code, place) in markdown.split('`').zip(0_usize..) {
        if place % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", escaped(code));
            continue;
        }
        for (plain, place) in code.split('*').zip(0_usize..) {
            let plain = escaped(plain);
            let _ = if place % 2 == 1 {
                write!(html, "<em>{plain}</em>")
            } else {
                write!(html, "{plain}")
            };
        }
    }
    html
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_cannot_become_markup() {
        assert_eq!(inline("a `<b>` *c* <d>"), "a <code>&lt;b&gt;</code> <em>c</em> &lt;d&gt;");
        assert_eq!(
            prose("## H\n\n- a\n- b\n\n1. c"),
            "<h2>H</h2><ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>"
        );
    }

    #[test]
    fn every_operation_has_its_section() {
        let document = super::super::document();
        let page = html(&document, "/pkg/style.css", "/pkg/favicon.svg");
        for (_, item) in fields(&document["paths"]) {
            for (_, operation) in fields(item) {
                let id = text(&operation["operationId"]);
                assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
            }
        }
    }
}
