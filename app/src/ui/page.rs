//! One way to make a page: load once, render whole, with the right status code.
//!
//! A page is one future. It awaits the services, returns its view or an error, and the frame is drawn around either.

use std::future::Future;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;
use ops::{Error, Ops};

use crate::ui::frame::{Frame, FrameData, Place};
use crate::visitor;

/// A page of the console, for the person signed in. `topics` are the event topics that make it stale.
pub fn console_page<V, F>(
    place: Place,
    title: impl Into<String>,
    topics: &'static str,
    load: impl FnOnce(Ops, ops::access::Person) -> F + Send + 'static,
) -> impl IntoView
where
    V: IntoView + 'static,
    F: Future<Output = ops::Result<V>> + Send + 'static,
{
    let ops = visitor::ops();
    let person = visitor::person();
    let title = title.into();
    let response = use_context::<ResponseOptions>();
    view! {
        <Suspense fallback=|| ()>
            {Suspend::new(async move {
                let person = match person {
                    Ok(person) => person,
                    Err(error) => return Failure { error }.into_any(),
                };
                let frame = FrameData::load(&ops, &person, place).await;
                let body = match load(ops, person).await {
                    Ok(view) => view.into_any(),
                    Err(error) => {
                        if let Some(response) = response {
                            response.set_status(status_of(&error));
                        }
                        Failure { error }.into_any()
                    }
                };
                view! {
                    <Title text=format!("{title} · HolisticOS")/>
                    <Frame data=frame topics=topics>{body}</Frame>
                }
                .into_any()
            })}
        </Suspense>
    }
}

/// The status of an error on a page. The JSON API has its own, finer mapping.
fn status_of(error: &Error) -> http::StatusCode {
    match error {
        Error::Invalid(_) => http::StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotFound { .. } => http::StatusCode::NOT_FOUND,
        Error::Unauthenticated(_) => http::StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => http::StatusCode::FORBIDDEN,
        Error::Conflict(_) => http::StatusCode::CONFLICT,
        Error::TooMany { .. } => http::StatusCode::TOO_MANY_REQUESTS,
        _ => http::StatusCode::INTERNAL_SERVER_ERROR,
    }
}

struct Failure {
    error: Error,
}

impl Failure {
    /// What happened, what was not lost, what to do.
    fn into_any(self) -> AnyView {
        let (heading, text) = match &self.error {
            Error::NotFound { what } => (
                "Nothing here".to_owned(),
                format!("There is no {what} with this id. It may have aged out, or the link is cut short."),
            ),
            Error::Forbidden { needs } => (
                "Not allowed".to_owned(),
                format!(
                    "This needs {needs}. Nothing was changed. An admin can change your role under People & keys."
                ),
            ),
            Error::Unauthenticated(why) => ("Signed out".to_owned(), (*why).to_owned()),
            error => {
                tracing::error!(error = error as &dyn std::error::Error, "a page failed");
                (
                    "This page could not be made".to_owned(),
                    format!(
                        "{error}. Nothing was changed or lost. Reload in a moment; if it stays, look at the Health page and the log."
                    ),
                )
            }
        };
        view! {
            <section class="verdict bad" role="alert">
                <div>
                    <h1>{heading}</h1>
                    <p>{text}</p>
                </div>
            </section>
        }
        .into_any()
    }
}
