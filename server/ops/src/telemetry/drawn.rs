//! The charts that pages and notifications share: which lines, in which colors, against which target.
//!
//! Marks (releases, incidents, switches) are the caller's to add: they come from other areas.

use jiff::SignedDuration;

use super::buckets::TEN_SECONDS;
use super::figures::{Filter, Point, Window};
use crate::charts::{Line, LineChart, Tone};
use crate::error::Result;

/// Points per line that an eye can tell apart.
const POINTS: i64 = 120;
/// Colors of releases, the newest first.
const TONES: [Tone; 4] = [Tone::Accent, Tone::Muted, Tone::Warn, Tone::Unknown];

impl crate::Ops {
    /// p95 in milliseconds of what the filter takes.
    pub async fn latency_chart(&self, window: Window, filter: &Filter) -> Result<LineChart> {
        let points = self.series(window, step(window), filter).await?;
        let lines = vec![line("p95", Tone::Accent, &points, |point| point.p95_us.map(|us| us as f64 / 1e3))];
        Ok(chart("p95 latency", "ms", window, lines))
    }

    /// p95 in milliseconds of each release that answered in the window, four at most, the newest (by name) first.
    pub async fn latency_by_release_chart(&self, window: Window) -> Result<LineChart> {
        let mut releases = self.by_release(window).await?;
        releases.reverse();
        let mut lines = Vec::new();
        for (release, tone) in releases.iter().zip(TONES) {
            let points = self.series(window, step(window), &Filter::release(&release.release)).await?;
            lines.push(line(&release.release, tone, &points, |point| point.p95_us.map(|us| us as f64 / 1e3)));
        }
        // The newest is drawn last, above the others.
        lines.reverse();
        Ok(chart("p95 latency of agent requests, by release", "ms", window, lines))
    }

    /// Percent of errors, against the target of 1 %.
    pub async fn error_chart(&self, window: Window, filter: &Filter) -> Result<LineChart> {
        let points = self.series(window, step(window), filter).await?;
        let percent = |point: &Point| point.error_rate.map(|rate| rate * 100.0);
        let mut chart = chart("Errors", "%", window, vec![line("errors", Tone::Bad, &points, percent)]);
        chart.target = Some((1.0, "target 1 %".to_owned()));
        Ok(chart)
    }

    /// Dollars per step.
    pub async fn cost_chart(&self, window: Window, filter: &Filter) -> Result<LineChart> {
        let points = self.series(window, step(window), filter).await?;
        let cost = |point: &Point| Some(point.cost.usd());
        Ok(chart("Cost", "USD", window, vec![line("cost", Tone::Accent, &points, cost)]))
    }

    /// Megabytes of the process, against the configured limit.
    pub async fn memory_chart(&self, window: Window) -> Result<LineChart> {
        let measured = self.host_series(window).await?;
        let mut points: Vec<(i64, Option<f64>)> = Vec::with_capacity(measured.len());
        for point in measured {
            let at = point.at.as_millisecond();
            // Minutes that were not measured are a gap.
            if let Some((before, _)) = points.last().filter(|(before, _)| at - before > 3 * 60_000) {
                points.push((before + 60_000, None));
            }
            points.push((at, Some(point.memory_bytes as f64 / 1e6)));
        }
        let lines = vec![Line { name: "resident".to_owned(), tone: Tone::Ok, points }];
        let mut chart = chart("Memory of the process", "MB", window, lines);
        let limit = self.config.health.memory_alert_mb;
        chart.target = Some((limit as f64, format!("limit {limit} MB")));
        Ok(chart)
    }
}

/// The shortest round step with no more than [`POINTS`] points.
fn step(window: Window) -> SignedDuration {
    const SECONDS: [i64; 11] = [10, 60, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];
    let least = window.length().as_secs() / POINTS;
    let seconds = SECONDS.into_iter().find(|seconds| *seconds >= least);
    SignedDuration::from_secs(seconds.unwrap_or((least / (TEN_SECONDS / 1_000) + 1) * (TEN_SECONDS / 1_000)))
}

fn line(name: &str, tone: Tone, points: &[Point], value: impl Fn(&Point) -> Option<f64>) -> Line {
    let points = points.iter().map(|point| (point.at.as_millisecond(), value(point))).collect();
    Line { name: name.to_owned(), tone, points }
}

fn chart(title: &str, unit: &str, window: Window, series: Vec<Line>) -> LineChart {
    LineChart {
        title: title.to_owned(),
        unit: unit.to_owned(),
        series,
        target: None,
        marks: Vec::new(),
        from: window.from.as_millisecond(),
        to: window.to.as_millisecond(),
    }
}
