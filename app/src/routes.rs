//! Which page answers which path. Every route renders whole on the server, so every page works without JavaScript.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{Route, Router, Routes as RouterRoutes};
use leptos_router::{SsrMode, path};

use crate::pages;

#[component]
pub fn Routes() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <RouterRoutes fallback=pages::missing::Missing>
                <Route path=path!("/sign-in") view=pages::sign_in::SignIn ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=pages::setup::Setup ssr=SsrMode::Async/>
            </RouterRoutes>
        </Router>
    }
}
