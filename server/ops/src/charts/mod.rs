//! Charts in the house style: SVG for pages, PNG for mail and Slack, from one drawing.
//!
//! An axis of amounts begins at zero; a gap in the data is a gap in the line; times are UTC. In an SVG the colours
//! are the page's variables, so that both themes fit; a PNG has one theme, a title and a legend of its own.

mod axis;
mod bars;
mod draw;
mod palette;
mod png;
mod spark;
mod svg;
#[cfg(test)]
mod tests;

pub use bars::pairs;
pub use palette::{Theme, Tone};
pub use spark::{signal, sparkline};

use crate::error::Result;

/// One or more lines over time.
#[derive(Clone, Debug)]
pub struct LineChart {
    pub title: String,
    /// Written behind each value of the axis: `s`, `ms`, `%`, `MB`, `req/s`; `USD` is written before it.
    pub unit: String,
    pub series: Vec<Line>,
    /// A value not to exceed, and what to call it.
    pub target: Option<(f64, String)>,
    pub marks: Vec<Mark>,
    /// The axis, milliseconds since the epoch: from (inclusive) to (inclusive).
    pub from: i64,
    pub to: i64,
}

/// Points in the order of time.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    pub tone: Tone,
    /// Milliseconds since the epoch, and the value; `None`, or a value that is no number, is a gap.
    pub points: Vec<(i64, Option<f64>)>,
}

/// Something that happened: a line across the chart.
#[derive(Clone, Debug)]
pub struct Mark {
    pub at: i64,
    pub label: String,
    pub tone: Tone,
    /// It lasted until then: the time is shaded.
    pub until: Option<i64>,
}

impl Mark {
    /// A moment, in the accent colour.
    pub fn at(at: i64, label: impl Into<String>) -> Self {
        Self { at, label: label.into(), tone: Tone::Accent, until: None }
    }
}

/// Width and height in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// A panel of a page, a picture in a mail.
    pub const WIDE: Self = Self { width: 760, height: 240 };
    /// A phone.
    pub const NARROW: Self = Self { width: 340, height: 220 };
}

impl LineChart {
    /// For a page: scales to the width it is given, has a title and a description for screen readers, no legend.
    pub fn svg(&self, size: Size) -> Result<String> {
        svg::draw(self, size)
    }

    /// For mail and Slack: twice the pixels of `size`, with title and legend.
    pub fn png(&self, size: Size, theme: Theme) -> Result<Vec<u8>> {
        png::draw(self, size, theme)
    }

    /// What a screen reader says: each line's last value, least and most, and the target.
    pub fn description(&self) -> String {
        let mut sentences: Vec<String> = self.series.iter().map(|line| self.sentence(line)).collect();
        if let Some((value, label)) = &self.target {
            sentences.push(format!("{label}: {}.", axis::value(*value, &self.unit)));
        }
        sentences
            .extend(self.marks.iter().map(|mark| format!("{} at {}.", mark.label, axis::moment(mark.at))));
        sentences.join(" ")
    }

    fn sentence(&self, line: &Line) -> String {
        let values: Vec<f64> = line.points.iter().filter_map(|(_, value)| finite(*value)).collect();
        let Some(last) = values.last() else { return format!("{}: no data.", line.name) };
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let say = |value| axis::value(value, &self.unit);
        format!("{}: {} at the end, {} to {}.", line.name, say(*last), say(least), say(most))
    }
}

/// Above this the end of the axis, a round value beyond it, would not be a number any more.
const MOST: f64 = 1e300;

/// What can be drawn.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.abs() <= MOST)
}
