//! The windows that an agent is looked at over.

use jiff::{SignedDuration, Timestamp};

use super::HOUR;
use crate::clock::at;
use crate::error::{Error, Result};
use crate::telemetry::Window;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    Hour,
    #[default]
    Day,
    Week,
}

impl Span {
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// As addresses name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// For people: `24 hours`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "24 hours",
            Self::Week => "7 days",
        }
    }

    /// Nothing said is a day.
    ///
    /// # Errors
    /// `Invalid` names `window`, with the words there are.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let known = Self::ALL.into_iter().find(|span| span.as_str() == text);
        known.ok_or_else(|| Error::invalid("window", "must be 1h, 24h or 7d"))
    }

    fn hours(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        }
    }

    /// The last so many hours, to the millisecond: of requests.
    pub fn window(self, now: Timestamp) -> Window {
        Window::last(now, SignedDuration::from_hours(self.hours()))
    }

    /// The same from the beginning of its first hour on: of counts, which are kept by the hour.
    pub(super) fn whole_hours(self, now: Timestamp) -> Window {
        let from = (now.as_millisecond() - self.hours() * HOUR).div_euclid(HOUR) * HOUR;
        Window::new(at(from), self.window(now).to)
    }

    /// As many hours before those.
    pub(super) fn hours_before(self, now: Timestamp) -> Window {
        let until = self.whole_hours(now).from;
        Window::new(until - SignedDuration::from_hours(self.hours()), until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_touch_and_begin_with_an_hour() {
        let now: Timestamp = "2026-03-03T07:40:00Z".parse().unwrap();
        let shown = |window: Window| (window.from.to_string(), window.to.strftime("%H:%M").to_string());
        assert_eq!(
            shown(Span::Hour.whole_hours(now)),
            ("2026-03-03T06:00:00Z".to_owned(), "07:40".to_owned())
        );
        assert_eq!(
            shown(Span::Hour.hours_before(now)),
            ("2026-03-03T05:00:00Z".to_owned(), "06:00".to_owned())
        );
        assert_eq!(
            shown(Span::Week.hours_before(now)),
            ("2026-02-17T07:00:00Z".to_owned(), "07:00".to_owned())
        );
    }

    #[test]
    fn what_is_no_window_is_refused_by_name() {
        assert_eq!(Span::parse("").unwrap(), Span::Day);
        for span in Span::ALL {
            assert_eq!(Span::parse(span.as_str()).unwrap(), span);
        }
        assert!(matches!(Span::parse("2h"), Err(Error::Invalid(faults)) if faults[0].field == "window"));
    }
}
