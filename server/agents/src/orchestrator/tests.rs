//! The workflow on a clock that jumps to the next thing waited for.

use super::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;

/// Milliseconds since the epoch. Time stands still while anything else can happen, then jumps.
#[derive(Default)]
struct FakeTimer(AtomicI64);

impl Timer for FakeTimer {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn wait_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send {
        let mut idle = 0;
        futures::future::poll_fn(move |context| {
            if self.now() >= at {
                return Poll::Ready(());
            }
            // The longer the wait, the later its turn: shorter waits jump first.
            idle += 1;
            if idle > 10 + at.duration_since(self.now()).as_millis() / 100 {
                self.0.fetch_max(at.as_millisecond(), Ordering::SeqCst);
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
    }
}

type Script = Box<dyn Fn(StepKind, u32) -> Option<Result<StepOutput, StepFailure>> + Sync>;

/// `None` never ends.
struct Scripted {
    script: Script,
    ran: Mutex<Vec<(StepKind, u32)>>,
}

impl Steps for Scripted {
    async fn run(&self, step: StepKind, attempt: u32) -> Result<StepOutput, StepFailure> {
        self.ran.lock().unwrap().push((step, attempt));
        match (self.script)(step, attempt) {
            Some(outcome) => outcome,
            None => futures::future::pending().await,
        }
    }
}

fn go(
    script: impl Fn(StepKind, u32) -> Option<Result<StepOutput, StepFailure>> + Sync + 'static,
    earlier: &[StepRecord],
) -> (WorkflowReport, Vec<(StepKind, u32)>) {
    let steps = Scripted { script: Box::new(script), ran: Mutex::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = runtime.block_on(run(&steps, &FakeTimer::default(), &Patience::default(), earlier));
    (report, steps.ran.into_inner().unwrap())
}

fn failure(transient: bool) -> Option<Result<StepOutput, StepFailure>> {
    Some(Err(StepFailure { message: "no answer".to_owned(), transient }))
}

fn statuses(report: &WorkflowReport) -> String {
    let one =
        |record: &StepRecord| format!("{} {:?} {}", record.step.as_str(), record.status, record.attempts);
    report.steps.iter().map(one).collect::<Vec<_>>().join(", ")
}

const FINE: fn(StepKind, u32) -> Option<Result<StepOutput, StepFailure>> =
    |_, _| Some(Ok(StepOutput::Complete));

#[test]
fn all_fine_runs_every_step_once_in_order() {
    let (report, ran) = go(FINE, &[]);
    assert_eq!(report.status, WorkflowStatus::Complete);
    assert_eq!(ran, StepKind::ALL.map(|step| (step, 1)));
    assert!(!report.deadline_exceeded && report.steps.iter().all(|record| record.error.is_none()));
}

#[test]
fn a_failed_analysis_degrades_what_rests_on_it_and_nothing_else() {
    let (report, _) =
        go(|step, _| if step == StepKind::Circadian { failure(false) } else { FINE(step, 1) }, &[]);
    insta::assert_snapshot!(
        statuses(&report),
        @"recall Ok 1, behavior Ok 1, circadian Failed 1, routine Degraded 1, nutrition Ok 1, insights Degraded 1, remember Ok 1"
    );
    assert_eq!(report.status, WorkflowStatus::Partial);
    let routine = report.step(StepKind::Routine).unwrap();
    assert_eq!(routine.error.as_deref(), Some("made without circadian"));
}

#[test]
fn transient_failures_are_retried_with_growing_pauses_and_then_given_up() {
    let (report, _) =
        go(|step, n| if step == StepKind::Routine && n < 3 { failure(true) } else { FINE(step, n) }, &[]);
    let routine = report.step(StepKind::Routine).unwrap();
    assert_eq!((routine.status, routine.attempts, routine.duration_ms), (StepStatus::Ok, 3, 1500));
    let (report, ran) =
        go(|step, n| if step == StepKind::Nutrition { failure(true) } else { FINE(step, n) }, &[]);
    assert_eq!(report.step(StepKind::Nutrition).unwrap().status, StepStatus::Failed);
    assert_eq!(ran.iter().filter(|(step, _)| *step == StepKind::Nutrition).count(), 3);
    assert_eq!(report.step(StepKind::Routine).unwrap().status, StepStatus::Ok);
}

#[test]
fn a_step_that_never_ends_meets_the_deadline_and_the_rest_is_skipped() {
    let (report, ran) = go(|step, _| if step == StepKind::Nutrition { None } else { FINE(step, 1) }, &[]);
    insta::assert_snapshot!(
        statuses(&report),
        @"recall Ok 1, behavior Ok 1, circadian Ok 1, routine Ok 1, nutrition Failed 1, insights Skipped 0, remember Skipped 0"
    );
    assert_eq!(
        (report.duration_ms, report.deadline_exceeded, report.status),
        (120_000, true, WorkflowStatus::Partial)
    );
    assert_eq!(ran.len(), 5);
}

#[test]
fn nothing_to_remember_when_nothing_was_answered() {
    let (report, _) = go(|_, _| failure(false), &[]);
    assert_eq!(report.status, WorkflowStatus::Failed);
    assert_eq!(report.step(StepKind::Remember).unwrap().status, StepStatus::Skipped);
}

#[test]
fn a_resumed_run_repeats_only_what_was_not_done() {
    let (first, _) =
        go(|step, _| if step == StepKind::Behavior { failure(false) } else { FINE(step, 1) }, &[]);
    let (second, ran) = go(FINE, &first.steps);
    assert_eq!(second.status, WorkflowStatus::Complete);
    let again: Vec<_> = ran.into_iter().map(|(step, _)| step).collect();
    assert_eq!(
        again,
        [StepKind::Behavior, StepKind::Routine, StepKind::Nutrition, StepKind::Insights, StepKind::Remember]
    );
    let (third, ran) = go(FINE, &second.steps);
    assert_eq!((third.steps, ran), (second.steps, vec![]));
}

#[test]
fn a_run_can_move_between_threads() {
    fn sendable<T: Send>(future: T) -> T {
        future
    }
    let steps = Scripted { script: Box::new(FINE), ran: Mutex::default() };
    drop(sendable(run(&steps, &FakeTimer::default(), &Patience::default(), &[])));
}
