//! Workflows in the store: run, left, taken up, cancelled, followed and forgotten.

mod asking;
mod claiming;
mod following;
mod leaving;
mod limits;
mod running;

use std::time::Duration;

use domain::access::{Scope, Tier};
use domain::agent::Agent;
use domain::id::TenantId;
use domain::profile::Profile;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Status, Workflow};
use crate::access::{Actor, Caller, NewKey};
use crate::answers::AgentRequest;
use crate::gateway::provider::double::{Act, Double, completion, draft_of};
use crate::people::tests::{readings, user};
use crate::{Config, Ops, testing};

/// Nothing here takes long but a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A key in the store, so that a run can be gone on with under it.
async fn app(ops: &Ops) -> Caller {
    let new = NewKey {
        tenant: TenantId::parse("t").unwrap(),
        name: "test".to_owned(),
        tier: Tier::Premium,
        scopes: Scope::ALL.to_vec(),
        expires_at: None,
    };
    let key = ops.create_key(&Actor::CommandLine, new).await.unwrap();
    ops.caller(&key.secret).await.unwrap()
}

async fn person(ops: &Ops, caller: &Caller, name: &str) {
    ops.put_profile(caller, &user(name), Profile::default()).await.unwrap();
    ops.add_biomarkers(caller, &user(name), readings(ops, 14)).await.unwrap();
}

fn with_model(double: &Double) -> impl FnOnce(&mut Config) {
    let url = double.url.clone();
    move |config| {
        config.limits.enabled = false;
        config.model.name = "m".to_owned();
        config.model.base_url = url;
        (config.model.input_usd_per_mtok, config.model.output_usd_per_mtok) = (1.0, 2.0);
        config.model.attempts = 1;
    }
}

/// One process with somebody to ask for.
async fn one(change: impl FnOnce(&mut Config)) -> (Ops, Caller) {
    let (ops, _, caller) = two(change).await;
    (ops, caller)
}

/// Two processes on one store.
async fn two(change: impl FnOnce(&mut Config)) -> (Ops, Ops, Caller) {
    let (first, second) = testing::two_instances_with(change).await;
    let caller = app(&first).await;
    person(&first, &caller, "u").await;
    first.clock.advance(SignedDuration::from_secs(1));
    (first, second, caller)
}

fn ask(name: &str) -> AgentRequest {
    AgentRequest {
        request_id: "asked".to_owned(),
        agent: Agent::Orchestrator,
        user: user(name),
        archetype: None,
        force_refresh: false,
        routine: Default::default(),
        nutrition: Default::default(),
        query: String::new(),
    }
}

/// Whose prompt it is.
fn asked_by(body: &Value) -> &'static str {
    let draft = draft_of(body);
    let has = |field: &str| draft.get(field).is_some();
    match () {
        () if has("time_blocks") => "routine",
        () if has("meals") => "nutrition",
        () if has("insights") => "insights",
        () => "behavior",
    }
}

fn asked(double: &Double) -> Vec<&'static str> {
    double.asked().iter().map(asked_by).collect()
}

/// The draft as the model would write it.
fn written(body: &Value) -> Act {
    let mut draft = draft_of(body);
    for place in ["/summary", "/time_blocks/0/purpose", "/meals/0/title", "/insights/0/next_step"] {
        if let Some(text) = draft.pointer_mut(place) {
            *text = json!(text.as_str().unwrap().replacen(' ', " truly ", 1));
        }
    }
    Act::Answer(completion(&draft.to_string()))
}

/// Looks until it is so.
async fn until(ops: &Ops, caller: &Caller, id: &str, so: impl Fn(&Workflow) -> bool) -> Workflow {
    let looking = async {
        loop {
            let workflow = ops.workflow(caller, id).await.unwrap();
            if so(&workflow) {
                return workflow;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    match found {
        Ok(workflow) => workflow,
        Err(_) => panic!("{:#?}", ops.workflow(caller, id).await.unwrap()),
    }
}

async fn ended(ops: &Ops, caller: &Caller, id: &str) -> Workflow {
    until(ops, caller, id, |workflow| workflow.status.ended()).await
}

fn status_of(workflow: &Workflow, step: &str) -> &'static str {
    workflow.steps.iter().find(|record| record.step.as_str() == step).unwrap().status.as_str()
}

/// As a process does that was killed: it renews nothing, and nobody knows.
fn lease_runs_out(ops: &Ops) {
    ops.clock.advance(SignedDuration::from_secs(16));
}

fn is(status: Status) -> impl Fn(&Workflow) -> bool {
    move |workflow| workflow.status == status
}
