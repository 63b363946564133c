//! What is made of a schema and a draft.

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::{ask, ask_for, quick, router};
use crate::simulator::fit::fits;
use crate::simulator::schema::fill;
use crate::simulator::wording::Wording;

fn filled(schema: &Value, draft: Option<&Value>) -> Value {
    fill(schema, draft, &mut Wording::new(StdRng::seed_from_u64(7), false))
}

fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

#[test]
fn values_of_the_draft_stay_and_fields_beyond_the_schema_go() {
    let schema = object(&json!({ "id": { "type": "string" }, "count": { "type": "integer" } }));
    let draft = json!({ "id": "a1", "count": 3, "note": "x" });
    assert_eq!(filled(&schema, Some(&draft)), json!({ "id": "a1", "count": 3 }));
}

#[test]
fn values_that_do_not_fit_are_replaced_by_ones_that_do() {
    let schema = object(&json!({
        "level": { "enum": ["low", "high"] },
        "id": { "type": "string", "minLength": 50, "maxLength": 60 },
        "name": { "type": "string", "maxLength": 3 },
        "count": { "type": "integer", "minimum": 2, "maximum": 9 },
        "share": { "type": "number", "exclusiveMinimum": 0, "maximum": 0.5 },
        "step": { "type": "integer", "minimum": 7, "multipleOf": 5 },
        "below": { "type": "integer", "exclusiveMaximum": -3 },
        "items": { "type": "array", "items": { "type": "boolean" }, "minItems": 2 },
        "few": { "type": "array", "items": { "type": "integer" }, "maxItems": 1 },
        "day": { "type": "string", "format": "date" },
        "kind": { "const": "meal" },
    }));
    let draft = json!({ "level": "middle", "id": "a", "name": "abcd", "count": 20, "share": "x", "step": 8,
        "below": 0, "items": [true], "few": [1, 2], "day": 4, "kind": "other" });
    let answer = filled(&schema, Some(&draft));
    assert!(fits(&schema, &schema, &answer), "{answer}");
    assert_eq!(answer["level"], "low");
    assert_eq!(answer["name"], "abc");
    assert_eq!(answer["count"], json!(2));
    assert_eq!(answer["step"], json!(10));
    assert_eq!(answer["items"], json!([true, false]));
    assert_eq!(answer["few"], json!([1]));
    assert_eq!(answer["day"], "2026-01-01");
    assert!(fits(&schema, &schema, &filled(&schema, None)));
}

#[test]
fn references_and_parts_are_resolved() {
    let schema = json!({
        "$ref": "#/$defs/plan",
        "$defs": {
            "plan": object(&json!({ "meals": { "type": "array", "items": { "$ref": "#/$defs/meal" } } })),
            "named": object(&json!({ "name": { "type": "string" } })),
            "meal": { "allOf": [{ "$ref": "#/$defs/named" }, object(&json!({ "grams": { "type": "number" } }))] },
        },
    });
    let draft = json!({ "meals": [{ "name": "Soup", "grams": 12.5, "x": 1 }, { "name": "Rice" }] });
    let answer = filled(&schema, Some(&draft));
    assert_eq!(
        answer,
        json!({ "meals": [{ "name": "Soup", "grams": 12.5 }, { "name": "Rice", "grams": 0.0 }] })
    );
}

#[test]
fn the_alternative_that_the_draft_fits_is_taken() {
    let walk = object(&json!({ "kind": { "const": "walk" }, "minutes": { "type": "integer" } }));
    let meal = object(&json!({ "kind": { "const": "meal" }, "grams": { "type": "integer" } }));
    for word in ["anyOf", "oneOf"] {
        let schema = object(&json!({ "task": { word: [walk, { "type": "null" }, meal] } }));
        for task in
            [json!({ "kind": "meal", "grams": 5 }), json!({ "kind": "walk", "minutes": 5 }), Value::Null]
        {
            let draft = json!({ "task": task });
            assert_eq!(filled(&schema, Some(&draft)), draft);
        }
        assert_eq!(filled(&schema, None), json!({ "task": { "kind": "walk", "minutes": 0 } }));
    }
}

#[test]
fn a_nullable_type_keeps_null_and_makes_up_the_other() {
    let schema = object(&json!({ "id": { "type": ["null", "string"], "minLength": 2 } }));
    assert_eq!(filled(&schema, Some(&json!({ "id": null }))), json!({ "id": null }));
    assert_eq!(filled(&schema, Some(&json!({ "id": "ab" }))), json!({ "id": "ab" }));
    assert!(filled(&schema, None)["id"].is_string());
}

#[test]
fn a_schema_that_holds_itself_ends() {
    let tree = object(&json!({
        "left": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] },
        "right": { "anyOf": [{ "type": "null" }, { "$ref": "#" }] },
    }));
    assert!(fits(&tree, &tree, &filled(&tree, None)));
    let own = json!({ "type": "string", "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] });
    assert!(!fits(&own, &own, &json!(3)));
    filled(&own, Some(&json!(3)));
    for circle in [json!({ "$ref": "#" }), object(&json!({ "a": { "$ref": "#" }, "b": { "$ref": "#" } }))] {
        assert!(filled(&circle, None).to_string().len() < 2_000_000);
    }
}

#[tokio::test]
async fn told_texts_get_warmer_within_their_length_and_others_stay() {
    let router = router(quick());
    let schema = object(&json!({
        "title": { "type": "string", "maxLength": 40 },
        "why": { "type": "string", "maxLength": 19 },
        "priorities_0_next_step": { "type": "string" },
        "subtitle": { "type": "string" },
        "id": { "type": "string" },
    }));
    let draft = json!({ "title": "Morning walk", "why": "Light helps sleep.", "subtitle": "Plain",
        "priorities_0_next_step": "Go outside.", "id": "a1" });
    let (mut titles, mut steps) = (0, 0);
    for user in 0..40 {
        let answer =
            ask(&router, &ask_for(&schema, &draft, &json!({ "user": user.to_string() }))).await.filled();
        for field in ["why", "subtitle", "id"] {
            assert_eq!(answer[field], draft[field]);
        }
        let title = answer["title"].as_str().unwrap();
        assert!(
            title == "Morning walk" || title.starts_with("Morning walk,") && title.ends_with('.'),
            "{title}"
        );
        assert!(title.chars().count() <= 40);
        titles += usize::from(title != "Morning walk");
        steps += usize::from(answer["priorities_0_next_step"] != "Go outside.");
    }
    assert!((8..=32).contains(&titles) && (8..=32).contains(&steps), "{titles} {steps}");
}

#[tokio::test]
async fn a_repair_finds_the_draft_of_the_question_before_it() {
    let draft = json!({ "id": "a1" });
    let mut question = ask_for(&object(&json!({ "id": { "type": "string" } })), &draft, &json!({}));
    let repair = [
        json!({ "role": "assistant", "content": "{}" }),
        json!({ "role": "user", "content": "That broke rules." }),
    ];
    question["messages"].as_array_mut().unwrap().extend(repair);
    assert_eq!(ask(&router(quick()), &question).await.filled(), draft);
}
