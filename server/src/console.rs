//! The console behind its door: sessions, live events, and the pages of `app`.

mod csv;
pub(crate) mod door;
pub(crate) mod events;
pub(crate) mod keys;
pub(crate) mod pages;
pub(crate) mod session;
pub(crate) mod twins;

#[cfg(test)]
mod tests;
