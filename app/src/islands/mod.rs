//! The only code that reaches the browser. Without it every page still works; with it, pages stay current.

pub mod live;

pub use live::Live;
