//! Lines without axes, for table cells and figures: written by hand, a few hundred bytes each.
//!
//! They repeat what stands beside them in words, so screen readers skip them. They stretch to the place they get.

use std::fmt::Write as _;

use super::finite;
use super::palette::Tone;
use super::svg::escaped;

/// A line for a table cell, from zero to its highest value, `class="spark"`.
pub fn sparkline(points: &[Option<f64>], tone: Tone) -> String {
    let most = highest(points, None);
    let path = path(points, most, 88.0, 18.0, 2.0);
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 88 18\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.4\" stroke-linecap=\"round\" \
         vector-effect=\"non-scaling-stroke\"/></svg>",
        tone.variable()
    )
}

/// The picture under a figure: a filled line from zero, its target dashed, and marks at shares (0 to 1) of the width.
pub fn signal(points: &[Option<f64>], target: Option<f64>, marks: &[f64], tone: Tone) -> String {
    let (width, height) = (300.0, 52.0);
    let target = finite(target);
    let most = highest(points, target);
    let line = path(points, most, width, height, 2.0);
    let mut svg = format!(
        "<svg class=\"signal-chart\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\">"
    );
    let color = escaped(tone.variable());
    let mut put = |part: std::fmt::Arguments<'_>| svg.push_str(&part.to_string());
    let stretched = "vector-effect=\"non-scaling-stroke\"";
    for area in areas(points, most, width, height) {
        put(format_args!("<path d=\"{area}\" fill=\"{color}\" opacity=\".16\"/>"));
    }
    if let Some(target) = target {
        let y = place(target, most, height, 2.0);
        put(format_args!(
            "<path d=\"M0 {y:.1}H{width}\" stroke=\"var(--muted)\" stroke-dasharray=\"2 3\" {stretched}/>"
        ));
    }
    for mark in marks.iter().filter(|mark| (0.0..=1.0).contains(*mark)) {
        let x = mark * width;
        put(format_args!("<path d=\"M{x:.1} 0V{height}\" stroke=\"var(--accent)\" {stretched}/>"));
    }
    put(format_args!(
        "<path d=\"{line}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.6\" {stretched}/></svg>"
    ));
    svg
}

fn highest(points: &[Option<f64>], target: Option<f64>) -> f64 {
    let most = points.iter().filter_map(|value| finite(*value)).chain(target).fold(0.0, f64::max);
    if most > 0.0 { most * 1.1 } else { 1.0 }
}

fn place(value: f64, most: f64, height: f64, edge: f64) -> f64 {
    height - edge - (value / most).clamp(0.0, 1.0) * (height - 2.0 * edge)
}

fn x(index: usize, count: usize, width: f64) -> f64 {
    if count < 2 { width / 2.0 } else { width * index as f64 / (count - 1) as f64 }
}

/// A gap lifts the pen; a point between two gaps is a dot.
fn path(points: &[Option<f64>], most: f64, width: f64, height: f64, edge: f64) -> String {
    let mut path = String::new();
    let mut pen_down = false;
    for (index, value) in points.iter().enumerate() {
        let Some(value) = finite(*value) else {
            pen_down = false;
            continue;
        };
        let (x, y) = (x(index, points.len(), width), place(value, most, height, edge));
        let alone = !pen_down && points.get(index + 1).is_none_or(|next| finite(*next).is_none());
        // Writing to a String does not fail.
        let _ = match (pen_down, alone) {
            (true, _) => write!(path, "L{x:.1} {y:.1}"),
            (false, false) => write!(path, "M{x:.1} {y:.1}"),
            (false, true) => write!(path, "M{x:.1} {y:.1}h.1"),
        };
        pen_down = true;
    }
    path
}

/// The surfaces below the line, one per run without a gap.
fn areas(points: &[Option<f64>], most: f64, width: f64, height: f64) -> Vec<String> {
    let mut areas = Vec::new();
    let mut run: Vec<(f64, f64)> = Vec::new();
    let ends = std::iter::once(None);
    for (index, value) in points.iter().copied().chain(ends).enumerate() {
        if let Some(value) = finite(value) {
            run.push((x(index, points.len(), width), place(value, most, height, 2.0)));
            continue;
        }
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            let mut area = format!("M{:.1} {height}", first.0);
            for (x, y) in &run {
                let _ = write!(area, "L{x:.1} {y:.1}");
            }
            let _ = write!(area, "L{:.1} {height}Z", last.0);
            areas.push(area);
        }
        run.clear();
    }
    areas
}
