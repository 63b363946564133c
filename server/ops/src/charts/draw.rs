//! The drawing itself, the same for every backend: pixels in, strokes and words out.
//!
//! Backends count in whole pixels; everything is drawn `scale` times as large as it is shown, so that lines are smooth.

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingBackend, IntoFont};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBAColor, ShapeStyle, TextStyle};

use super::palette::{Paint, Palette};
use super::{Line, LineChart, Mark, Size, axis, finite};
use crate::error::{Error, Result};

pub(super) const FONT: &str = "Inter";
pub(super) const HEADLINE: &str = "Inter Medium";

/// How to draw.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) palette: Palette,
    pub(super) size: Size,
    /// Drawn pixels per shown pixel.
    pub(super) scale: i32,
    /// With title, legend and background: for pictures that stand alone.
    pub(super) framed: bool,
}

/// The plot's edges, and how values become places. In drawn pixels.
struct Plot {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
    from: i64,
    to: i64,
    most: f64,
}

impl Plot {
    fn x(&self, at: i64) -> i32 {
        let share = (at - self.from) as f64 / (self.to - self.from).max(1) as f64;
        self.left + (share * f64::from(self.right - self.left)).round() as i32
    }

    fn y(&self, value: f64) -> i32 {
        let share = (value / self.most).clamp(0.0, 1.0);
        self.bottom - (share * f64::from(self.bottom - self.top)).round() as i32
    }
}

pub(super) struct Canvas<'a, B: DrawingBackend> {
    area: &'a DrawingArea<B, Shift>,
    style: Style,
}

/// Draws the chart on the whole area, which is `style.size` times `style.scale` large.
pub(super) fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    chart: &LineChart,
    style: Style,
) -> Result<()> {
    let canvas = Canvas { area, style };
    let values = chart.series.iter().flat_map(|line| &line.points).filter_map(|(_, value)| finite(*value));
    let target = chart.target.as_ref().and_then(|(value, _)| finite(Some(*value)));
    let most = values.chain(target).fold(0.0, f64::max);
    let ticks = axis::ticks(most, if style.size.height < 180 { 3 } else { 4 });
    let step = ticks.get(1).copied().unwrap_or(1.0);
    let labels: Vec<String> = ticks.iter().map(|tick| axis::tick(*tick, step, &chart.unit)).collect();
    let widest = labels.iter().map(|label| width(label, 11)).max().unwrap_or(0);
    let (wide, high) = (i32::try_from(style.size.width), i32::try_from(style.size.height));
    let (wide, high) = (wide.unwrap_or(760), high.unwrap_or(240));
    let edge = if style.framed { 20 } else { 2 };
    let plot = Plot {
        left: canvas.px(edge + widest + 10),
        right: canvas.px(wide - edge - 6),
        top: canvas.px(if style.framed { 74 } else { 18 }),
        bottom: canvas.px(high - if style.framed { 36 } else { 22 }),
        from: chart.from,
        to: chart.to.max(chart.from + 1),
        most: ticks.last().copied().unwrap_or(1.0),
    };
    if style.framed {
        canvas.rectangle((0, 0), (canvas.px(wide), canvas.px(high)), canvas.paint(Paint::Panel, 1.0))?;
        canvas.frame(chart, edge, wide)?;
    }
    for mark in &chart.marks {
        canvas.shade(&plot, mark)?;
    }
    for (tick, label) in ticks.iter().zip(&labels) {
        let y = plot.y(*tick);
        canvas.path(vec![(plot.left, y), (plot.right, y)], Paint::Line, 1.0, 1.0)?;
        canvas.text(label, (plot.left - canvas.px(8), y), 11, Paint::Muted, HPos::Right)?;
    }
    let count = u32::try_from(wide / 90).unwrap_or(4).max(2);
    for (at, label) in axis::moments(plot.from, plot.to, count) {
        let half = canvas.px(width(&label, 11) / 2 + 3);
        let x = plot.x(at).clamp(half, canvas.px(wide) - half);
        canvas.text(&label, (x, plot.bottom + canvas.px(13)), 11, Paint::Muted, HPos::Center)?;
    }
    if let Some((value, label)) = chart.target.as_ref().filter(|(value, _)| finite(Some(*value)).is_some()) {
        let y = plot.y(*value);
        canvas.dashes(&plot, y)?;
        let (x, side) = if busy_at_the_end(chart, *value, plot.most) {
            (plot.left + canvas.px(4), HPos::Left)
        } else {
            (plot.right - canvas.px(2), HPos::Right)
        };
        canvas.text(label, (x, y - canvas.px(8)), 11, Paint::Warn, side)?;
    }
    let alone = chart.series.len() == 1;
    for line in &chart.series {
        canvas.line(&plot, line, alone)?;
    }
    canvas.marks(&plot, &chart.marks)
}

impl<B: DrawingBackend> Canvas<'_, B> {
    fn px(&self, shown: i32) -> i32 {
        shown * self.style.scale
    }

    fn paint(&self, paint: Paint, opacity: f64) -> RGBAColor {
        self.style.palette.color(paint).mix(opacity)
    }

    /// Title, and what the lines are called.
    fn frame(&self, chart: &LineChart, edge: i32, wide: i32) -> Result<()> {
        self.headline(&chart.title, (self.px(edge), self.px(24)))?;
        let mut x = edge;
        for line in &chart.series {
            let needed = width(&line.name, 11) + 38;
            if x + needed > wide - edge {
                break;
            }
            let y = self.px(44);
            self.path(vec![(self.px(x), y), (self.px(x + 14), y)], line.tone.paint(), 1.0, 2.0)?;
            self.text(&line.name, (self.px(x + 20), y), 11, Paint::Muted, HPos::Left)?;
            x += needed;
        }
        self.text("UTC", (self.px(wide - edge - 6), self.px(44)), 11, Paint::Muted, HPos::Right)
    }

    fn line(&self, plot: &Plot, line: &Line, filled: bool) -> Result<()> {
        let paint = line.tone.paint();
        for run in runs(&line.points, plot.from, plot.to) {
            let places: Vec<(i32, i32)> =
                run.iter().map(|(at, value)| (plot.x(*at), plot.y(*value))).collect();
            let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
                continue;
            };
            if places.len() == 1 {
                let style = ShapeStyle { color: self.paint(paint, 1.0), filled: true, stroke_width: 0 };
                self.put(self.area.draw(&Circle::new(first, self.px(2), style)))?;
                continue;
            }
            if filled {
                let mut outline = places.clone();
                outline.extend([(last.0, plot.bottom), (first.0, plot.bottom)]);
                self.put(self.area.draw(&Polygon::new(outline, self.paint(paint, 0.14))))?;
            }
            self.path(places, paint, 1.0, 1.8)?;
        }
        Ok(())
    }

    fn dashes(&self, plot: &Plot, y: i32) -> Result<()> {
        let (dash, gap) = (self.px(4), self.px(4));
        let mut x = plot.left;
        while x < plot.right {
            self.path(vec![(x, y), ((x + dash).min(plot.right), y)], Paint::Warn, 0.8, 1.2)?;
            x += dash + gap;
        }
        Ok(())
    }

    /// The time that something lasted.
    fn shade(&self, plot: &Plot, mark: &Mark) -> Result<()> {
        let Some(until) = mark.until.filter(|until| *until > plot.from && mark.at < plot.to) else {
            return Ok(());
        };
        let (from, to) = (plot.x(mark.at.max(plot.from)), plot.x(until.min(plot.to)));
        self.rectangle((from, plot.top), (to, plot.bottom), self.paint(mark.tone.paint(), 0.1))
    }

    /// The moments, and what happened: labels in up to three rows so that none covers another.
    fn marks(&self, plot: &Plot, marks: &[Mark]) -> Result<()> {
        let mut occupied = [i32::MIN; 3];
        let mut marks: Vec<&Mark> =
            marks.iter().filter(|mark| (plot.from..=plot.to).contains(&mark.at)).collect();
        marks.sort_by_key(|mark| mark.at);
        for mark in marks {
            let x = plot.x(mark.at);
            let needed = self.px(width(&mark.label, 10) + 4);
            let left_of_it = x + needed > plot.right;
            let begins = if left_of_it { x - needed } else { x };
            let row = occupied.iter().position(|end| begins > *end);
            let paint = mark.tone.paint();
            self.path(vec![(x, plot.top - self.px(14)), (x, plot.bottom)], paint, 0.8, 1.2)?;
            let Some(row) = row else { continue };
            occupied[row] = begins + needed + self.px(6);
            let y = plot.top - self.px(9) + self.px(13) * i32::try_from(row).unwrap_or(0);
            let (x, side) =
                if left_of_it { (x - self.px(4), HPos::Right) } else { (x + self.px(4), HPos::Left) };
            self.text(&mark.label, (x, y), 10, paint, side)?;
        }
        Ok(())
    }

    fn path(&self, places: Vec<(i32, i32)>, paint: Paint, opacity: f64, shown: f64) -> Result<()> {
        let stroke_width = (shown * f64::from(self.style.scale)).round() as u32;
        let style = ShapeStyle { color: self.paint(paint, opacity), filled: false, stroke_width };
        self.put(self.area.draw(&PathElement::new(places, style)))
    }

    fn rectangle(&self, from: (i32, i32), to: (i32, i32), color: RGBAColor) -> Result<()> {
        self.put(self.area.draw(&Rectangle::new([from, to], color.filled())))
    }

    fn text(&self, words: &str, place: (i32, i32), size: i32, paint: Paint, side: HPos) -> Result<()> {
        self.words(words, place, FONT, size, paint, side)
    }

    fn headline(&self, words: &str, place: (i32, i32)) -> Result<()> {
        self.words(words, place, HEADLINE, 14, Paint::Text, HPos::Left)
    }

    fn words(
        &self,
        words: &str,
        place: (i32, i32),
        font: &str,
        size: i32,
        paint: Paint,
        side: HPos,
    ) -> Result<()> {
        // The bitmap backend centers the line, not the letters.
        let lower = if self.style.framed { f64::from(self.px(size)) * 0.2 } else { 0.0 };
        let place = (place.0, place.1 + lower.round() as i32);
        // Plotters' font size is the height of a line, 1.24 of what the web calls so.
        let size = f64::from(self.px(size)) * 1.24;
        let color = self.paint(paint, 1.0);
        let style = TextStyle::from((font, size).into_font()).color(&color).pos(Pos::new(side, VPos::Center));
        self.put(self.area.draw(&Text::new(words.to_owned(), place, style)))
    }

    fn put<E: std::fmt::Display>(&self, drawn: std::result::Result<(), E>) -> Result<()> {
        drawn.map_err(|error| Error::internal("drawing a chart", error.to_string()))
    }
}

/// Whether a line runs where the target's label would stand on the right.
fn busy_at_the_end(chart: &LineChart, target: f64, most: f64) -> bool {
    let last_part = chart.to - (chart.to - chart.from) / 6;
    let near = target - most * 0.02..target + most * 0.18;
    let points = chart.series.iter().flat_map(|line| &line.points).filter(|(at, _)| *at >= last_part);
    points.filter_map(|(_, value)| finite(*value)).any(|value| near.contains(&value))
}

/// Shown width of a text, roughly: an average letter is 0.56 of the font's size.
fn width(text: &str, size: i32) -> i32 {
    let letters = i32::try_from(text.chars().count()).unwrap_or(0);
    letters * size * 56 / 100 + 1
}

/// The parts of a line between its gaps, within the axis.
fn runs(points: &[(i64, Option<f64>)], from: i64, to: i64) -> Vec<Vec<(i64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (at, value) in points.iter().filter(|(at, _)| (from..=to).contains(at)) {
        match (finite(*value), runs.last_mut()) {
            (Some(value), Some(run)) => run.push((*at, value)),
            (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}
