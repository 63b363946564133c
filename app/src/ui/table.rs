//! A table that scrolls sideways by itself, so that the page never does.

use leptos::prelude::*;

/// `label` is what a screen reader calls it; a heading that begins with `#` is of numbers. A row is its cells.
pub fn table(label: &'static str, headings: &'static [&'static str], rows: Vec<AnyView>) -> AnyView {
    let heading = |text: &&'static str| match text.strip_prefix('#') {
        Some(number) => view! { <th scope="col" class="n">{number}</th> }.into_any(),
        None => view! { <th scope="col">{*text}</th> }.into_any(),
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table>
                <thead><tr>{headings.iter().map(heading).collect_view()}</tr></thead>
                <tbody>{rows.into_iter().map(|row| view! { <tr>{row}</tr> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
