//! Server-sent events as they arrive: the data of one after the other, without a copy of each.

use std::ops::Range;

use super::{Failure, FailureKind};

pub(super) struct Events {
    response: reqwest::Response,
    unread: Vec<u8>,
    /// What is before it has been read.
    from: usize,
    /// No single event may be longer.
    longest: usize,
}

impl Events {
    pub(super) fn of(response: reqwest::Response, longest: usize) -> Self {
        Self { response, unread: Vec::new(), from: 0, longest }
    }

    /// Where the next event's data stands, for [`Events::data`]; `None`: the connection has ended in order. Events are one
    /// line here; comments and other fields say nothing to us. Given up half-way, it loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<Range<usize>>, Failure> {
        let mut searched = self.from;
        loop {
            if let Some(end) = self.unread[searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.from..searched + end;
                self.from = line.end + 1;
                searched = self.from;
                if let Some(data) = data(&self.unread, line) {
                    return Ok(Some(data));
                }
                continue;
            }
            self.unread.drain(..self.from);
            self.from = 0;
            searched = self.unread.len();
            let part = self.response.chunk().await.map_err(|_| Failure::new(FailureKind::CutOff))?;
            let Some(part) = part else { return Ok(None) };
            if self.unread.len() + part.len() > self.longest {
                return Err(Failure::new(FailureKind::BadReply));
            }
            self.unread.extend_from_slice(&part);
        }
    }

    pub(super) fn data(&self, at: Range<usize>) -> &[u8] {
        &self.unread[at]
    }
}

fn data(bytes: &[u8], line: Range<usize>) -> Option<Range<usize>> {
    let data = bytes[line.clone()].strip_prefix(b"data:")?;
    let blank = data.len() - data.trim_ascii_start().len();
    let start = line.end - data.len() + blank;
    Some(start..start + data.trim_ascii().len())
}
