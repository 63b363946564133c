//! One process takes over from another on the same listening socket: an upgrade in place.
//!
//! The running process starts the binary anew with its listener and one end of a pair of sockets, in systemd's convention
//! (`LISTEN_FDS`). Over the pair they tell each other, one datagram each:
//!
//! | who | what | when |
//! |---|---|---|
//! | old | `B` and what was begun | at once |
//! | new | `R` | it serves |
//! | old | `D` | it no longer accepts, and duties are the new one's |
//! | old | `C`, what was read already, and the socket | for each connection without a request |
//! | old | `E` | it has written everything down and ends |

mod passage;
mod predecessor;
mod successor;

pub(crate) use passage::Passage;
pub(crate) use predecessor::{Inherited, Predecessor, Said};
pub(crate) use successor::{Program, Refusal, Successor, second_handle};

const BEGUN: u8 = b'B';
const READY: u8 = b'R';
const DUTY: u8 = b'D';
const CONNECTION: u8 = b'C';
const END: u8 = b'E';

/// Of one datagram: what a client sent before its connection was passed on, and a word before it.
const MOST: usize = 64 << 10;

/// Both ends of a way, in one process.
#[cfg(test)]
pub(crate) fn pair() -> (std::sync::Arc<Passage>, Predecessor) {
    let (old, new) = tokio::net::UnixDatagram::pair().unwrap();
    (std::sync::Arc::new(Passage::new(old)), Predecessor::of(new))
}
