//! Our time and the models' time are told apart, whatever is merged with what.

use super::*;
use crate::telemetry::RequestEvent;

/// `duration` and `provider` in milliseconds.
fn timed(ops: &Ops, duration: u64, provider: u64) -> RequestEvent {
    RequestEvent { provider_us: provider * 1_000, ..event(ops, Some(Agent::Routine), 200, duration) }
}

fn near(us: Option<u64>, wanted_ms: u64) -> bool {
    us.is_some_and(|us| us.abs_diff(wanted_ms * 1_000) * 100 <= wanted_ms * 1_000)
}

#[tokio::test]
async fn own_time_is_that_of_all_and_provider_time_of_those_that_asked() {
    let ops = ops().await;
    // One key of a bucket, with and without a model's time, in two ten-second slices that a minute merges.
    for (duration, provider) in [(1_000, 980), (2_000, 1_950), (7, 0), (9, 0)] {
        ops.record(timed(&ops, duration, provider));
        ops.clock.advance(SECOND * 10);
    }
    let check = async |ops: &Ops| {
        let it = ops.summary(last(ops, HOUR), &Filter::default()).await.unwrap();
        // 7, 9, 20 and 50 ms were ours.
        assert!(near(it.own_p50_us, 9) && near(it.own_p99_us, 50), "{it:?}");
        assert!(near(it.provider_p50_us, 980) && near(it.provider_p99_us, 1_950), "{it:?}");
        assert!(near(it.p99_us, 2_000), "{it:?}");
    };
    check(&ops).await;
    ops.flush_telemetry().await.unwrap();
    check(&ops).await;
    ops.clock.advance(MINUTE * 2);
    ops.flush_telemetry().await.unwrap();
    check(&restarted(&ops).await).await;
    let stored = ops.requests(&RequestFilter::default()).await.unwrap();
    let mut waited = Vec::new();
    for row in stored {
        waited.push(ops.request(&row.id).await.unwrap().unwrap().provider_us);
    }
    assert_eq!(waited, [0, 0, 1_950_000, 980_000]);
}

#[tokio::test]
async fn without_a_model_all_time_is_ours() {
    let ops = ops().await;
    ops.record(timed(&ops, 12, 0));
    ops.clock.advance(MINUTE * 2);
    ops.flush_telemetry().await.unwrap();
    let it = restarted(&ops).await.summary(last(&ops, HOUR), &Filter::default()).await.unwrap();
    assert_eq!((it.own_p99_us, it.provider_p99_us), (it.p99_us, None));
    assert!(near(it.p99_us, 12), "{it:?}");
}
