//! Links to a table's twins, at the page's own address: what filters the page filters them.

use leptos::prelude::*;

use crate::visitor::PagePath;

/// `table` is the name the server knows it by, `title` what a screen reader calls it.
pub fn twins(table: &'static str, title: &str) -> AnyView {
    let page = use_context::<PagePath>().map_or_else(|| "/".to_owned(), |path| path.0);
    let join = if page.contains('?') { '&' } else { '?' };
    let link = move |format: &str, word: &'static str| {
        let href = format!("{page}{join}table={table}&format={format}");
        view! { <a href=href aria-label=format!("{title} as {word}")>{word}</a> }
    };
    view! { <small class="twins">{link("csv", "CSV")} " · " {link("json", "JSON")}</small> }.into_any()
}
