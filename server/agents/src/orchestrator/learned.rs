//! What a run leaves in the memory: one working and one episodic memory, so that runs do not fill it.

use domain::agent::Agent;
use jiff::Timestamp;

use super::adaptation::Adaptation;
use super::{Step, StepStatus};
use crate::memory::{Memory, MemoryLayer, event};

/// Of the ids that a memory rests on.
const MOST_EVIDENCE: usize = 8;
/// Characters of one memory.
const MOST_CONTENT: usize = 400;

/// What is known of a run when its last step begins.
#[derive(Clone, Copy, Debug)]
pub struct Learned<'a> {
    pub workflow: &'a str,
    /// All but the last.
    pub steps: &'a [(Step, StepStatus)],
    pub adaptation: Option<&'a Adaptation>,
    /// Ids of what the steps stored.
    pub analyses: &'a [String],
}

/// The working memory replaces that of the run before; the episodic one that of an earlier run of the same day.
pub fn learned(run: &Learned<'_>, now: Timestamp) -> [Memory; 2] {
    let named = |wanted: &dyn Fn(StepStatus) -> bool| -> Vec<&'static str> {
        let those = run.steps.iter().filter(|(_, status)| wanted(*status));
        those.map(|(step, _)| step.as_str()).collect()
    };
    let (done, missing) =
        (named(&|status| status == StepStatus::Ok), named(&|status| status != StepStatus::Ok));
    let mut session = format!("The last run of all agents gave {}", list(&done));
    if !missing.is_empty() {
        session.push_str(&format!(", and went without {}", list(&missing)));
    }
    let happened = match run.adaptation {
        None => "All agents worked together; what to change next is not known".to_owned(),
        Some(adaptation) => {
            let mut text = format!("All agents worked together. {}", adaptation.reason);
            for change in &adaptation.changes {
                text.push_str(&format!(" Next: {}", change.what));
            }
            text
        }
    };
    let mut evidence = vec![run.workflow.to_owned()];
    evidence.extend(run.analyses.iter().take(MOST_EVIDENCE - 1).cloned());
    let day = now.strftime("%F").to_string();
    let memory = |which: &str, content: String, importance| {
        let content = content.chars().take(MOST_CONTENT).collect();
        event(Agent::Orchestrator, "run", which, content, importance, evidence.clone(), now)
    };
    [Memory { layer: MemoryLayer::Working, ..memory("last", session, 0.3) }, memory(&day, happened, 0.5)]
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_memories_say_what_was_done_and_are_bounded() {
        let now: Timestamp = "2026-03-03T07:00:00Z".parse().unwrap();
        let steps = [(Step::Recall, StepStatus::Ok), (Step::Nutrition, StepStatus::Failed)];
        let analyses: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        let run = Learned { workflow: "w", steps: &steps, adaptation: None, analyses: &analyses };
        let [working, episodic] = learned(&run, now);
        assert_eq!(working.content, "The last run of all agents gave recall, and went without nutrition");
        assert_eq!((working.key.as_str(), working.layer), ("run.last", MemoryLayer::Working));
        assert_eq!((episodic.key.as_str(), episodic.layer), ("run.2026-03-03", MemoryLayer::Episodic));
        assert_eq!((episodic.evidence.len(), episodic.evidence[0].as_str()), (MOST_EVIDENCE, "w"));
    }
}
