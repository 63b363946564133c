//! What a person sees: pages rendered on the server, actions that work without JavaScript, and the few islands
//! that reach the browser.
//!
//! Everything but the islands is compiled for the server only, so the WASM holds no page.

#![cfg_attr(
    feature = "ssr",
    expect(clippy::needless_pass_by_value, reason = "leptos passes the properties of components by value")
)]

pub mod islands;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod ui;
#[cfg(feature = "ssr")]
pub mod visitor;

/// Called by the page's script once the WASM is there: brings the islands to life.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
