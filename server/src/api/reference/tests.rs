use serde_json::Value;

use super::page;

fn document() -> Value {
    serde_json::to_value(crate::api::document::openapi_document()).unwrap()
}

#[test]
fn every_endpoint_and_schema_is_on_the_page_and_every_link_leads_somewhere() {
    let document = document();
    let page = page(&document);
    let paths = document["paths"].as_object().unwrap();
    let operations: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(page.matches("data-method=").count(), operations);
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
    }
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "{link}");
    }
    assert!(!page.contains("style="), "the policy allows no inline styles");
}

#[test]
fn parameters_are_where_the_router_reads_them() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for parameter in parameters {
                let name = parameter["name"].as_str().unwrap();
                let in_path = path.contains(&format!("{{{name}}}"));
                assert_eq!(parameter["in"], if in_path { "path" } else { "query" }, "{name} of {path}");
            }
        }
    }
}
