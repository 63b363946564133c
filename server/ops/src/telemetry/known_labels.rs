//! Values of a label that people make up: as they are while they are few, then all further ones together.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// More series would slow down every scrape.
const MOST: usize = 500;
const OTHER: &str = "other";

#[derive(Default)]
pub(super) struct KnownLabels(Mutex<BTreeSet<String>>);

impl KnownLabels {
    pub(super) fn one_of(&self, value: &str) -> String {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(value) {
            if known.len() >= MOST {
                return OTHER.to_owned();
            }
            known.insert(value.to_owned());
        }
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_keeps_its_name_and_what_is_too_much_has_one() {
        let labels = KnownLabels::default();
        let all: BTreeSet<_> = (0..2_000).map(|n| labels.one_of(&n.to_string())).collect();
        assert_eq!(all.len(), MOST + 1);
        assert_eq!((labels.one_of("7"), labels.one_of("1999")), ("7".to_owned(), OTHER.to_owned()));
    }
}
