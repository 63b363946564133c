//! The pages of `app` as routes: every one rendered whole, with the visitor in its context.

use app::shell::shell;
use app::visitor::{Flash, PagePath, Scripts, Theme, Visitor};
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::request::Parts;
use leptos::config::LeptosOptions;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use ops::Ops;

use crate::assets;

/// All page routes, and the server functions behind their forms.
pub(crate) fn routes(ops: &Ops) -> Router<Ops> {
    let options = options();
    let listing = generate_route_list(app::routes::Routes);
    let context = {
        let ops = ops.clone();
        move || provide_request_context(&ops)
    };
    let page = {
        let options = options.clone();
        move || shell(options.clone())
    };
    Router::new().leptos_routes_with_context(&options, listing, context, page).with_state(options)
}

/// One page, outside the routes: for a form whose answer is a page.
pub(crate) async fn render(ops: &Ops, request: Request) -> Response {
    let options = options();
    let context = {
        let ops = ops.clone();
        move || provide_request_context(&ops)
    };
    render_app_async_with_context(context, move || shell(options.clone()))(request).await
}

fn options() -> LeptosOptions {
    LeptosOptions::builder().output_name("holistic").build()
}

/// The facts that the session middleware found travel in the request's extensions.
fn provide_request_context(ops: &Ops) {
    provide_context(ops.clone());
    provide_context(if assets::islands_built() { Scripts::Built } else { Scripts::Missing });
    if let Some(parts) = use_context::<Parts>() {
        let extensions = parts.extensions;
        if let Some(fact) = extensions.get::<Visitor>().cloned() {
            provide_context(fact);
        }
        if let Some(fact) = extensions.get::<Flash>().cloned() {
            provide_context(fact);
        }
        if let Some(fact) = extensions.get::<Theme>().copied() {
            provide_context(fact);
        }
        if let Some(fact) = extensions.get::<PagePath>().cloned() {
            provide_context(fact);
        }
    }
}
