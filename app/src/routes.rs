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
                <Route path=path!("/") view=pages::overview::Overview ssr=SsrMode::Async/>
                <Route path=path!("/agents") view=pages::agents::Agents ssr=SsrMode::Async/>
                <Route path=path!("/agents/:agent") view=pages::agent::AgentPage ssr=SsrMode::Async/>
                <Route path=path!("/health") view=pages::health::Health ssr=SsrMode::Async/>
                <Route path=path!("/requests") view=pages::requests::Requests ssr=SsrMode::Async/>
                <Route path=path!("/requests/:id") view=pages::request::Request ssr=SsrMode::Async/>
                <Route path=path!("/cost") view=pages::cost::Cost ssr=SsrMode::Async/>
                <Route path=path!("/cost/ledger") view=pages::ledger::Ledger ssr=SsrMode::Async/>
                <Route path=path!("/cost/caps") view=pages::caps::Caps ssr=SsrMode::Async/>
                <Route path=path!("/cost/prices") view=pages::prices::Prices ssr=SsrMode::Async/>
                <Route path=path!("/cost/reconciliation") view=pages::reconciliation::Reconciliation ssr=SsrMode::Async/>
                <Route path=path!("/cost/models") view=pages::models::Models ssr=SsrMode::Async/>
                <Route path=path!("/cost/caps/change") view=pages::cap::Cap ssr=SsrMode::Async/>
                <Route path=path!("/cost/limits") view=pages::limits::Limits ssr=SsrMode::Async/>
                <Route path=path!("/cost/limits/change") view=pages::limit::Limit ssr=SsrMode::Async/>
                <Route path=path!("/cost/policies") view=pages::policies::Policies ssr=SsrMode::Async/>
                <Route path=path!("/cost/policies/change") view=pages::policy::Policy ssr=SsrMode::Async/>
                <Route path=path!("/cost/shutoff") view=pages::shutoff::Shutoff ssr=SsrMode::Async/>
                <Route path=path!("/incidents") view=pages::incidents::Incidents ssr=SsrMode::Async/>
                <Route path=path!("/incidents/:id") view=pages::incident::Incident ssr=SsrMode::Async/>
                <Route path=path!("/alerts") view=pages::alerts::Alerts ssr=SsrMode::Async/>
                <Route path=path!("/releases") view=pages::releases::Releases ssr=SsrMode::Async/>
                <Route path=path!("/releases/rollback") view=pages::rollback::Rollback ssr=SsrMode::Async/>
                <Route path=path!("/people") view=pages::people::People ssr=SsrMode::Async/>
                <Route path=path!("/persons/:tenant/:id") view=pages::person::Person ssr=SsrMode::Async/>
                <Route path=path!("/audit") view=pages::audit::Audit ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=pages::sign_in::SignIn ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=pages::setup::Setup ssr=SsrMode::Async/>
            </RouterRoutes>
        </Router>
    }
}
