//! Are we fine? One sentence, from rules that anybody can read.
//!
//! Bad: somebody must act now. Warn: somebody should look. Unknown: we cannot tell, and say why. Only what was
//! measured and is within its target is fine.

use domain::health::Status;
use domain::shutoff::{Scope, Shutoff, ShutoffMode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{OpenIncident, Spend, Tone};
use crate::config::Config;
use crate::health::HealthReport;
use crate::telemetry::{AgentFigures, Summary};

/// The sentence on top, and what is behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verdict {
    pub tone: Tone,
    /// One sentence: the worst first.
    pub headline: String,
    /// The figures, and what else is wrong.
    pub detail: String,
    /// How many things are wrong.
    pub problems: usize,
}

/// What is promised (product targets), and from where on it hurts (alert limits).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Targets {
    /// Shares of requests, 0 to 1.
    pub error_rate: f64,
    pub error_rate_alert: f64,
    /// Microseconds.
    pub p95_us: u64,
    pub p95_alert_us: u64,
    /// Fewer requests in 5 minutes than this prove nothing.
    pub min_requests: u64,
}

impl Targets {
    pub fn of(config: &Config) -> Self {
        Self {
            error_rate: 0.01,
            error_rate_alert: config.alerts.error_rate_percent / 100.0,
            p95_us: 5_000_000,
            p95_alert_us: config.alerts.p95_ms * 1_000,
            min_requests: config.alerts.min_requests,
        }
    }

    /// How a share of errors is; `None` when there is none.
    pub(super) fn errors(&self, rate: f64, requests: u64) -> Tone {
        match rate {
            _ if rate <= self.error_rate => Tone::Ok,
            _ if rate >= self.error_rate_alert && requests >= self.min_requests => Tone::Bad,
            _ => Tone::Warn,
        }
    }

    pub(super) fn latency(&self, p95_us: u64, requests: u64) -> Tone {
        match p95_us {
            _ if p95_us <= self.p95_us => Tone::Ok,
            _ if p95_us >= self.p95_alert_us && requests >= self.min_requests => Tone::Bad,
            _ => Tone::Warn,
        }
    }
}

/// Everything the verdict is made from, read at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub health: &'a HealthReport,
    /// All agents, the last 5 minutes.
    pub recent: &'a Summary,
    /// Each agent, the last 5 minutes.
    pub agents: &'a [AgentFigures],
    /// `None`: nobody counts money.
    pub spend: Option<&'a Spend>,
    /// In force, the widest first.
    pub shutoffs: &'a [Shutoff],
    /// The most urgent first.
    pub incidents: &'a [OpenIncident],
    pub targets: Targets,
}

/// One thing that is not as it should be.
struct Problem {
    tone: Tone,
    sentence: String,
}

/// The sentence for a situation.
pub fn verdict(inputs: &Inputs<'_>) -> Verdict {
    let mut problems = incidents(inputs);
    problems.extend(inputs.shutoffs.iter().map(shutoff));
    problems.extend(health(inputs));
    problems.extend(errors(inputs));
    problems.extend(latency(inputs));
    problems.extend(spend(inputs));
    // Stable: what is told first above stays first among equals.
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.tone));
    let figures = figures(inputs);
    let wrong = problems.iter().filter(|problem| problem.tone > Tone::Unknown).count();
    match problems.split_first() {
        None => Verdict {
            tone: Tone::Ok,
            headline: "All good".to_owned(),
            detail: format!("{figures}. {}", money(inputs)).trim_end().to_owned(),
            problems: 0,
        },
        Some((worst, rest)) => {
            let mut detail: Vec<String> =
                rest.iter().map(|problem| format!("{}.", problem.sentence)).collect();
            if !problems.iter().any(|problem| problem.sentence == figures) {
                detail.push(format!("{figures}."));
            }
            Verdict {
                tone: worst.tone,
                headline: worst.sentence.clone(),
                detail: detail.join(" "),
                problems: wrong,
            }
        }
    }
}

fn incidents(inputs: &Inputs<'_>) -> Vec<Problem> {
    let Some(first) = inputs.incidents.first() else { return Vec::new() };
    let urgent = matches!(first.severity.as_str(), "P0" | "P1");
    let more = match inputs.incidents.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more incident".to_owned(),
        n => format!(", and {n} more incidents"),
    };
    let since = first.since.strftime("%H:%M");
    vec![Problem {
        tone: if urgent { Tone::Bad } else { Tone::Warn },
        sentence: format!("{} {} since {since}: {}{more}", first.severity, first.name, first.title),
    }]
}

fn shutoff(shutoff: &Shutoff) -> Problem {
    let since = shutoff.since.strftime("%H:%M");
    let stopped = shutoff.mode == ShutoffMode::Stop;
    let what = match &shutoff.scope {
        Scope::All if stopped => "Agent requests are stopped".to_owned(),
        Scope::All => "Agents answer without models".to_owned(),
        Scope::Tier(tier) if stopped => format!("Agent requests of the tier {} are stopped", tier.as_str()),
        Scope::Tier(tier) => format!("The tier {} is answered without models", tier.as_str()),
        Scope::Agent(agent) if stopped => format!("{} is stopped", agent.title()),
        Scope::Agent(agent) => format!("{} answers without models", agent.title()),
        Scope::Model(model) => format!("The model {model} is not asked"),
    };
    let tone = if stopped { Tone::Bad } else { Tone::Warn };
    Problem { tone, sentence: format!("{what} since {since}, by {}", shutoff.by) }
}

fn health(inputs: &Inputs<'_>) -> Vec<Problem> {
    let say = |status: Status, tone: Tone, word: &str| {
        let components: Vec<_> = inputs.health.weighing(status).collect();
        let sentence = match components.as_slice() {
            [] => return None,
            [one] => {
                let since = one.since.map(|since| format!(" since {}", since.strftime("%H:%M")));
                format!("{} is {word}{}: {}", one.title, since.unwrap_or_default(), one.detail)
            }
            many => {
                let titles: Vec<&str> = many.iter().map(|component| component.title.as_str()).collect();
                format!(
                    "{} of {} checks are {word}: {}",
                    many.len(),
                    inputs.health.components.len(),
                    list(&titles)
                )
            }
        };
        Some(Problem { tone, sentence })
    };
    if inputs.health.checked_at.is_none() {
        return vec![Problem { tone: Tone::Unknown, sentence: "Nothing was checked yet".to_owned() }];
    }
    let all = [
        say(Status::Failing, Tone::Bad, "failing"),
        say(Status::Degraded, Tone::Warn, "degraded"),
        say(Status::Unknown, Tone::Unknown, "unknown"),
    ];
    all.into_iter().flatten().collect()
}

fn errors(inputs: &Inputs<'_>) -> Option<Problem> {
    let (recent, targets) = (inputs.recent, inputs.targets);
    let Some(rate) = recent.error_rate else {
        return Some(Problem { tone: Tone::Unknown, sentence: no_traffic(recent) });
    };
    let tone = targets.errors(rate, recent.requests);
    if tone == Tone::Ok {
        return None;
    }
    if recent.requests < targets.min_requests {
        let sentence =
            format!("{} of {} agent requests failed; too few to judge", recent.errors, recent.requests);
        return Some(Problem { tone, sentence });
    }
    let worst = inputs.agents.iter().max_by_key(|agent| agent.figures.errors);
    let mostly = worst.filter(|agent| agent.figures.errors * 2 > recent.errors);
    let mostly = mostly.map_or(String::new(), |agent| format!(", mostly of {}", agent.agent.title()));
    Some(Problem {
        tone,
        sentence: format!(
            "{} of agent requests fail{mostly}; the target is below {}",
            percent(rate),
            percent(targets.error_rate)
        ),
    })
}

fn latency(inputs: &Inputs<'_>) -> Option<Problem> {
    let (recent, targets) = (inputs.recent, inputs.targets);
    let p95 = recent.p95_us?;
    let tone = targets.latency(p95, recent.requests);
    if tone == Tone::Ok {
        return None;
    }
    let slow = |agent: &&AgentFigures| agent.figures.p95_us.is_some_and(|p95| p95 > targets.p95_us);
    let agents: Vec<&str> = inputs.agents.iter().filter(slow).map(|agent| agent.agent.title()).collect();
    Some(Problem {
        tone,
        sentence: format!(
            "{} slow: p95 {} against {}",
            if agents.is_empty() { "Agent requests are".to_owned() } else { is_or_are(&agents) },
            duration(p95),
            duration(targets.p95_us)
        ),
    })
}

fn spend(inputs: &Inputs<'_>) -> Option<Problem> {
    let Some(spend) = inputs.spend else {
        return Some(Problem { tone: Tone::Unknown, sentence: "What was spent today is unknown".to_owned() });
    };
    let (tone, limit) = match spend.spent {
        spent if spent >= spend.ceiling => (Tone::Bad, format!("the ceiling of {}", spend.ceiling)),
        spent if spent >= spend.budget => (Tone::Bad, format!("the budget of {}", spend.budget)),
        spent if spent >= spend.alert => {
            (Tone::Warn, format!("{} of a budget of {}", spend.alert, spend.budget))
        }
        _ => return None,
    };
    Some(Problem { tone, sentence: format!("{} spent today: past {limit}", spend.spent) })
}

/// The last five minutes in figures.
fn figures(inputs: &Inputs<'_>) -> String {
    let recent = inputs.recent;
    let (Some(rate), Some(p95)) = (recent.error_rate, recent.p95_us) else { return no_traffic(recent) };
    format!(
        "{} agent requests in the last 5 minutes, {} errors, p95 {}",
        recent.requests,
        percent(rate),
        duration(p95)
    )
}

fn money(inputs: &Inputs<'_>) -> String {
    inputs.spend.map_or(String::new(), |spend| format!("{} of {} spent today.", spend.spent, spend.budget))
}

fn no_traffic(recent: &Summary) -> String {
    match recent.refused {
        0 => "No agent request in the last 5 minutes, so speed and errors are unknown".to_owned(),
        n => format!(
            "All {n} agent requests of the last 5 minutes were refused, so speed and errors are unknown"
        ),
    }
}

fn is_or_are(names: &[&str]) -> String {
    if names.len() == 1 { format!("{} is", list(names)) } else { format!("{} are", list(names)) }
}

/// `A, B and C`; more than four are counted.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, second, third, fourth, _, ..] => {
            format!("{first}, {second}, {third}, {fourth} and {} more", names.len() - 4)
        }
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

/// `0.4 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 { "< 0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

/// `320 µs`, `4.2 ms`, `47 ms`, `6.4 s`.
pub(super) fn duration(micros: u64) -> String {
    let ms = micros as f64 / 1e3;
    match ms {
        _ if ms < 1.0 => format!("{micros} µs"),
        _ if ms < 10.0 => format!("{ms:.1} ms"),
        _ if ms < 1_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1e3),
    }
}
