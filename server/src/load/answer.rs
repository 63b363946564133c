//! HTTP/1.1 answers, read as they come in: status, where the body begins and ends, whether the connection lasts.
//!
//! Does not do I/O, and keeps the body only when told to: most answers are counted, not read.

use httparse::{EMPTY_HEADER, Status};

/// Headers of an answer; more are an error.
const HEADERS: usize = 64;
/// Bytes of a body that is kept; a longer one is an error.
const KEPT: usize = 8 << 20;

/// One answer under way.
#[derive(Debug)]
pub(super) struct Answer {
    part: Part,
    /// Zero until the head is there.
    pub(super) status: u16,
    /// Sent piece by piece, as streams are.
    pub(super) chunked: bool,
    /// Whether the connection may be used again.
    pub(super) keep_alive: bool,
    /// A byte of the body has come.
    pub(super) body_begun: bool,
    /// The body, when it is kept.
    pub(super) body: Option<Vec<u8>>,
    head_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    /// So many bytes are to come.
    Length(u64),
    ChunkSize,
    /// So many bytes of this chunk are to come.
    Chunk(u64),
    ChunkEnd,
    Trailer,
    UntilClose,
    Done,
}

/// It is not HTTP/1.1, or more of it than is read here.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an HTTP answer: {0}")]
pub(super) struct NotAnAnswer(&'static str);

impl NotAnAnswer {
    /// Its head, or the size of a chunk, does not fit into the buffer.
    pub(super) const TOO_LONG: Self = Self("its head is too long");
}

impl Answer {
    /// `head_only`: it answers HEAD. `keep`: its body will be read.
    pub(super) fn new(head_only: bool, keep: bool) -> Self {
        Self {
            part: Part::Head,
            status: 0,
            chunked: false,
            keep_alive: true,
            body_begun: false,
            body: keep.then(Vec::new),
            head_only,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.part == Part::Done
    }

    /// The other side has closed: the end of a body without length, else too early.
    pub(super) fn closed(&mut self) -> Result<(), NotAnAnswer> {
        match self.part {
            Part::UntilClose | Part::Done => {
                self.part = Part::Done;
                Ok(())
            }
            _ => Err(NotAnAnswer("it breaks off")),
        }
    }

    /// Takes what it can from the beginning of `bytes` and says how many they were; the rest is to be offered again
    /// with what follows it.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, NotAnAnswer> {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let step = match self.part {
                Part::Done => return Ok(taken),
                Part::Head => self.head(rest)?,
                Part::ChunkSize => self.chunk_size(rest)?,
                Part::ChunkEnd => self.line(rest, Part::ChunkSize)?,
                Part::Trailer => self.trailer(rest),
                Part::Length(left) => {
                    let (step, left) = self.content(rest, left)?;
                    self.part = if left == 0 { Part::Done } else { Part::Length(left) };
                    step
                }
                Part::Chunk(left) => {
                    let (step, left) = self.content(rest, left)?;
                    self.part = if left == 0 { Part::ChunkEnd } else { Part::Chunk(left) };
                    step
                }
                Part::UntilClose => self.content(rest, u64::MAX)?.0,
            };
            // Part and bytes stay as they are: more is needed.
            if step == 0 && !self.is_done() {
                return Ok(taken);
            }
            taken += step;
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Result<usize, NotAnAnswer> {
        let mut headers = [EMPTY_HEADER; HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let Status::Complete(length) = head.parse(bytes).map_err(|_| NotAnAnswer("its head"))? else {
            return Ok(0);
        };
        self.status = head.code.unwrap_or_default();
        if (100..200).contains(&self.status) {
            return Ok(length);
        }
        self.keep_alive = head.version == Some(1);
        let mut content_length = None;
        for header in head.headers.iter() {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is("content-length") {
                let text = std::str::from_utf8(header.value).ok();
                let value = text.and_then(|text| text.trim().parse().ok());
                content_length = Some(value.ok_or(NotAnAnswer("its length"))?);
            } else if is("transfer-encoding") {
                self.chunked |= header.value.to_ascii_lowercase().ends_with(b"chunked");
            } else if is("connection") {
                self.keep_alive &= !header.value.eq_ignore_ascii_case(b"close");
            }
        }
        self.part = match content_length {
            _ if self.head_only || matches!(self.status, 204 | 304) => Part::Done,
            _ if self.chunked => Part::ChunkSize,
            Some(0) => Part::Done,
            Some(length) => Part::Length(length),
            None => {
                self.keep_alive = false;
                Part::UntilClose
            }
        };
        Ok(length)
    }

    fn chunk_size(&mut self, bytes: &[u8]) -> Result<usize, NotAnAnswer> {
        match httparse::parse_chunk_size(bytes).map_err(|_| NotAnAnswer("the size of a chunk"))? {
            Status::Partial => Ok(0),
            Status::Complete((step, size)) => {
                self.part = if size == 0 { Part::Trailer } else { Part::Chunk(size) };
                Ok(step)
            }
        }
    }

    /// An empty line.
    fn line(&mut self, bytes: &[u8], next: Part) -> Result<usize, NotAnAnswer> {
        match bytes {
            [] | [b'\r'] => Ok(0),
            [b'\r', b'\n', ..] => {
                self.part = next;
                Ok(2)
            }
            _ => Err(NotAnAnswer("the end of a chunk")),
        }
    }

    fn trailer(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else { return 0 };
        if end == 0 {
            self.part = Part::Done;
        }
        end + 2
    }

    /// Bytes of the body that are there, of `left`; how many they are, and how many remain.
    fn content(&mut self, bytes: &[u8], left: u64) -> Result<(usize, u64), NotAnAnswer> {
        let step = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.body_begun |= step > 0;
        if let Some(body) = &mut self.body {
            if body.len() + step > KEPT {
                return Err(NotAnAnswer("it is too long to be read"));
            }
            body.extend_from_slice(&bytes[..step]);
        }
        Ok((step, left - step as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads `text` cut at these places, as a connection does: what was not taken comes again.
    fn read(text: &[u8], cuts: &[usize], head_only: bool) -> Result<(Answer, usize), NotAnAnswer> {
        let mut answer = Answer::new(head_only, true);
        let mut from = 0;
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
        ends.push(text.len());
        ends.sort_unstable();
        for end in ends {
            from += answer.take(&text[from..end.max(from)])?;
        }
        Ok((answer, from))
    }

    const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP";
    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
        2;x=1\r\nhe\r\n3\r\nllo\r\n0\r\nx-after: 1\r\n\r\nHTTP";
    const CONTINUED: &[u8] =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\ncontent-length: 5\r\nconnection: Close\r\n\r\nhello";
    const OLD: &[u8] = b"HTTP/1.0 200 OK\r\n\r\nhello";

    proptest! {
        #[test]
        fn however_it_is_cut_it_reads_the_same(cuts in prop::collection::vec(0_usize..200, 0..6), which in 0_usize..4) {
            let (text, status, after) = [(WHOLE, 200, 4), (CHUNKED, 200, 4), (CONTINUED, 503, 0), (OLD, 200, 0)][which];
            let (mut answer, taken) = read(text, &cuts, false).unwrap();
            prop_assert_eq!(answer.status, status);
            prop_assert_eq!(answer.body.as_deref(), Some(b"hello".as_slice()));
            prop_assert_eq!(text.len() - taken, after);
            prop_assert_eq!(answer.is_done(), text != OLD);
            prop_assert_eq!(answer.closed(), Ok(()));
            prop_assert_eq!(answer.keep_alive, which < 2);
            prop_assert_eq!(answer.chunked, text == CHUNKED);
        }

        #[test]
        fn garbage_never_panics(text in prop::collection::vec(any::<u8>(), 0..80), head in prop::sample::select(vec![
            "", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        ])) {
            let text = [head.as_bytes(), &text].concat();
            let _ = read(&text, &[10, 30], false);
        }
    }

    #[test]
    fn answers_without_a_body_end_with_their_head() {
        for (text, head_only) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", true),
            ("HTTP/1.1 204 No Content\r\n\r\n", false),
            ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", false),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false),
        ] {
            let (answer, _) = read(text.as_bytes(), &[], head_only).unwrap();
            assert!(answer.is_done() && answer.keep_alive && !answer.body_begun, "{text}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_none() {
        for end in 1..WHOLE.len() - 4 {
            let (mut answer, _) = read(&WHOLE[..end], &[], false).unwrap();
            assert_eq!(answer.closed(), Err(NotAnAnswer("it breaks off")), "after {end} bytes");
        }
        assert!(read(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", &[], false).is_err());
        assert!(read(b"SSH-2.0-x\r\n", &[], false).is_err());
    }
}
