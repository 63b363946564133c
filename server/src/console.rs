//! The console behind its door: sessions, live events, and the pages of `app`.

pub(crate) mod door;
pub(crate) mod events;
pub(crate) mod pages;
pub(crate) mod session;
