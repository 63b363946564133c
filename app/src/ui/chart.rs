//! A chart in a page: one drawing for a desk and one for a phone, of which the style sheet shows the one that fits.

use leptos::prelude::*;
use ops::charts::{LineChart, Size};

/// The words of a drawing scaled to a third cannot be read; so a phone gets its own.
pub fn figure(chart: &LineChart) -> ops::Result<AnyView> {
    let (wide, narrow) = (chart.svg(Size::WIDE)?, chart.svg(Size::NARROW)?);
    Ok(view! {
        <figure class="body wide" inner_html=wide></figure>
        <figure class="body narrow" inner_html=narrow></figure>
    }
    .into_any())
}
