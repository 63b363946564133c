//! The last two steps of a workflow: what to change next, and what the run leaves in the memory.

use agents::behavior::BehaviorAnalysis;
use agents::memory::Memory;
use agents::orchestrator::adaptation::{Adaptation, Observed, adapt, validate};
use agents::orchestrator::{Learned, Step, StepStatus, learned};
use domain::agent::{Agent, Engine};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::writing::rules;
use super::{Run, Trace};
use crate::error::{Error, Result};
use crate::people::history::{self, Analysis};
use crate::people::store::hold_person;
use crate::workflows::{Book, Done};

/// Check-ins and ratings that are looked at.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 30);

impl crate::Ops {
    /// What to change next. What says nothing new is not stored again.
    ///
    /// # Errors
    /// `Internal` when it broke a rule: nothing is stored or given.
    pub(super) async fn adapt(&self, run: &Run<'_>, book: &Book, trace: &mut Trace) -> Result<()> {
        let adapting = trace.begin();
        let (tenant, user) = (run.tenant(), run.user());
        let today = run.profile.zone().to_datetime(run.now).date();
        let since = run.now - LOOK_BACK;
        let from = since.strftime("%F").to_string();
        let check_ins =
            crate::people::check_ins::store::between(self.db.read(), tenant, user, &from, &today.to_string())
                .await?;
        let said = history::store::known_insights(&self.db, tenant, user, since.as_millisecond()).await?;
        let ratings: Vec<u8> = said.iter().filter_map(|insight| insight.rating).collect();
        let behavior: Option<BehaviorAnalysis> =
            book.body(Step::Behavior).and_then(|body| serde_json::from_value(body).ok());
        let before = history::store::newest(&self.db, tenant, user, Agent::Orchestrator, None).await?;
        let last: Option<Adaptation> =
            before.as_ref().and_then(|before| serde_json::from_value(before.body.clone()).ok());
        let observed = Observed {
            today,
            check_ins: &check_ins,
            insight_ratings: &ratings,
            behavior: behavior.as_ref(),
            before: last.as_ref(),
        };
        let adaptation = adapt(&observed);
        let counted = (Agent::Orchestrator, run.permit.release());
        let violations = validate(&adaptation, &observed);
        self.count_plan(counted, &rules(&violations));
        if let Some(first) = violations.first() {
            tracing::error!(
                request.id = run.ask.request_id,
                rule = first.rule,
                "an adaptation broke its rules and was not given"
            );
            return Err(Error::internal("adapting", first.rule));
        }
        let same =
            last.filter(|last| Adaptation { since_last: last.since_last, ..adaptation.clone() } == *last);
        if let Some((before, _)) = before.zip(same) {
            trace.end("adapt", adapting, "ok", Some("as the last time".to_owned()));
            let done = done(Engine::Memory, Some(before.id), before.body);
            return book.end(Step::Adaptation, done, trace.used()).await;
        }
        let body =
            serde_json::to_value(&adaptation).map_err(|error| Error::internal("writing an answer", error))?;
        let analysis = Analysis {
            id: self.clock.new_id(),
            agent: Agent::Orchestrator,
            archetype: run.archetype,
            day: today,
            engine: Engine::Planner,
            release: run.permit.release().to_owned(),
            wishes: Value::Null,
            basis: String::new(),
            body: body.clone(),
            created_at: run.now,
        };
        let mut tx = self.db.begin_write().await?;
        hold_person(&mut tx, tenant, user, None).await?;
        history::store::insert(&mut tx, tenant, user, &analysis).await?;
        let done = done(Engine::Planner, Some(analysis.id.clone()), analysis.body);
        let written = book.write(&mut tx, Step::Adaptation, done, trace.used()).await?;
        tx.commit().await?;
        book.keep(written);
        self.count_answer(counted, run.archetype, Engine::Planner, &body);
        trace.end("adapt", adapting, "ok", None);
        Ok(())
    }

    /// One working and one episodic memory of the run.
    pub(super) async fn remember_run(&self, run: &Run<'_>, book: &Book, trace: &mut Trace) -> Result<()> {
        let remembering = trace.begin();
        let records = book.records();
        let steps: Vec<(Step, StepStatus)> = records
            .iter()
            .filter(|record| record.step != Step::Remember)
            .map(|record| (record.step, record.status))
            .collect();
        let analyses: Vec<String> = records.iter().filter_map(|record| record.analysis_id.clone()).collect();
        let adaptation: Option<Adaptation> =
            book.body(Step::Adaptation).and_then(|body| serde_json::from_value(body).ok());
        let memories: [Memory; 2] = learned(
            &Learned {
                workflow: book.workflow(),
                steps: &steps,
                adaptation: adaptation.as_ref(),
                analyses: &analyses,
            },
            run.now,
        );
        let mut tx = self.db.begin_write().await?;
        crate::memory::put_memories(&mut tx, &self.clock, run.tenant(), run.user(), &memories).await?;
        let keys: Vec<&str> = memories.iter().map(|memory| memory.key.as_str()).collect();
        let done = done(Engine::Memory, None, json!({ "remembered": keys }));
        let written = book.write(&mut tx, Step::Remember, done, trace.used()).await?;
        tx.commit().await?;
        book.keep(written);
        trace.end("remember", remembering, "ok", None);
        Ok(())
    }
}

fn done(engine: Engine, analysis: Option<String>, body: Value) -> Done {
    Done {
        status: StepStatus::Ok,
        engine: Some(engine),
        model: None,
        degraded: None,
        error: None,
        analysis,
        body,
    }
}
