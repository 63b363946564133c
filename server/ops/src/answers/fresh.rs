//! Computing an answer: evidence, planner, validator, model, store.

use agents::evidence::Evidence;
use agents::insights::Insight;
use agents::memory::{Memory, Query, recall, summarise};
use agents::orchestrator::Step;
use domain::agent::Agent;
use domain::backoff::full_jitter;
use domain::threshold::Decision;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

use super::draft::Draft;
use super::writing::{Written, rules};
use super::{Outcome, Run, Trace, basis};
use crate::error::{Error, Result};
use crate::memory::{self, Remembered};
use crate::people;
use crate::people::history::{self, Analysis};

/// Insights given before, and how they were taken, count for this long: by then a reaction has faded to a sixty-fourth.
const INSIGHT_MEMORY: SignedDuration = SignedDuration::from_hours(24 * 180);
/// Of storing an answer, the first included.
const STORE_TRIES: u32 = 3;
const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(100);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// Memories one recall gives back.
const RECALLED: usize = 20;

impl crate::Ops {
    /// # Errors
    /// `Internal` when the planner broke a rule: nothing is stored or given.
    pub(super) async fn compute(
        &self,
        run: &Run<'_>,
        agent: Agent,
        decision: &Decision,
        trace: &mut Trace,
    ) -> Result<Outcome> {
        let loading = trace.begin();
        let (tenant, user) = (run.tenant(), run.user());
        let data = self.person_data(tenant, user, run.profile.clone()).await?;
        let recalled = memory::recalled_by(agent, &data.memories, run.now);
        let basis = basis::of((tenant, user), agent, &data.memories);
        let known = if agent == Agent::Insights {
            let since = (run.now - INSIGHT_MEMORY).as_millisecond();
            history::store::known_insights(&self.db, tenant, user, since).await?
        } else {
            Vec::new()
        };
        // How much there is of a person is theirs.
        trace.end("load data", loading, "ok", None);

        let planning = trace.begin();
        let settings = (**run.permit.settings()).clone();
        let evidence = Evidence::from_data(data, run.archetype, settings, run.now, decision.days);
        let draft = Draft::plan(run, agent, &evidence, &known)?;
        let remembered = Remembered::of(draft.used(), &recalled, &evidence.memories);
        let violations = draft.violations(run, &evidence);
        let status = if violations.is_empty() { "ok" } else { "failed" };
        trace.end("plan and validate", planning, status, None);
        let counted = (agent, run.permit.release());
        let rules = rules(&violations);
        self.count_plan(counted, &rules);
        if let Some(first) = violations.first() {
            tracing::error!(request.id = run.ask.request_id, %agent, ?rules, "a plan broke its rules and was not given");
            return Err(Error::internal("planning", first.rule));
        }
        let Written { draft, engine, model, degraded, .. } =
            self.write_with_model(run, agent, &evidence, draft, trace).await?;

        let storing = trace.begin();
        let analysis = Analysis {
            id: self.clock.new_id(),
            agent,
            archetype: run.archetype,
            day: evidence.today,
            engine,
            release: run.permit.release().to_owned(),
            wishes: run.wishes(agent)?,
            basis,
            body: draft.body()?,
            created_at: run.now,
        };
        let memories = draft.memories(run, &analysis.id, &evidence);
        let outcome = Outcome {
            body: analysis.body.clone(),
            engine,
            model,
            decision: None,
            computed_at: run.now,
            degraded,
            analysis: Some(analysis.id.clone()),
            remembered,
        };
        // What was paid for is not lost to a store that is busy for a moment.
        let mut tries = 0;
        loop {
            tries += 1;
            let stored =
                self.store_answer(run, &analysis, &memories, draft.insights(), &outcome, trace).await;
            match stored {
                Ok(()) => break,
                Err(error) if error.is_passing() && tries < STORE_TRIES => {
                    let pause = full_jitter(FIRST_PAUSE, LONGEST_PAUSE, tries, rand::random());
                    tokio::time::sleep(pause.unsigned_abs()).await;
                }
                Err(error) => return Err(error),
            }
        }
        trace.end("store", storing, "ok", None);
        self.count_answer(counted, run.archetype, engine, &outcome.body);
        Ok(outcome)
    }

    /// In one transaction: the answer, what is remembered of it, and that its step of a workflow is done.
    async fn store_answer(
        &self,
        run: &Run<'_>,
        analysis: &Analysis,
        memories: &[Memory],
        insights: &[Insight],
        outcome: &Outcome,
        trace: &Trace,
    ) -> Result<()> {
        let (tenant, user) = (run.tenant(), run.user());
        let mut tx = self.db.begin_write().await?;
        people::store::hold_person(&mut tx, tenant, user, None).await?;
        history::store::insert(&mut tx, tenant, user, analysis).await?;
        memory::put_memories(&mut tx, &self.clock, tenant, user, memories).await?;
        memory::note_uses(&mut tx, tenant, user, &analysis.id, &outcome.remembered, run.now).await?;
        history::store::put_insights(&mut tx, tenant, user, insights, run.now.as_millisecond()).await?;
        let written = match run.book.zip(Step::of(analysis.agent)) {
            Some((book, step)) => {
                Some((book, book.write(&mut tx, step, outcome.done(), trace.used()).await?))
            }
            None => None,
        };
        tx.commit().await?;
        if let Some((book, written)) = written {
            book.keep(written);
        }
        Ok(())
    }

    /// The memory agent: a summary, and what the query recalls.
    pub(super) async fn recall(&self, run: &Run<'_>) -> Result<Value> {
        let kept = memory::memories(&self.db, run.tenant(), run.user(), run.now).await?;
        let query = Query { words: &run.ask.query, topics: &[] };
        let recalled = recall(&kept, &query, run.now, RECALLED);
        Ok(json!({ "summary": to_value(&summarise(&kept, run.now))?, "recalled": to_value(&recalled)? }))
    }
}

fn to_value(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal("writing an answer", error))
}
