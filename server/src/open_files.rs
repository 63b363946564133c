//! How many files and sockets this process may have open: a connection is one, and one of an app that is asked a model is two.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// As many as the system allows at most. What it allows at first is often 1,024, for programs that cannot count further.
pub(crate) fn allow_most() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit { current: limit.maximum, ..limit };
    if limit == most {
        return;
    }
    match setrlimit(Resource::Nofile, most) {
        Ok(()) => tracing::debug!(before = limit.current, now = most.current, "more files may be open"),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "no more than {} files and connections can be open. Set LimitNOFILE= or `ulimit -n` higher",
            limit.current.unwrap_or_default()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_allowed_are_allowed() {
        allow_most();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
