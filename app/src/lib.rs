

use leptos::prelude::*;

/// Placeholder.
#[island]
pub fn Counter(start: i32) -> impl IntoView {
    let count = RwSignal::new(start);
    view! { <button on:click=move |_| count.update(|n| *n += 1)>"Count " {count}</button> }
}

/// Start.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
