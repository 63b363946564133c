//! What every request passes, outermost first.

pub(crate) mod aside;
pub(crate) mod etags;
pub(crate) mod idempotency;
pub(crate) mod request_log;
pub(crate) mod same_origin;
pub(crate) mod security_headers;
