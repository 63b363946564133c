//! The drawing as text in a page: colours and font are the page's, the words are words.

use std::fmt::Write as _;

use plotters::backend::SVGBackend;
use plotters::prelude::IntoDrawingArea;

use super::draw::{FONT, HEADLINE, Style, draw as draw_on};
use super::palette::{Paint, Palette};
use super::{LineChart, Size};
use crate::error::{Error, Result};

/// Quarters of a pixel: smooth enough, and short.
const SCALE: u32 = 4;

pub(super) fn draw(chart: &LineChart, size: Size) -> Result<String> {
    super::png::register_fonts();
    let (width, height) = (size.width * SCALE, size.height * SCALE);
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, (width, height)).into_drawing_area();
        let scale = i32::try_from(SCALE).unwrap_or(4);
        draw_on(&area, chart, Style { palette: Palette::Placeholders, size, scale, framed: false })?;
        area.present().map_err(|error| Error::internal("drawing a chart", error.to_string()))?;
    }
    let inside = drawn.split_once('>').map_or("", |(_, inside)| inside);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\">"
    );
    // Writing to a String does not fail.
    let _ =
        write!(svg, "<title>{}</title><desc>{}</desc>", escaped(&chart.title), escaped(&chart.description()));
    svg.push_str(&themed(inside));
    Ok(svg)
}

/// Placeholders become variables, and what says nothing is left out.
fn themed(drawn: &str) -> String {
    let mut text =
        drawn.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "").replace(" \"/>", "\"/>");
    for paint in Paint::ALL {
        let color = Palette::Placeholders.color(paint);
        text = text.replace(&format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2), paint.variable());
    }
    for font in [HEADLINE, FONT] {
        text = text.replace(&format!(" font-family=\"{font}\""), "");
    }
    text.replace(['\n'], "")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
