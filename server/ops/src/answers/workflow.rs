//! The orchestrator's run: every step through the same path as a single request, one admission for the whole, each step
//! stored as it ends.
//!
//! Steps of one stage run at the same time, on the same permit. What failed because the store was busy is tried again;
//! what broke a rule is left out.

use std::time::{Duration, Instant};

use agents::orchestrator::{STAGES, Step, StepRecord, StepStatus, degraded_reason};
use domain::agent::{Agent, Engine};
use domain::backoff::full_jitter;
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::{AgentAnswer, AgentRequest, Outcome, Run, Trace, meta};
use crate::access::Caller;
use crate::error::{Error, Result};
use crate::gateway::Permit;
use crate::workflows::{Book, Claimed, Done, Holding, Status, content, in_words, part_of};

/// Of one step, the first included.
const TRIES: u32 = 3;
const FIRST_PAUSE: SignedDuration = SignedDuration::from_millis(100);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_secs(2);
/// After the deadline a step may still store the words of its planner.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// What a stage under way may take at most once this process is told to stop: less than its tasks are waited for, and than its
/// claim holds, which nobody renews any more.
const LAST_STAGE: Duration = Duration::from_secs(10);
const TOO_LATE: &str = "the deadline of the workflow was reached";
const PLANNED: [Step; 5] = [Step::Behavior, Step::Circadian, Step::Routine, Step::Nutrition, Step::Insights];

/// How a run ended in this process.
pub(crate) enum Conducted {
    Answered(Box<AgentAnswer>),
    /// This process leaves; another may go on.
    HandedOver,
    /// It was cancelled, or another process goes on with it.
    Lost,
}

impl crate::Ops {
    /// A run that an app waits for.
    pub(super) async fn analyze(
        &self,
        caller: &Caller,
        ask: &AgentRequest,
        permit: &Permit,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<AgentAnswer> {
        // Nobody unknown leaves a record.
        self.profile(&caller.tenant, &ask.user).await?;
        let storing = trace.begin();
        let claimed = self.claim_new(caller, ask).await?;
        let holding = self.hold_workflow(&claimed.claim, None);
        trace.end("store the workflow", storing, "ok", Some(claimed.claim.workflow.clone()));
        let conducted = self.conduct_workflow(ask, permit, &claimed, &holding, begun, trace).await;
        let id = &claimed.claim.workflow;
        match conducted {
            Ok(Conducted::Answered(answer)) => Ok(*answer),
            Ok(Conducted::HandedOver) => {
                self.release_workflow(&claimed.claim, None, None).await?;
                Err(Error::Conflict(format!(
                    "this process stops, and another goes on; ask for the workflow {id} in a moment"
                )))
            }
            Ok(Conducted::Lost) => Err(Error::Conflict(format!(
                "the workflow {id} was cancelled, or another process goes on with it; ask for it by its id"
            ))),
            Err(error) => {
                // Where the store fails, its claim runs out, and another process looks at it.
                if let Err(unwritten) = self.fail_workflow(&claimed.claim, &in_words(&error)).await {
                    tracing::warn!(
                        workflow.id = id,
                        error = &unwritten as &dyn std::error::Error,
                        "the end of a workflow could not be written down"
                    );
                }
                Err(error)
            }
        }
    }

    /// Runs what is left of a workflow, until its end, or until this process leaves or loses it.
    pub(crate) async fn conduct_workflow(
        &self,
        ask: &AgentRequest,
        permit: &Permit,
        claimed: &Claimed,
        holding: &Holding,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<Conducted> {
        permit.of_workflow(claimed.claim.clone(), claimed.before);
        let book = Book::open(self, claimed).await?;
        let stopping = self.jobs.stopping();
        let last_stage = LAST_STAGE.min(self.config.workflows.lease() / 2);
        let late = async {
            stopping.cancelled().await;
            tokio::time::sleep(last_stage).await;
        };
        let run = self.run_in_turn(ask, permit, &book, begun, trace);
        tokio::select! {
            biased;
            () = holding.gone().cancelled() => Ok(Conducted::Lost),
            ended = run => match ended {
                Ok(Some(answer)) => Ok(Conducted::Answered(Box::new(answer))),
                Ok(None) => Ok(Conducted::HandedOver),
                Err(_) if book.is_lost() => Ok(Conducted::Lost),
                Err(error) => Err(error),
            },
            () = late => Ok(Conducted::HandedOver),
        }
    }

    async fn run_in_turn(
        &self,
        ask: &AgentRequest,
        permit: &Permit,
        book: &Book,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<Option<AgentAnswer>> {
        let profile = self.load_profile(ask, permit, trace).await?;
        let flight = self.flights.of(&permit.caller().tenant, &ask.user);
        let run = Run { book: Some(book), ..Run::new(ask, permit, profile, &flight, self.clock.now()) };
        let waiting = trace.begin();
        let turn = flight.turn().await;
        trace.end_if_long("wait for the same person's request", waiting);
        if book.leaving() {
            return Ok(None);
        }
        book.begin_run(run.archetype, permit.release()).await?;
        let Some(answer) = self.run_workflow(&run, book, begun, trace).await? else { return Ok(None) };
        let agents: Vec<Agent> = PLANNED.iter().map(|step| step.agent()).collect();
        self.flights.answered(&flight, &turn, &agents, answer.meta.engine == Engine::Memory);
        Ok(Some(answer))
    }

    async fn run_workflow(
        &self,
        run: &Run<'_>,
        book: &Book,
        begun: Instant,
        trace: &mut Trace,
    ) -> Result<Option<AgentAnswer>> {
        for stage in STAGES {
            if book.leaving() {
                return Ok(None);
            }
            let (mut ready, mut left_out) = (Vec::new(), Vec::new());
            for step in stage.iter().copied().filter(|step| !book.has_ended(*step)) {
                match self.kept_from(run, book, step) {
                    None => ready.push(step),
                    Some(done) => {
                        let turn = trace.begin();
                        trace.end(step.as_str(), turn, "skipped", done.error.clone());
                        left_out.push((step, done));
                    }
                }
            }
            book.begin(&ready, &left_out).await?;
            let parts: Vec<(Step, Trace)> = ready.into_iter().map(|step| (step, trace.beside())).collect();
            let worked = parts.into_iter().map(async |(step, mut part)| {
                let worked = Box::pin(self.work(run, book, step, &mut part)).await;
                (worked, part)
            });
            let mut failed = None;
            for (worked, part) in join_all(worked).await {
                trace.absorb(part);
                failed = failed.or(worked.err());
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        let records = book.records();
        let (status, answer) = whole(run, book, &records, begun);
        let analyses: Vec<&str> = records.iter().filter_map(|record| record.analysis_id.as_deref()).collect();
        let answer = AgentAnswer { remembered: self.remembered_in(&analyses).await?, ..answer };
        book.finish(status, &answer.meta).await?;
        Ok(Some(answer))
    }

    /// Why a step does not begin; `None`: it does, and counts.
    fn kept_from(&self, run: &Run<'_>, book: &Book, step: Step) -> Option<Done> {
        // What runs is finished, whatever is decided of the orchestrator meanwhile.
        let stopped = self.part_stopped(step.agent()).filter(|_| step.agent() != Agent::Orchestrator);
        if let Some(why) = stopped {
            return Some(Done::without(StepStatus::Stopped, why));
        }
        if book.left().is_zero() {
            return Some(Done::without(StepStatus::Skipped, TOO_LATE));
        }
        let limit = run.permit.begin_step().err()?;
        Some(Done::without(StepStatus::Skipped, limit.to_string()))
    }

    /// One step to its end, whatever that is.
    ///
    /// # Errors
    /// Its end could not be written down, or this process lost the workflow.
    async fn work(&self, run: &Run<'_>, book: &Book, step: Step, trace: &mut Trace) -> Result<()> {
        let mut tries = 0;
        let why = loop {
            tries += 1;
            let worked = tokio::time::timeout(book.left() + LAST_WORDS, self.part(run, book, step, trace));
            let error = match worked.await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error,
                Err(_) => break TOO_LATE.to_owned(),
            };
            if book.is_lost() {
                return Err(error);
            }
            let pause = full_jitter(FIRST_PAUSE, LONGEST_PAUSE, tries, rand::random()).unsigned_abs();
            let again = error.is_passing() && tries < TRIES && pause < book.left();
            if !again || run.permit.begin_step().is_err() {
                // Why a plan cannot be made is the person's affair, and no line of a log.
                if !matches!(error, Error::Unmet(_)) {
                    tracing::warn!(
                        request.id = run.ask.request_id,
                        workflow.id = book.workflow(),
                        step = step.as_str(),
                        error = &error as &dyn std::error::Error,
                        "a step of a workflow did not succeed"
                    );
                }
                break in_words(&error);
            }
            book.again(step);
            tokio::time::sleep(pause).await;
        };
        book.end(step, Done::without(StepStatus::Failed, why), trace.used()).await
    }

    /// One try of one step.
    async fn part(&self, run: &Run<'_>, book: &Book, step: Step, trace: &mut Trace) -> Result<()> {
        match step {
            Step::Adaptation => self.adapt(run, book, trace).await,
            Step::Remember => self.remember_run(run, book, trace).await,
            _ => {
                let outcome = self.outcome(run, step.agent(), trace).await?;
                // What was computed is written down with what it stored.
                if book.has_ended(step) {
                    return Ok(());
                }
                book.end(step, outcome.done(), trace.used()).await
            }
        }
    }
}

impl Outcome {
    /// For the record of its step.
    pub(super) fn done(&self) -> Done {
        Done {
            status: StepStatus::Ok,
            engine: Some(self.engine),
            model: self.model.clone(),
            degraded: self.degraded.clone(),
            error: None,
            analysis: self.analysis.clone(),
            body: self.body.clone(),
        }
    }
}

/// What all steps came to.
fn whole(run: &Run<'_>, book: &Book, records: &[StepRecord], begun: Instant) -> (Status, AgentAnswer) {
    let mut parts = Map::new();
    for step in Step::ALL {
        if let Some((part, body)) = part_of(step).zip(book.body(step)) {
            parts.insert(part.to_owned(), content(step, body));
        }
    }
    let engine = records.iter().filter_map(|record| record.engine).fold(Engine::Memory, strongest);
    let degraded = records.iter().find_map(|record| record.degraded_reason.clone());
    let outcome = Outcome {
        body: Value::Null,
        engine,
        model: only_model(records),
        decision: None,
        computed_at: run.now,
        degraded: None,
        analysis: None,
        remembered: Vec::new(),
    };
    let without = match (run.permit.limited(), degraded_reason(records)) {
        (Some(limit), Some(without)) => Some(format!("{limit}; {without}")),
        (limit, without) => limit.map(|limit| limit.to_string()).or(without),
    };
    let reason = run.permit.degraded().map(str::to_owned).or(without).or(degraded);
    let used = book.used();
    let mut meta = meta(run, &outcome, reason, begun);
    (meta.cost_usd, meta.attempts, meta.tokens) = (used.cost.usd(), used.attempts, used.tokens);
    let planned = records.iter().filter(|record| PLANNED.contains(&record.step));
    let nothing = planned.clone().all(|record| record.status != StepStatus::Ok);
    let status = match (nothing, meta.degraded) {
        (true, _) => Status::Failed,
        (false, true) => Status::Degraded,
        (false, false) => Status::Succeeded,
    };
    let fresh = engine != Engine::Memory;
    let user = run.user().to_string();
    (status, AgentAnswer::whole(&user, fresh, Value::Object(parts), book.workflow(), records, meta))
}

/// A run in which a model wrote is a model's; one in which a planner did is fresh.
fn strongest(one: Engine, other: Engine) -> Engine {
    match (one, other) {
        (Engine::Model, _) | (_, Engine::Model) => Engine::Model,
        (Engine::Planner, _) | (_, Engine::Planner) => Engine::Planner,
        (Engine::Memory, Engine::Memory) => Engine::Memory,
    }
}

/// The model that wrote all that one wrote.
fn only_model(records: &[StepRecord]) -> Option<String> {
    let mut models = records.iter().filter_map(|record| record.model.as_ref());
    let first = models.next()?;
    models.all(|model| model == first).then(|| first.clone())
}
