//! Lists in pages, one way for all of them: a page begins after the keys of the last item of the page before, never after a count.
//! So no item comes twice and none is missed while others are added; what is added before the place of the reader is not seen.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// Items of a page when nobody says how many.
pub const USUAL: usize = 50;
/// At most.
pub const MOST: usize = 200;
/// A key is a day, a time or an id: no cursor of ours is longer.
const LONGEST_CURSOR: usize = 1_000;

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    limit: usize,
    cursor: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: USUAL, cursor: None }
    }
}

impl PageRequest {
    /// `limit` as an app sends it: 1 to [`MOST`]. `cursor`: what the page before gave.
    ///
    /// # Errors
    /// `Invalid` names `limit` or `cursor`.
    pub fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self> {
        let limit = match limit {
            None => USUAL,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MOST).contains(limit))
                .ok_or_else(|| Error::invalid("limit", format!("must be a number of 1 to {MOST}")))?,
        };
        let cursor = cursor.filter(|cursor| !cursor.is_empty()).map(str::to_owned);
        if cursor.as_ref().is_some_and(|cursor| cursor.len() > LONGEST_CURSOR) {
            return Err(not_ours());
        }
        Ok(Self { limit, cursor })
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Rows to read: one more than the page has says whether there is a next one.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// The keys of the item before this page; empty texts for the first page.
    ///
    /// # Errors
    /// `Invalid` names `cursor` when it is not one of this list.
    pub(crate) fn after<const N: usize>(&self, list: &str) -> Result<[String; N]> {
        let Some(cursor) = &self.cursor else { return Ok(std::array::from_fn(|_| String::new())) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| not_ours())?;
        let (of, keys): (String, Vec<String>) = serde_json::from_slice(&bytes).map_err(|_| not_ours())?;
        // An empty first key is the beginning of the list.
        if of != list || keys.first().is_none_or(String::is_empty) {
            return Err(not_ours());
        }
        keys.try_into().map_err(|_| not_ours())
    }
}

fn not_ours() -> Error {
    Error::invalid("cursor", "must be one that a page of this list gave")
}

/// Some items of a list, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None`: this is the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Of the rows that `asked.rows()` read, in the order of the list.
    pub(crate) fn of<const N: usize>(
        asked: &PageRequest,
        list: &str,
        mut rows: Vec<T>,
        keys: impl Fn(&T) -> [String; N],
    ) -> Result<Self> {
        let more = rows.len() > asked.limit;
        rows.truncate(asked.limit);
        let next = match rows.last().filter(|_| more) {
            Some(last) => {
                let cursor = serde_json::to_vec(&(list, keys(last).to_vec()))
                    .map_err(|error| Error::internal("writing a cursor", error))?;
                Some(URL_SAFE_NO_PAD.encode(cursor))
            }
            None => None,
        };
        Ok(Self { items: rows, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_on_in_its_own_list_only() {
        let asked = PageRequest::parse(Some("2"), None).unwrap();
        let page = Page::of(&asked, "letters", vec!["a", "b", "c"], |it| [(*it).to_owned()]).unwrap();
        assert_eq!(page.items, ["a", "b"]);
        let next = PageRequest::parse(None, page.next.as_deref()).unwrap();
        assert_eq!(next.after::<1>("letters").unwrap(), ["b"]);
        assert!(next.after::<1>("figures").is_err() && next.after::<2>("letters").is_err());
        let last = Page::of(&asked, "letters", vec!["a", "b"], |it| [(*it).to_owned()]).unwrap();
        assert_eq!(last.next, None);
        for wrong in ["0", "201", "-1", "many", "1.5"] {
            assert!(PageRequest::parse(Some(wrong), None).is_err(), "{wrong}");
        }
        for wrong in ["!", "bm90IGpzb24", "W10", "WyJsZXR0ZXJzIixbIiJdXQ"] {
            assert!(PageRequest::parse(None, Some(wrong)).unwrap().after::<1>("letters").is_err(), "{wrong}");
        }
    }
}
