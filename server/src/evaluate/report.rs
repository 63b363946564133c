//! The figures as a table of Markdown.

use std::fmt;

use domain::agent::Agent;

use super::Condition;
use super::figures::Figures;

pub(crate) struct Report {
    pub(super) people: usize,
    pub(super) archetypes: usize,
    /// Of a complete workflow without a model: median, 99th percentile.
    pub(super) workflow_ms: (f64, f64),
    pub(super) rows: Vec<(Agent, Condition, Figures)>,
}

impl Report {
    /// Every given answer passes its validator.
    pub(crate) fn all_valid(&self) -> bool {
        self.rows.iter().all(|(_, _, figures)| figures.valid == Some(1.0))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} people × {} archetypes, each agent and condition:\n", self.people, self.archetypes)?;
        writeln!(
            f,
            "| agent | behind it | answers | refused | valid | coverage | diversity | stable | changed | by the model | degraded | calls | planning p50 / p99 | whole p99 |"
        )?;
        writeln!(f, "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for (agent, condition, row) in &self.rows {
            writeln!(
                f,
                "| {agent} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.2} | {:.2} / {:.2} ms | {:.1} ms |",
                condition.title(),
                row.answers,
                row.refused,
                percent(row.valid),
                percent(row.coverage),
                row.diversity.map_or("–".to_owned(), |distance| format!("{distance:.2}")),
                percent(row.stable),
                percent(row.changed),
                percent(row.by_model),
                percent(row.degraded),
                row.calls,
                row.planning_ms.0,
                row.planning_ms.1,
                row.whole_p99_ms,
            )?;
        }
        let (p50, p99) = self.workflow_ms;
        writeln!(f, "\nA complete workflow without a model: p50 {p50:.1} ms, p99 {p99:.1} ms.")?;
        for (agent, condition, row) in &self.rows {
            for why in &row.reasons {
                writeln!(f, "\n{agent}, {}: refused: {why}", condition.title())?;
            }
            if !row.broken_rules.is_empty() {
                writeln!(f, "\n{agent}, {}: breaks {}", condition.title(), row.broken_rules.join(", "))?;
            }
        }
        Ok(())
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |share| {
        // Rounded towards zero: what is not all of them must not read as all of them.
        format!("{} %", (share * 1_000.0).floor() / 10.0)
    })
}
