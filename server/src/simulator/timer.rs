//! When an answer leaves.

use tokio::time::{Instant, sleep_until};

use crate::pacer::Pacers;

#[derive(Clone)]
pub(super) enum Timer {
    /// To a millisecond or two; where tests stop time, it stops.
    Runtime,
    /// To some ten microseconds: whoever measures what a gateway adds must not measure our rounding.
    Exact(Pacers),
}

impl Timer {
    pub(super) async fn until(&self, due: Instant) {
        if let Self::Exact(pacers) = self
            && pacers.until(due.into_std()).await.is_ok()
        {
            return;
        }
        sleep_until(due).await;
    }
}
