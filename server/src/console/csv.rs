//! Rows as CSV (RFC 4180): one column per field, fields inside fields by dotted names.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// A value that keeps its fields in the order they were written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Node {
    Fields(IndexMap<String, Node>),
    Other(Value),
}

/// A JSON array of objects as lines, with a line of names before them; nothing for an empty one.
pub(crate) fn write(json: &str) -> String {
    let rows: Vec<Node> = serde_json::from_str(json).unwrap_or_default();
    let rows: Vec<IndexMap<String, String>> = rows.iter().map(cells).collect();
    let names: indexmap::IndexSet<&str> =
        rows.iter().flat_map(|row| row.keys().map(String::as_str)).collect();
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail, and every line has the same number of cells.
    if !names.is_empty() {
        let _ = writer.write_record(&names);
    }
    for row in &rows {
        let _ = writer.write_record(names.iter().map(|name| row.get(*name).map_or("", String::as_str)));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn cells(row: &Node) -> IndexMap<String, String> {
    let mut cells = IndexMap::new();
    flatten("", row, &mut cells);
    cells
}

fn flatten(name: &str, node: &Node, cells: &mut IndexMap<String, String>) {
    match node {
        Node::Fields(fields) => {
            for (field, inner) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                flatten(&name, inner, cells);
            }
        }
        Node::Other(value) => {
            let name = if name.is_empty() { "value" } else { name };
            cells.insert(name.to_owned(), text(value));
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            harmless(&items.join(" "))
        }
        other => other.to_string(),
    }
}

/// A spreadsheet must not take words for a formula (OWASP, CSV injection): an apostrophe keeps them words.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn rows_become_lines_with_every_field_in_its_order() {
        let text = super::write(
            r#"[{"id": "a", "figures": {"p95": 12.5, "none": null}, "at": 1, "scopes": ["agents", "data"]},
                {"id": "b, \"c\"", "late": true, "points": [1, 2]}]"#,
        );
        let lines: Vec<&str> = text.split("\r\n").collect();
        let expected = [
            "id,figures.p95,figures.none,at,scopes,late,points",
            "a,12.5,,1,agents data,,",
            "\"b, \"\"c\"\"\",,,,,true,\"[1,2]\"",
            "",
        ];
        assert_eq!(lines, expected);
        assert_eq!(super::write("[]"), "");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-2", "@x", "\tx"] {
            assert!(super::harmless(text).starts_with('\''));
        }
        assert_eq!(super::harmless("a=b"), "a=b");
        assert!(super::write(r#"[{"n": -2}]"#).contains("\r\n-2\r\n"), "numbers stay numbers");
    }
}
