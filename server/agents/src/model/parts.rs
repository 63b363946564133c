//! What a model may write of each agent's answer, and where in a draft it stands.
//!
//! One table: what is not in it is never the model's. A list that is empty, or not as its agent makes it, is left out, so
//! that nothing can be written where nothing was. Lengths are characters.

use domain::agent::Agent;
use serde_json::Value;

pub(super) struct Part {
    /// Names of fields from the answer down; a list on the way is gone through item by item. The last one is its name in
    /// prompt and reply.
    path: &'static [&'static str],
    pub(super) form: Form,
}

pub(super) enum Form {
    /// One text of at most so many characters.
    Text(usize),
    /// A list of objects.
    Items(Items),
}

pub(super) struct Items {
    /// The field by which a reply's items are matched; by position without.
    pub(super) id: Option<&'static str>,
    pub(super) fields: &'static [(&'static str, Kind)],
    /// Fields whose numbers may be said in the item's texts.
    pub(super) numbers: &'static [&'static str],
    /// Fields that are shown to the model beside the draft.
    pub(super) about: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text(usize),
    /// A time of day, `HH:MM`.
    Clock,
}

const BEHAVIOR: &[Part] = &[
    Part { path: &["summary"], form: Form::Text(300) },
    Part {
        path: &["patterns"],
        form: Form::Items(Items {
            id: None,
            fields: &[("detail", Kind::Text(160))],
            numbers: &["evidence", "more"],
            about: &["kind", "verdict"],
        }),
    },
    Part {
        path: &["change_points"],
        form: Form::Items(Items {
            id: None,
            fields: &[("detail", Kind::Text(160))],
            numbers: &["before", "after"],
            about: &["metric", "on"],
        }),
    },
    Part {
        path: &["strengths"],
        form: Form::Items(Items {
            id: None,
            fields: &[("text", Kind::Text(160))],
            numbers: &["evidence"],
            about: &["evidence"],
        }),
    },
    Part {
        path: &["priorities"],
        form: Form::Items(Items {
            id: None,
            fields: &[("title", Kind::Text(80)), ("why", Kind::Text(200)), ("next_step", Kind::Text(200))],
            numbers: &["evidence"],
            about: &["focus", "evidence"],
        }),
    },
];

/// The validator of routines allows longer ones; these keep a whole day within the most output a prompt asks for.
const ROUTINE: &[Part] = &[
    Part {
        path: &["time_blocks"],
        form: Form::Items(Items {
            id: None,
            fields: &[("purpose", Kind::Text(80)), ("why", Kind::Text(160))],
            numbers: &["start", "end"],
            about: &["name", "zone", "start", "end"],
        }),
    },
    Part {
        path: &["time_blocks", "tasks"],
        form: Form::Items(Items {
            id: Some("id"),
            fields: &[
                ("title", Kind::Text(70)),
                ("why", Kind::Text(180)),
                ("scale_down", Kind::Text(90)),
                ("start", Kind::Clock),
                ("end", Kind::Clock),
            ],
            numbers: &["minutes", "start", "end"],
            about: &["minutes", "type", "intensity"],
        }),
    },
];

const NUTRITION: &[Part] = &[Part {
    path: &["meals"],
    form: Form::Items(Items {
        id: None,
        fields: &[("title", Kind::Text(160))],
        numbers: &[],
        about: &["name"],
    }),
}];

const INSIGHTS: &[Part] = &[Part {
    path: &["insights"],
    form: Form::Items(Items {
        id: None,
        fields: &[("title", Kind::Text(60)), ("content", Kind::Text(200)), ("next_step", Kind::Text(200))],
        numbers: &["evidence"],
        about: &["category", "priority", "evidence"],
    }),
}];

/// Whether a model has any part in this answer.
pub fn writes_for(agent: Agent, body: &Value) -> bool {
    !find(agent, body).is_empty()
}

/// Circadian answers hold times and levels only: there is nothing to word.
fn table(agent: Agent) -> &'static [Part] {
    match agent {
        Agent::Behavior => BEHAVIOR,
        Agent::Routine => ROUTINE,
        Agent::Nutrition => NUTRITION,
        Agent::Insights => INSIGHTS,
        Agent::Orchestrator | Agent::Memory | Agent::Circadian | Agent::Chat => &[],
    }
}

/// A part with its items in a draft: at least one, each as the table says.
pub(super) struct Found<'a> {
    pub(super) form: &'static Form,
    pub(super) key: &'static str,
    pub(super) items: Vec<Item<'a>>,
}

/// A text, or an object with the part's fields.
pub(super) struct Item<'a> {
    /// JSON pointer into the draft.
    pub(super) pointer: String,
    pub(super) value: &'a Value,
}

/// What of this draft a model may write. What is for a professional to look at is said in the planner's words.
pub(super) fn find(agent: Agent, draft: &Value) -> Vec<Found<'_>> {
    let found = table(agent).iter().filter_map(|part| {
        let mut items = reach(part.path, draft);
        items.retain(|item| item.value.get("tone").is_none_or(|tone| tone != "safety"));
        let fits = |item: &Item<'_>| match &part.form {
            Form::Text(_) => item.value.is_string(),
            Form::Items(of) => {
                let names = of.fields.iter().map(|(name, _)| *name).chain(of.id);
                names.into_iter().all(|name| item.value.get(name).is_some_and(Value::is_string))
            }
        };
        let one = !matches!(part.form, Form::Text(_)) || items.len() == 1;
        let whole = one && !items.is_empty() && items.iter().all(fits);
        whole.then_some(Found { form: &part.form, key: part.path.last()?, items })
    });
    found.collect()
}

fn reach<'a>(path: &[&str], draft: &'a Value) -> Vec<Item<'a>> {
    let mut reached = vec![Item { pointer: String::new(), value: draft }];
    for name in path {
        let mut next = Vec::new();
        for item in &reached {
            let pointer = format!("{}/{name}", item.pointer);
            match item.value.get(name) {
                Some(Value::Array(list)) => next.extend(
                    list.iter()
                        .enumerate()
                        .map(|(i, value)| Item { pointer: format!("{pointer}/{i}"), value }),
                ),
                Some(value) => next.push(Item { pointer, value }),
                None => {}
            }
        }
        reached = next;
    }
    reached
}
