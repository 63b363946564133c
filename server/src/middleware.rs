//! What every request passes, outermost first.

pub(crate) mod aside;
mod held;
pub(crate) mod request_log;
pub(crate) mod same_origin;
pub(crate) mod security_headers;
