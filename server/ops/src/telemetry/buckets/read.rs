//! Figures over any window, up to this moment: roll-ups, fresh rows, and what is still in memory.

use std::collections::{BTreeMap, HashMap};

use domain::agent::Agent;
use domain::money::MicroUsd;
use jiff::SignedDuration;

use super::plan::{Resolution, Segment, floor, plan};
use super::store::{self, Rows};
use super::{Cell, HOUR, Key, TEN_SECONDS};
use crate::clock::at;
use crate::error::{Error, Result};
use crate::telemetry::buffer::Unwritten;
use crate::telemetry::figures::{
    AgentFigures, CostLine, Filter, Point, ReleaseFigures, Summary, Tally, Window,
};

/// A series longer than this serves no eye.
const POINTS: i64 = 3_000;
const DAY: i64 = 24 * HOUR;

impl crate::Ops {
    /// One point per `step` (10 s or more, in whole tens of seconds), from the one that contains the beginning of
    /// the window. Slices without a request are there, without quantiles.
    ///
    /// # Errors
    /// `Invalid` for a step below 10 s, an empty window, or more than 3,000 points.
    pub async fn series(&self, window: Window, step: SignedDuration, filter: &Filter) -> Result<Vec<Point>> {
        let step = i64::try_from(step.as_millis()).unwrap_or(0);
        let tallies = self.tallies(window, step, filter).await?;
        Ok(tallies.into_iter().map(|(start, tally)| tally.point(at(start))).collect())
    }

    /// The window as a whole.
    pub async fn summary(&self, window: Window, filter: &Filter) -> Result<Summary> {
        let mut tally = Tally::default();
        self.each_cell(window, i64::MAX, filter, |_, key, cell| tally.add(key, cell)).await?;
        Ok(tally.summary(window))
    }

    /// Every agent, in the order of [`Agent::ALL`], also those without a request.
    pub async fn by_agent(&self, window: Window) -> Result<Vec<AgentFigures>> {
        let mut agents: HashMap<Agent, (Tally, HashMap<_, u64>)> = HashMap::new();
        self.each_cell(window, i64::MAX, &Filter::default(), |_, key, cell| {
            let Some(agent) = key.agent else { return };
            let (tally, engines) = agents.entry(agent).or_default();
            tally.add(key, cell);
            if let Some(engine) = key.engine {
                *engines.entry(engine).or_default() += cell.requests;
            }
        })
        .await?;
        let figures = Agent::ALL.into_iter().map(|agent| {
            let (tally, engines) = agents.remove(&agent).unwrap_or_default();
            let mut engines: Vec<_> = engines.into_iter().map(|(key, count)| (key.engine(), count)).collect();
            engines.sort_by_key(|(engine, count)| (std::cmp::Reverse(*count), engine.as_str()));
            AgentFigures { agent, figures: tally.summary(window), engines }
        });
        Ok(figures.collect())
    }

    /// Every release that answered in the window, by name.
    pub async fn by_release(&self, window: Window) -> Result<Vec<ReleaseFigures>> {
        let mut releases: BTreeMap<String, Tally> = BTreeMap::new();
        self.each_cell(window, i64::MAX, &Filter::default(), |_, key, cell| {
            if !key.release.is_empty() {
                releases.entry(key.release.clone()).or_default().add(key, cell);
            }
        })
        .await?;
        let figures = releases
            .into_iter()
            .map(|(release, tally)| ReleaseFigures { release, figures: tally.summary(window) });
        Ok(figures.collect())
    }

    /// What agents spent, by day (UTC), agent and release. The window is widened to whole hours.
    pub async fn cost_by_day(&self, window: Window) -> Result<Vec<CostLine>> {
        let (from, to) = (floor(window.from.as_millisecond(), HOUR), window.to.as_millisecond());
        let unwritten = self.telemetry.buffer().unwritten(from, to, |key| key.agent.is_some());
        let mut lines: BTreeMap<(i64, Agent, String), (u64, i64)> = BTreeMap::new();
        let mut add = |at: i64, agent: Option<Agent>, release: String, requests: u64, micro: i64| {
            let Some(agent) = agent else { return };
            let line = lines.entry((floor(at, DAY), agent, release)).or_default();
            line.0 += requests;
            line.1 += micro;
        };
        for segment in plan(from, to, DAY, unwritten.rolled) {
            if segment.resolution == Resolution::TenSeconds {
                for (at, key, cell) in self.fresh_cells(segment, &Filter::default(), &unwritten).await? {
                    add(at, key.agent, key.release, cell.requests, cell.cost_micro);
                }
                continue;
            }
            for row in store::cost(&self.db, segment.resolution, segment.from, segment.to).await? {
                let requests = u64::try_from(row.requests).unwrap_or(0);
                add(row.at, Agent::parse(&row.agent), row.release_id, requests, row.cost_micro);
            }
        }
        for (at, key, cell) in unwritten.cells.into_iter().filter(|cell| cell.0 >= unwritten.rolled.minutes) {
            add(at, key.agent, key.release, cell.requests, cell.cost_micro);
        }
        let lines = lines.into_iter().map(|((day, agent, release), (requests, micro))| CostLine {
            day: at(day).strftime("%F").to_string(),
            agent,
            release,
            requests,
            cost: MicroUsd(micro),
        });
        Ok(lines.collect())
    }

    /// Tallies per step, the empty ones too.
    pub(crate) async fn tallies(
        &self,
        window: Window,
        step: i64,
        filter: &Filter,
    ) -> Result<BTreeMap<i64, Tally>> {
        if step < TEN_SECONDS || step % TEN_SECONDS != 0 {
            return Err(Error::invalid("step", "must be 10 seconds or a multiple of it"));
        }
        let (from, to) = (floor(window.from.as_millisecond(), step), window.to.as_millisecond());
        if to <= from || (to - from) / step > POINTS {
            return Err(Error::invalid("window", "must contain 1 to 3000 steps"));
        }
        let starts = (0..).map(|n| from + n * step).take_while(|start| *start < to);
        let mut tallies: BTreeMap<i64, Tally> = starts.map(|start| (start, Tally::default())).collect();
        let window = Window::new(at(from), window.to);
        self.each_cell(window, step, filter, |at, key, cell| {
            tallies.entry(floor(at, step)).or_default().add(key, cell);
        })
        .await?;
        Ok(tallies)
    }

    /// Visits every cell of the window that the filter takes, from the coarsest tables that `step` allows.
    pub(crate) async fn each_cell(
        &self,
        window: Window,
        step: i64,
        filter: &Filter,
        mut visit: impl FnMut(i64, &Key, &Cell),
    ) -> Result<()> {
        let (from, to) = (window.from.as_millisecond(), window.to.as_millisecond());
        if to <= from {
            return Err(Error::invalid("window", "must end after it begins"));
        }
        let unwritten = self.telemetry.buffer().unwritten(from, to, |key| filter.takes(key));
        let mut from_memory_from = i64::MAX;
        for segment in plan(from, to, step, unwritten.rolled) {
            let recent = match segment.resolution {
                Resolution::Minute => self.telemetry.buffer().recent(segment.from, segment.to),
                _ => None,
            };
            if let Some(minutes) = recent {
                for (at, cells) in &minutes {
                    let wanted = cells.iter().filter(|(key, _)| filter.takes(key));
                    wanted.for_each(|(key, cell)| visit(*at, key, cell));
                }
                continue;
            }
            if segment.resolution == Resolution::TenSeconds {
                from_memory_from = segment.from;
            }
            for (at, key, cell) in self.fresh_cells(segment, filter, &unwritten).await? {
                visit(at, &key, &cell);
            }
        }
        let fresh = unwritten.cells.iter().filter(|(at, ..)| *at >= from_memory_from);
        fresh.for_each(|(at, key, cell)| visit(*at, key, cell));
        Ok(())
    }

    /// Stored cells of one segment, without older copies of what is in memory.
    async fn fresh_cells(
        &self,
        segment: Segment,
        filter: &Filter,
        unwritten: &Unwritten,
    ) -> Result<Vec<(i64, Key, Cell)>> {
        let rows = match (&filter.route, filter.agent) {
            (_, Some(agent)) => Rows::Agent(agent),
            (Some(route), None) => Rows::Route(route),
            (None, None) => Rows::Agents,
        };
        let rows = store::read(&self.db, segment.resolution, segment.from, segment.to, rows).await?;
        let mut cells = Vec::with_capacity(rows.len());
        for row in rows.into_iter().filter(|row| !unwritten.parts.contains(&row.part)) {
            let (at, key, cell) = row.into_cell()?;
            if filter.takes(&key) {
                cells.push((at, key, cell));
            }
        }
        Ok(cells)
    }
}
