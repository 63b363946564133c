//! A titled region of a page, and the empty state that teaches.

use leptos::prelude::*;

/// A panel. With an `id` it is kept current by the live island.
#[component]
pub fn Panel(
    #[prop(into)] title: String,
    #[prop(into, optional)] id: Option<String>,
    /// To the right of the title: a legend, a link to the CSV twin.
    #[prop(into, optional)]
    aside: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let live = id.is_some();
    let heading = id.as_ref().map(|id| format!("{id}-title"));
    let labelled_by = heading.clone();
    view! {
        <section class="panel" id=id aria-labelledby=labelled_by data-live=live.then_some("")>
            <header>
                <h2 id=heading>{title}</h2>
                {aside}
            </header>
            {children()}
        </section>
    }
}

/// What would be here, and how to get it.
#[component]
pub fn Empty(#[prop(into)] title: String, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="strong">{title}</p>
            <div>{children()}</div>
        </div>
    }
}
