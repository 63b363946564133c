//! From which day to which day a list goes.

use jiff::civil::Date;

use crate::error::{Error, Result};

/// Days, both included; open ends go to the ends of the calendar that is taken (2000 to 2200).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    from: String,
    to: String,
}

impl Default for Days {
    fn default() -> Self {
        Self { from: "2000-01-01".to_owned(), to: "2200-12-31".to_owned() }
    }
}

impl Days {
    /// # Errors
    /// `Invalid` names `from` when it is after `to`.
    pub fn new(from: Option<Date>, to: Option<Date>) -> Result<Self> {
        let all = Self::default();
        let (from, to) =
            (from.map_or(all.from, |day| day.to_string()), to.map_or(all.to, |day| day.to_string()));
        if from > to {
            return Err(Error::invalid("from", "must not be after `to`"));
        }
        Ok(Self { from, to })
    }

    pub(super) fn bounds(&self) -> (&str, &str) {
        (&self.from, &self.to)
    }
}

/// A day that data may be about.
///
/// # Errors
/// `Invalid` names `date`.
pub(super) fn believable(date: Date) -> Result<Date> {
    if (2000..=2200).contains(&date.year()) {
        Ok(date)
    } else {
        Err(Error::invalid("date", "must be a day between 2000 and 2200"))
    }
}
