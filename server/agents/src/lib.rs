//! The six agents: planners that need no model, the validators that judge planners and models alike,
//! and the orchestrator that runs them as one workflow.
//!
//! Planners are pure: evidence in, answer out, no I/O, no clock, no randomness.
//! The same evidence gives the same answer, to the byte.

pub mod data_quality;
pub mod evidence;
pub mod features;
pub mod statistics;

pub mod behavior;
pub mod circadian;
pub mod insights;
pub mod memory;

mod journal;

pub mod nutrition;
pub mod orchestrator;
pub mod routine;

pub mod model;
pub mod quality;
pub mod version;
pub mod violation;

mod draw;
mod wording;
