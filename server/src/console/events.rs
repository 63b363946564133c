//! `GET /events`: names what changed, as server-sent events. Ends when the process leaves, so that a deployment
//! never waits for it; browsers open it again where it is served then.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt};
use ops::Ops;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

pub(crate) async fn stream_events(
    State(ops): State<Ops>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let leaving = ops.lifecycle.leaving();
    let events = BroadcastStream::new(ops.events.subscribe()).map(|event| {
        let topic = match event {
            Ok(event) => event.topic.as_str(),
            // Too slow to follow: whatever the page shows may be old.
            Err(BroadcastStreamRecvError::Lagged(_)) => "requests",
        };
        Ok(Event::default().data(topic))
    });
    let events = events.take_until(leaving);
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}
