//! The synthetic run that health asks each agent for: a whole answer for an invented person, judged by its validator.
//! Nothing is stored, and nothing is counted as traffic.

use agents::evidence::{Evidence, PersonData};
use agents::nutrition::NutritionWishes;
use agents::routine::{Context, RoutineWishes};
use agents::violation::Violation;
use agents::{behavior, circadian, insights, memory, nutrition, routine};
use domain::agent::Agent;
use domain::archetype::Archetype;
use domain::health_data::{Biomarker, BiomarkerKind};
use jiff::{SignedDuration, Timestamp};

use crate::health::agent_probe;

impl crate::Ops {
    /// Health asks every agent from now on.
    pub(crate) fn watch_agents(&self) {
        let ops = self.clone();
        self.set_agent_probe(agent_probe(move |agent| {
            let settings = (*ops.releases.served().settings).clone();
            let now = ops.clock.now();
            async move {
                let data = PersonData { biomarkers: a_week(now), ..PersonData::default() };
                let evidence = Evidence::from_data(data, Archetype::FoundationBuilder, settings, now, 7);
                judge(agent, &evidence, now)
            }
        }));
    }
}

fn judge(agent: Agent, evidence: &Evidence, now: Timestamp) -> Result<(), String> {
    let broken = |violations: Vec<Violation>| match violations.first() {
        None => Ok(()),
        Some(first) => Err(format!("a synthetic answer broke the rule {}", first.rule)),
    };
    let behavior = behavior::analyse(evidence);
    match agent {
        Agent::Behavior => broken(behavior::validate(&behavior, evidence)),
        Agent::Circadian => broken(circadian::validate(&circadian::analyse(evidence), evidence)),
        Agent::Routine => {
            let context = Context::new(&behavior, &circadian::analyse(evidence));
            let wishes = RoutineWishes::default();
            broken(routine::validate(
                &routine::plan(evidence, &context, &wishes),
                evidence,
                &context,
                &wishes,
            ))
        }
        Agent::Nutrition => {
            let wishes = NutritionWishes::default();
            let plan = nutrition::plan(evidence, &wishes)
                .map_err(|_| "no plan for a person without wishes".to_owned())?;
            broken(nutrition::validate(&plan, evidence, &wishes))
        }
        Agent::Insights => broken(insights::validate(&insights::extract(evidence, &behavior, &[]), evidence)),
        Agent::Memory => {
            let memories = memory::from_behavior(&behavior, "probe", evidence, now);
            if memory::recall(&memories, &memory::Query::default(), now, 5).is_empty() {
                return Err("what was just remembered is not recalled".to_owned());
            }
            Ok(())
        }
        Agent::Chat => Err("an app's chat has no planner".to_owned()),
        Agent::Orchestrator => Agent::ALL
            .into_iter()
            .filter(|agent| *agent != Agent::Orchestrator)
            .try_for_each(|agent| judge(agent, evidence, now)),
    }
}

fn a_week(now: Timestamp) -> Vec<Biomarker> {
    let reading = |kind: BiomarkerKind, value: f64, ago: i64| {
        let start = now - SignedDuration::from_hours(24 * ago);
        Biomarker {
            category: kind.category(),
            kind,
            value,
            unit: kind.unit().to_owned(),
            aggregation: None,
            periodicity: None,
            start,
            end: start + SignedDuration::from_hours(7),
            source: None,
        }
    };
    (1..=7)
        .flat_map(|ago| {
            [reading(BiomarkerKind::Steps, 7_000.0, ago), reading(BiomarkerKind::SleepDuration, 410.0, ago)]
        })
        .collect()
}
