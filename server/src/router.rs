//! Which request goes where: the agent APIs for apps, the operations API for machines, the console for people.

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use ops::Ops;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::api::Apis;
use crate::console::{door, events, keys, pages, session, twins};
use crate::middleware::{aside, etags, idempotency, request_log, same_origin, security_headers};
use crate::problem::Problem;
use crate::{api, assets};

/// # Errors
/// When the `OpenAPI` document cannot be written.
pub(crate) fn router(ops: &Ops) -> serde_json::Result<Router> {
    let Apis { people, agents, chat, operations, document } = api::apis();
    let once = || from_fn_with_state(ops.clone(), idempotency::answer_once);
    let people = people.layer(from_fn(etags::answer_if_changed)).layer(once()).layer(compression());
    let router = Router::new()
        .merge(people.layer(map_response(etags::name_coding)))
        .merge(agents.layer(once()).layer(compression()))
        .merge(chat.layer(compression()))
        .merge(not_for_apps(console(ops).merge(operations), ops))
        .merge(api::reference::routes(&document)?)
        .route("/pkg/{*name}", get(assets::package_file))
        .route("/api-reference.js", get(assets::reference_script))
        .route("/icon.svg", get(assets::icon))
        .fallback(no_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(|_| Problem::panicked().into_response()))
        .layer(from_fn_with_state(ops.clone(), security_headers::add_security_headers))
        .layer(from_fn_with_state(ops.clone(), request_log::log_request))
        .with_state(ops.clone());
    Ok(router)
}

/// Answers on the console's threads, compressed there.
fn not_for_apps(router: Router<Ops>, ops: &Ops) -> Router<Ops> {
    router.layer(compression()).layer(from_fn_with_state(ops.clone(), aside::answer_aside))
}

/// Everything that lives by a session cookie. Foreign writes are refused before anything is read.
fn console(ops: &Ops) -> Router<Ops> {
    Router::new()
        .merge(pages::routes(ops))
        .route("/events", get(events::stream_events))
        .route("/sign-in", post(door::sign_in))
        .route("/setup", post(door::complete_setup))
        .route("/sign-out", post(door::sign_out))
        .route("/theme", post(door::choose_theme))
        .route("/people", post(keys::create_key))
        .layer(from_fn_with_state(ops.clone(), twins::serve_twin))
        .layer(from_fn_with_state(ops.clone(), session::load_visitor))
        .layer(from_fn(same_origin::refuse_foreign_writes))
}

async fn no_route() -> Response {
    Problem::no_route().into_response()
}

async fn wrong_method() -> Response {
    Problem::wrong_method().into_response()
}

/// In the extensions of a response that must leave at once.
#[derive(Clone, Copy)]
pub(crate) struct NotCompressed;

fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(worth_compressing())
}

/// Event streams must not wait for a compressor's buffer; small answers gain nothing.
fn worth_compressing() -> impl Predicate {
    SizeAbove::new(1024)
        .and(NotForContentType::new("text/event-stream"))
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::new("application/wasm"))
        .and(|_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
            extensions.get::<NotCompressed>().is_none()
        })
}
