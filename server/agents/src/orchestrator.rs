//! The orchestrator: all agents as one workflow, with a record per step. A failed step degrades its own part only.
//!
//! recall → behavior, circadian → routine, nutrition → insights → adaptation → remember. Running the steps, keeping their
//! records and going on with them is the service's part; this module says in which order, what is to change next, what a
//! run leaves in the memory, and what the whole came to.

pub mod adaptation;
mod learned;
mod step;

pub use learned::{Learned, learned};
pub use step::{Step, StepRecord, StepStatus};

/// The steps in their order. Those of one stage run at the same time; each stage sees what those before it gave.
pub const STAGES: [&[Step]; 6] = [
    &[Step::Recall],
    &[Step::Behavior, Step::Circadian],
    &[Step::Routine, Step::Nutrition],
    &[Step::Insights],
    &[Step::Adaptation],
    &[Step::Remember],
];

/// Why the whole is degraded; `None`: every step succeeded.
pub fn degraded_reason(steps: &[StepRecord]) -> Option<String> {
    let without = |stopped: bool, why: &str| {
        let missing = steps.iter().filter(|step| step.status != StepStatus::Ok);
        let missing = missing.filter(|step| (step.status == StepStatus::Stopped) == stopped);
        let missing: Vec<&str> = missing.map(|step| step.step.as_str()).collect();
        (!missing.is_empty()).then(|| format!("without {}: {why}", missing.join(", ")))
    };
    let failed = without(false, "that step did not succeed");
    let stopped = without(true, "that agent is stopped");
    let both: Vec<String> = failed.into_iter().chain(stopped).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_in_one_stage_and_in_order() {
        let staged: Vec<Step> = STAGES.iter().flat_map(|stage| stage.iter().copied()).collect();
        assert_eq!(staged, Step::ALL);
    }

    #[test]
    fn what_is_missing_is_named_with_its_reason() {
        let record = |step, status| StepRecord { status, ..StepRecord::waiting(step) };
        let of = |statuses: [StepStatus; 3]| {
            let steps = [Step::Recall, Step::Routine, Step::Nutrition];
            degraded_reason(&steps.into_iter().zip(statuses).map(|(s, st)| record(s, st)).collect::<Vec<_>>())
        };
        use StepStatus::{Failed, Ok, Skipped, Stopped};
        assert_eq!(of([Ok, Ok, Ok]), None);
        assert_eq!(
            of([Ok, Stopped, Skipped]).unwrap(),
            "without nutrition: that step did not succeed; without routine: that agent is stopped"
        );
        assert_eq!(of([Failed, Ok, Failed]).unwrap(), "without recall, nutrition: that step did not succeed");
    }
}
