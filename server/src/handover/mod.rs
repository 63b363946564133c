//! One process takes over from another on the same listening socket: an upgrade in place.
//!
//! The running process starts the binary anew with its listener and one end of a pair of sockets, in systemd's convention
//! (`LISTEN_FDS`). Over the pair they tell each other, one message each:
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
mod program;
mod successor;
mod wire;

pub(crate) use passage::Passage;
pub(crate) use predecessor::{Inherited, Predecessor, Said};
pub(crate) use program::Program;
pub(crate) use successor::{Refusal, Successor, second_handle};

const BEGUN: u8 = b'B';
const READY: u8 = b'R';
const DUTY: u8 = b'D';
const CONNECTION: u8 = b'C';
const END: u8 = b'E';

/// Of one message: what a client sent before its connection was passed on, and a word before it.
const MOST: usize = 64 << 10;

/// Both ends of a way, in one process.
#[cfg(test)]
pub(crate) fn pair() -> (std::sync::Arc<Passage>, Predecessor) {
    let (old, new) = wire::pair().unwrap();
    let [old, new] = [old, new].map(|end| wire::Wire::new(end).unwrap());
    (std::sync::Arc::new(Passage::new(old)), Predecessor::of(new))
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use tokio::net::{TcpListener, TcpStream};

    use super::{Said, pair};

    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[tokio::test]
    async fn who_is_gone_is_noticed_after_what_it_had_said() {
        let (passage, predecessor) = pair();
        let (_client, served) = connection().await;
        // A word that the other never hears: the kernel then tells this end of a reset first.
        predecessor.ready().await;
        passage.pass(&served, b"GET").await.unwrap();
        drop(passage);
        let Some(Said::Connection(_, begun)) = predecessor.said().await else { panic!("it was passed") };
        assert_eq!(begun, "GET");
        assert!(predecessor.said().await.is_none());
    }

    #[tokio::test]
    async fn who_takes_no_more_still_hears_what_was_passed() {
        let (passage, predecessor) = pair();
        let (_client, served) = connection().await;
        passage.pass(&served, b"").await.unwrap();
        predecessor.refuse();
        assert!(passage.pass(&served, b"").await.is_err() && !passage.works(), "the old process keeps it");
        let Some(Said::Connection(socket, _)) = predecessor.said().await else { panic!("it was passed") };
        let _: OwnedFd = socket;
        assert!(predecessor.said().await.is_none());
        assert_eq!(passage.passed(), 1);
    }
}
