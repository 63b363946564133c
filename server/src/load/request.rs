//! What is asked, as bytes made in advance, and which answers are right.

use std::net::SocketAddr;

use serde_json::Value;

use super::template::Template;

/// Everything about one request but its time.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The servers; a connection belongs to one.
    pub(super) servers: Vec<SocketAddr>,
    /// Asked in turn.
    pub(super) targets: Vec<Target>,
    pub(super) body: Option<Template>,
    /// `{n}` runs from 0 to this, exclusive.
    pub(super) users: u64,
    /// The answer has no body whatever its headers say.
    pub(super) head_only: bool,
    pub(super) statuses: Vec<u16>,
    pub(super) expected: Vec<Expected>,
    /// Every so manieth answer is read for `expected`.
    pub(super) check_every: u64,
}

/// One URL.
#[derive(Debug)]
pub(super) struct Target {
    /// Place in `Ask::servers`.
    pub(super) server: usize,
    /// From the method up to the value of `content-length`; whole when there is no body.
    pub(super) head: Template,
}

/// A place in a JSON answer, and what must stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) pointer: String,
    pub(super) value: String,
}

impl Ask {
    /// The place of the server of request `number`.
    pub(super) fn server(&self, number: u64) -> usize {
        self.target(number).server
    }

    fn target(&self, number: u64) -> &Target {
        &self.targets[(number % self.targets.len() as u64) as usize]
    }

    /// Writes request `number` over what `out` holds.
    pub(super) fn write(&self, number: u64, out: &mut Vec<u8>) {
        let person = (number % self.users).to_string();
        out.clear();
        self.target(number).head.write(&person, out);
        if let Some(body) = &self.body {
            out.extend_from_slice(body.len(&person).to_string().as_bytes());
            out.extend_from_slice(b"\r\n\r\n");
            body.write(&person, out);
        }
    }

    /// Whether the answer of request `number` is read, and not only counted.
    pub(super) fn checks(&self, number: u64) -> bool {
        !self.expected.is_empty() && number.is_multiple_of(self.check_every)
    }

    /// Whether every expected value stands in its place.
    pub(super) fn is_right(&self, body: &[u8]) -> bool {
        let Ok(answer) = serde_json::from_slice::<Value>(body) else { return false };
        self.expected.iter().all(|expected| {
            // A number or a truth value is compared as it is written.
            let found = answer.pointer(&expected.pointer).map(|found| match found {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            found.as_ref() == Some(&expected.value)
        })
    }
}
