//! Everything the service does, by area. No HTTP, no HTML: API handlers, pages, background tasks and the
//! command line all call the same methods of [`Ops`].
//!
//! An area is a folder with its service (`impl Ops`), its own `store.rs` (the only place of its SQL) and its tests.

pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod events;
pub mod jobs;
pub mod lifecycle;
pub mod page;

pub mod access;
pub mod agent_quality;
pub mod alerts;
pub mod answers;
pub mod charts;
pub mod cost;
pub mod demo;
pub mod deployments;
pub mod gateway;
pub mod health;
pub mod idempotency;
pub mod incidents;
pub mod insights;
pub mod memory;
pub mod notify;
pub mod overview;
pub mod people;
pub mod privacy;
pub mod releases;
mod settings;
pub mod support;
pub mod telemetry;
pub mod workflows;

mod handle;
#[doc(hidden)]
pub mod testing;

pub use clock::Clock;
pub use config::Config;
pub use db::Db;
pub use error::{Error, Result};
pub use handle::Ops;
