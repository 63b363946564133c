//! Which threads do what: apps are answered on some, the console and background tasks have one of their own, so that nobody who looks
//! on, and nothing that is written down, makes an app wait.

use std::io;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// Tokio's own name for it, so that it is found where one looks for it.
const CHOSEN: &str = "TOKIO_WORKER_THREADS";

pub(crate) struct Threads {
    pub(crate) answers: Runtime,
    pub(crate) console: Runtime,
}

impl Threads {
    pub(crate) fn start() -> io::Result<Self> {
        let mut answers = Builder::new_multi_thread();
        if std::env::var_os(CHOSEN).is_none() {
            answers.worker_threads(answering(available_parallelism().map_or(1, usize::from)));
        }
        Ok(Self {
            answers: answers.thread_name("answers").enable_all().build()?,
            console: Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("console")
                .enable_all()
                .build()?,
        })
    }
}

/// One processor is left to the console, the store and the kernel. On two, a request so never moves between processors, which
/// takes longer than most of what is done for it (docs/benchmarks.md).
fn answering(processors: usize) -> usize {
    processors.saturating_sub(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_processor_is_left_to_others_where_there_are_more() {
        assert_eq!([1, 2, 4, 16].map(answering), [1, 1, 3, 15]);
    }
}
