//! Rules over stored telemetry and health: pending, firing, resolved; every transition a row.

impl crate::Ops {
    pub(crate) fn start_alert_jobs(&self) {}
}
