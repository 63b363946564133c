//! Server-sent events as they arrive: the data of one after the other, without a copy of each.

use std::ops::Range;

use super::{Failure, FailureKind};

pub(super) struct Events {
    response: reqwest::Response,
    unread: Unread,
}

impl Events {
    /// `longest`: no single event may have more bytes.
    pub(super) fn of(response: reqwest::Response, longest: usize) -> Self {
        Self { response, unread: Unread { longest, ..Unread::default() } }
    }

    /// Where the next event's data stands, for [`Events::data`]; `None`: the connection has ended in order. Given up half-way, it
    /// loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Range<usize>>, Failure> {
        loop {
            if let Some(data) = self.unread.next() {
                return Ok(Some(data));
            }
            let part = self.response.chunk().await.map_err(|_| Failure::new(FailureKind::CutOff))?;
            let Some(part) = part else { return Ok(None) };
            self.unread.add(&part)?;
        }
    }

    pub(super) fn data(&self, at: Range<usize>) -> &[u8] {
        &self.unread.bytes[at]
    }
}

#[derive(Default)]
struct Unread {
    bytes: Vec<u8>,
    /// What is before it has been read.
    from: usize,
    /// From `from` to here there is no end of a line.
    searched: usize,
    longest: usize,
}

impl Unread {
    fn add(&mut self, part: &[u8]) -> Result<(), Failure> {
        self.bytes.drain(..self.from);
        self.searched -= self.from;
        self.from = 0;
        if self.bytes.len() + part.len() > self.longest {
            return Err(Failure::new(FailureKind::BadReply));
        }
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// Events are one line here; comments and other fields say nothing to us.
    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let end = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n');
            let Some(end) = end.map(|end| self.searched + end) else {
                self.searched = self.bytes.len();
                return None;
            };
            let line = self.from..end;
            self.from = end + 1;
            self.searched = self.from;
            if let Some(data) = data(&self.bytes, line) {
                return Some(data);
            }
        }
    }
}

fn data(bytes: &[u8], line: Range<usize>) -> Option<Range<usize>> {
    let data = bytes[line.clone()].strip_prefix(b"data:")?;
    let start = line.end - data.trim_ascii_start().len();
    Some(start..start + data.trim_ascii().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(parts: &[&[u8]], longest: usize) -> Result<Vec<String>, FailureKind> {
        let mut unread = Unread { longest, ..Unread::default() };
        let mut all = Vec::new();
        for part in parts {
            unread.add(part).map_err(|failure| failure.kind)?;
            while let Some(at) = unread.next() {
                all.push(String::from_utf8(unread.bytes[at].to_vec()).unwrap());
            }
        }
        Ok(all)
    }

    #[test]
    fn only_data_counts() {
        let text = b": hello\r\nevent: x\r\ndata: {\"a\": 1}\r\n\r\ndata:[DONE]\n\ndata: unfinished";
        assert_eq!(read(&[text], 1_000), Ok(vec!["{\"a\": 1}".to_owned(), "[DONE]".to_owned()]));
        assert_eq!(
            read(&[b"data:\n".as_slice(), b"data:   \n"], 1_000),
            Ok(vec![String::new(), String::new()])
        );
        assert_eq!(
            read(&[b"data: 123456".as_slice(), b"7890"], 15),
            Err(FailureKind::BadReply),
            "an event without end"
        );
        assert!(read(&[b"data: 12345\n".as_slice(); 100], 15).is_ok(), "many are as long as they like");
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_events_are_the_same(
            events in prop::collection::vec("[a-z{}: \u{e4}]{0,12}", 0..8),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let text: String = events.iter().map(|event| format!("data: {event}\n\n: note\n")).collect();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let parts: Vec<&[u8]> = at.windows(2).map(|cut| &text.as_bytes()[cut[0]..cut[1]]).collect();
            let wanted: Vec<String> = events.iter().map(|event| event.trim_matches(' ').to_owned()).collect();
            prop_assert_eq!(read(&parts, 1_000), Ok(wanted));
        }
    }
}
