//! What changed, told to whoever watches: pages over server-sent events, tasks that wait for work.
//!
//! An event names a topic and an id, never content: a watcher fetches what it may see.

use serde::Serialize;
use tokio::sync::broadcast;

/// A slow watcher loses the oldest events and refetches everything; nobody waits for it.
const CAPACITY: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// New requests are in the store (at most once a second).
    Requests,
    Health,
    Alerts,
    Incidents,
    Deliveries,
    Releases,
    Shutoff,
    Caps,
    Limits,
    Access,
    Deployments,
}

impl Topic {
    /// The word that watchers see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Health => "health",
            Self::Alerts => "alerts",
            Self::Incidents => "incidents",
            Self::Deliveries => "deliveries",
            Self::Releases => "releases",
            Self::Shutoff => "shutoff",
            Self::Caps => "caps",
            Self::Limits => "limits",
            Self::Access => "access",
            Self::Deployments => "deployments",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Event {
    pub topic: Topic,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

pub struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(CAPACITY).0)
    }

    pub fn publish(&self, topic: Topic, id: Option<String>) {
        // Nobody watching is not a fault.
        let _ = self.0.send(Event { topic, id });
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
