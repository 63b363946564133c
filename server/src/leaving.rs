//! How a process that serves ends: drained, or after another one took over.

use std::time::Duration;

use ops::Ops;
use ops::lifecycle::Phase;

use crate::handover::Successor;
use crate::manager;
use crate::serving::{Course, Front};
use crate::signals::Signals;

/// For words that answers under way still have to say, after they were told to end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How it went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Everything was answered.
    Whole,
    /// So many requests were ended before they were answered.
    Cut(usize),
    /// Who was to take over is gone: this process is still the service. `asked`: somebody wanted it to stop meanwhile.
    Alone { why: String, asked: bool },
}

/// Says that it stops, goes on accepting for a while, finishes what is under way. A second signal ends it at once.
pub(crate) async fn drain(ops: &Ops, front: &Front, signals: &mut Signals) -> Left {
    let accepting = Duration::from_secs(ops.config.server.drain_seconds);
    manager::stopping();
    ops.lifecycle.set_phase(Phase::Draining);
    front.set_course(Course::Retire);
    tracing::info!(
        accepting_seconds = accepting.as_secs(),
        connections = front.connections(),
        "stopping: /readyz says so, requests are answered; a second signal ends at once"
    );
    tokio::select! {
        () = tokio::time::sleep(accepting) => {}
        () = signals.stop() => return cut(ops, front).await,
    }
    front.set_course(Course::Leave);
    tokio::select! {
        () = front.empty() => Left::Whole,
        () = tokio::time::sleep(patience(ops)) => cut(ops, front).await,
        () = signals.stop() => cut(ops, front).await,
    }
}

/// The successor serves: accepts no more, passes every connection on as soon as nothing is under way on it.
pub(crate) async fn hand_over(
    ops: &Ops,
    front: &Front,
    successor: &mut Successor,
    signals: &mut Signals,
) -> Left {
    ops.lifecycle.set_duty(false);
    front.set_course(Course::PassOn(successor.passage()));
    successor.take_over().await;
    manager::ready("another process takes over");
    tracing::info!(
        connections = front.connections(),
        "the new process serves: nothing more is accepted here, and connections go along"
    );
    // Live streams end, and are opened again where they are served from now on.
    ops.lifecycle.set_phase(Phase::HandedOver);
    let late = tokio::time::sleep(patience(ops));
    tokio::pin!(late);
    let mut asked = false;
    loop {
        tokio::select! {
            biased;
            gone = successor.ended() => {
                serve_again(ops, front);
                return Left::Alone { why: gone.to_string(), asked };
            }
            () = front.empty() => {
                // Only now: a service manager would take the end of its main process for the end of the service.
                manager::handed_over(successor.pid());
                // Nor may the listener stay open here: the successor may stop before this process has written everything down.
                front.set_course(Course::Leave);
                return Left::Whole;
            }
            () = &mut late => {
                manager::handed_over(successor.pid());
                return cut(ops, front).await;
            }
            () = signals.stop() => {
                // A service manager that stops all its processes means the service: what is under way is finished all the same.
                if std::mem::replace(&mut asked, true) {
                    manager::handed_over(successor.pid());
                    return cut(ops, front).await;
                }
                tracing::info!("finishing what is under way; another signal ends at once");
            }
        }
    }
}

fn serve_again(ops: &Ops, front: &Front) {
    front.set_course(Course::Serve);
    ops.lifecycle.set_phase(Phase::Serving);
    ops.lifecycle.set_duty(true);
}

fn patience(ops: &Ops) -> Duration {
    Duration::from_secs(ops.config.server.stop_seconds)
}

/// Names what is under way, tells it to end, and closes what does not.
async fn cut(ops: &Ops, front: &Front) -> Left {
    let under_way = ops.lifecycle.under_way();
    for one in &under_way {
        tracing::warn!(
            request.id = one.request_id,
            request = one.what,
            seconds = one.age().as_secs(),
            "ended before it was answered"
        );
    }
    // Streams of models end with a word, and are booked.
    ops.jobs.stopping().cancel();
    front.set_course(Course::Leave);
    if tokio::time::timeout(LAST_WORDS, front.empty()).await.is_err() {
        front.set_course(Course::Cut);
        let _ = tokio::time::timeout(LAST_WORDS, front.empty()).await;
    }
    Left::Cut(under_way.len())
}
