//! The drawing as pixels: drawn at four times its size and averaged to two, so that edges are smooth on any screen.

use std::sync::Once;

use plotters::backend::BitMapBackend;
use plotters::prelude::IntoDrawingArea;
use plotters::style::{FontStyle, register_font};

use super::draw::{FONT, HEADLINE, Style, draw as draw_on};
use super::palette::{Palette, Theme};
use super::{LineChart, Size};
use crate::error::{Error, Result};

/// Drawn pixels per shown one; the picture keeps two of them.
const SCALE: u32 = 4;
const KEPT: u32 = 2;

static REGULAR: &[u8] = include_bytes!("../../../../public/fonts/Inter-Regular.otf");
static MEDIUM: &[u8] = include_bytes!("../../../../public/fonts/Inter-Medium.otf");
static FONTS: Once = Once::new();

/// Plotters looks fonts up by name; without this, words cannot be drawn.
pub(super) fn register_fonts() {
    FONTS.call_once(|| {
        // Only a broken file is refused; the tests draw with both.
        let _ = register_font(FONT, FontStyle::Normal, REGULAR);
        let _ = register_font(HEADLINE, FontStyle::Normal, MEDIUM);
    });
}

pub(super) fn draw(chart: &LineChart, size: Size, theme: Theme) -> Result<Vec<u8>> {
    register_fonts();
    let (width, height) = (size.width * SCALE, size.height * SCALE);
    let mut pixels = vec![0_u8; (width * height * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        let scale = i32::try_from(SCALE).unwrap_or(4);
        draw_on(&area, chart, Style { palette: Palette::Fixed(theme), size, scale, framed: true })?;
        area.present().map_err(|error| Error::internal("drawing a chart", error.to_string()))?;
    }
    let factor = SCALE / KEPT;
    encode(
        &shrink(&pixels, width as usize, height as usize, factor as usize),
        width / factor,
        height / factor,
    )
}

/// Averages squares of `factor` times `factor` pixels.
fn shrink(pixels: &[u8], width: usize, height: usize, factor: usize) -> Vec<u8> {
    let (out_width, out_height) = (width / factor, height / factor);
    let mut out = Vec::with_capacity(out_width * out_height * 3);
    let count = u32::try_from(factor * factor).unwrap_or(1);
    for y in 0..out_height {
        for x in 0..out_width {
            for channel in 0..3 {
                let mut sum = 0;
                for row in 0..factor {
                    let start = ((y * factor + row) * width + x * factor) * 3 + channel;
                    sum += pixels[start..].iter().step_by(3).take(factor).map(|v| u32::from(*v)).sum::<u32>();
                }
                out.push(u8::try_from(sum / count).unwrap_or(u8::MAX));
            }
        }
    }
    out
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let failed = |error| Error::internal("encoding a chart", error);
    let mut out = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut out, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}
