//! The parts that every page is made of.

pub mod chart;
pub mod figures;
pub mod forms;
pub mod frame;
pub mod page;
pub mod panel;
pub mod state;
pub mod table;
pub mod time;
pub mod twins;
