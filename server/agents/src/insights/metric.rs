//! The one table from a metric's name to its computation: what an insight may claim, and how to check it.
//!
//! Extraction measures every metric of [`Metric::all`]; the validator reads a metric's name with [`Metric::parse`], measures again,
//! and objects to any other figure.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::adherence::{self, Part};
use super::link::{self, Link};
use super::signal::{SIGNALS, Signal, named};
use super::{change, hours, level, regularity, streak, trend, weekday};
use crate::evidence::Evidence;
use crate::statistics::spread;

/// The figures behind an insight. All of them are computed from the person's data by the metric that is named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct InsightEvidence {
    /// Stable name of the computation, such as `sleep.change` or `check-ins.task.easy-walk`.
    pub metric: String,
    pub value: f64,
    pub unit: String,
    /// What is usual for this person, another group of their days, or a guideline; in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<f64>,
    /// Days that the statement rests on.
    pub days: u32,
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
}

/// How strong the evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Strength {
    /// The difference in spreads of usual days (median absolute deviation × 1.4826), at least 0; of shares Cohen's h in
    /// halves (1 is a medium effect, Cohen 1988).
    pub effect: f64,
    /// 0–1: one minus the share of cases in which chance alone would show as much (two-sided, corrected where the most
    /// striking of several was chosen). At most 0.99.
    pub certainty: f64,
    /// 95 % interval, in the evidence's unit, where the method has one: of the value for levels and trends, of the difference for
    /// changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Days with this signal among the last 30: what is usual is known from them.
    pub baseline_days: u32,
    pub baseline: BaselineQuality,
}

/// 25 days or more excellent, 15 good, 7 fair, else poor (the first HolisticOS' scale).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineQuality {
    Poor,
    Fair,
    Good,
    Excellent,
}

impl BaselineQuality {
    pub fn of(days: u32) -> Self {
        match days {
            25.. => Self::Excellent,
            15..=24 => Self::Good,
            7..=14 => Self::Fair,
            _ => Self::Poor,
        }
    }

    /// What it leaves of a certainty. With a poor one nothing reaches 0.75.
    pub fn factor(self) -> f64 {
        match self {
            Self::Excellent => 1.0,
            Self::Good => 0.95,
            Self::Fair => 0.88,
            Self::Poor => 0.7,
        }
    }
}

/// What a computation gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) evidence: InsightEvidence,
    pub(super) strength: Strength,
}

/// A computation with its subject.
#[derive(Clone)]
pub(super) enum Metric {
    /// All days against a guideline.
    Level(&'static Signal),
    /// The last week against the days before it.
    Change(&'static Signal),
    /// The newest day against the days before it.
    Last(&'static Signal),
    Trend(&'static Signal),
    Spread(&'static Signal),
    Weekday(&'static Signal, Weekday),
    Weekend(&'static Signal),
    Streak(&'static Signal),
    Best(&'static Signal),
    Link(&'static Link),
    /// Steps of three hours of the day, from this one.
    Hours(usize),
    CheckIns,
    Task(String),
    TaskDay(Weekday),
    TaskPart(Part),
}

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

pub(super) fn weekday_word(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(known, _)| *known == day).map_or("", |(_, word)| word)
}

impl Metric {
    /// Everything that is looked at for a person.
    pub(super) fn all(evidence: &Evidence) -> Vec<Self> {
        let mut all = Vec::new();
        for signal in SIGNALS {
            all.extend([
                Self::Level(signal),
                Self::Change(signal),
                Self::Last(signal),
                Self::Trend(signal),
                Self::Spread(signal),
                Self::Weekend(signal),
                Self::Streak(signal),
                Self::Best(signal),
            ]);
            all.extend(WEEKDAYS.iter().map(|(day, _)| Self::Weekday(signal, *day)));
        }
        all.extend(link::LINKS.iter().map(Self::Link));
        all.extend(hours::BLOCKS.map(Self::Hours));
        all.push(Self::CheckIns);
        all.extend(adherence::slugs(evidence).into_iter().map(Self::Task));
        all.extend(WEEKDAYS.iter().map(|(day, _)| Self::TaskDay(*day)));
        all.extend(Part::ALL.map(Self::TaskPart));
        all
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Level(of) => format!("{}.level", of.id),
            Self::Change(of) => format!("{}.change", of.id),
            Self::Last(of) => format!("{}.last", of.id),
            Self::Trend(of) => format!("{}.trend", of.id),
            Self::Spread(of) => format!("{}.spread", of.id),
            Self::Weekday(of, day) => format!("{}.weekday.{}", of.id, weekday_word(*day)),
            Self::Weekend(of) => format!("{}.weekend", of.id),
            Self::Streak(of) => format!("{}.streak", of.id),
            Self::Best(of) => format!("{}.best", of.id),
            Self::Link(of) => format!("link.{}.{}", of.first, of.second),
            Self::Hours(from) => format!("hours.{from}"),
            Self::CheckIns => "check-ins.change".to_owned(),
            Self::Task(slug) => format!("check-ins.task.{slug}"),
            Self::TaskDay(day) => format!("check-ins.weekday.{}", weekday_word(*day)),
            Self::TaskPart(part) => format!("check-ins.part.{}", part.word()),
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '.');
        let (subject, form, rest) = (parts.next()?, parts.next()?, parts.next());
        let day = || {
            let word = rest?;
            WEEKDAYS.iter().find(|(_, known)| *known == word).map(|(day, _)| *day)
        };
        match (subject, form) {
            ("link", first) => link::between(first, rest?).map(Self::Link),
            ("hours", from) => {
                hours::BLOCKS.into_iter().find(|known| known.to_string() == from).map(Self::Hours)
            }
            ("check-ins", "change") => Some(Self::CheckIns),
            ("check-ins", "task") => rest.map(|slug| Self::Task(slug.to_owned())),
            ("check-ins", "weekday") => day().map(Self::TaskDay),
            ("check-ins", "part") => {
                Part::ALL.into_iter().find(|part| Some(part.word()) == rest).map(Self::TaskPart)
            }
            (signal, "weekday") => Some(Self::Weekday(named(signal)?, day()?)),
            (signal, form) => {
                let of = named(signal)?;
                match form {
                    "level" => Some(Self::Level(of)),
                    "change" => Some(Self::Change(of)),
                    "last" => Some(Self::Last(of)),
                    "trend" => Some(Self::Trend(of)),
                    "spread" => Some(Self::Spread(of)),
                    "weekend" => Some(Self::Weekend(of)),
                    "streak" => Some(Self::Streak(of)),
                    "best" => Some(Self::Best(of)),
                    _ => None,
                }
            }
        }
    }

    /// `None`: not enough data, or this form is not asked of this signal.
    pub(super) fn measure(&self, evidence: &Evidence) -> Option<Measured> {
        let found = match self {
            Self::Level(of) => level::measure(evidence, of),
            Self::Change(of) => change::of_week(evidence, of),
            Self::Last(of) => change::of_last(evidence, of),
            Self::Trend(of) => trend::measure(evidence, of),
            Self::Spread(of) => regularity::measure(evidence, of),
            Self::Weekday(of, day) => weekday::measure(evidence, of, *day),
            Self::Weekend(of) => weekday::weekend(evidence, of),
            Self::Streak(of) => streak::measure(evidence, of),
            Self::Best(of) => streak::best(evidence, of),
            Self::Link(of) => link::measure(evidence, of),
            Self::Hours(from) => hours::measure(evidence, *from),
            Self::CheckIns => adherence::change(evidence),
            Self::Task(slug) => adherence::task(evidence, slug),
            Self::TaskDay(day) => adherence::weekday(evidence, *day),
            Self::TaskPart(part) => adherence::part(evidence, *part),
        }?;
        Some(found.named(self.name()))
    }
}

/// What a form computed; its name and rounding follow in [`Raw::named`].
pub(super) struct Raw {
    pub(super) value: f64,
    pub(super) baseline: Option<f64>,
    pub(super) unit: String,
    pub(super) effect: f64,
    /// Two-sided.
    pub(super) p: f64,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) days: usize,
    pub(super) span: Option<(Date, Date)>,
    pub(super) baseline_days: usize,
}

impl Raw {
    /// Figures are kept to a tenth, shares of chance to a thousandth: what is shown is what was judged.
    fn named(self, metric: String) -> Measured {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let baseline_days = count(self.baseline_days);
        Measured {
            evidence: InsightEvidence {
                metric,
                value: to(self.value, 10.0),
                unit: self.unit,
                baseline: self.baseline.map(|value| to(value, 10.0)),
                days: count(self.days),
                from: self.span.map(|(from, _)| from),
                to: self.span.map(|(_, to)| to),
            },
            strength: Strength {
                effect: to(self.effect, 100.0),
                // A few weeks of days make nothing more certain than that.
                certainty: to(1.0 - self.p, 1_000.0).clamp(0.0, 0.99),
                low: self.interval.map(|(low, _)| to(low, 10.0)),
                high: self.interval.map(|(_, high)| to(high, 10.0)),
                baseline_days,
                baseline: BaselineQuality::of(baseline_days),
            },
        }
    }
}

/// Rounded to one part in `parts`; never minus zero, which JSON would keep.
fn to(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts + 0.0
}

/// The values alone.
pub(super) fn numbers(days: &[(Date, f64)]) -> Vec<f64> {
    days.iter().map(|(_, value)| *value).collect()
}

/// First and last day; `None` of no day.
pub(super) fn span(days: &[(Date, f64)]) -> Option<(Date, Date)> {
    Some((days.first()?.0, days.last()?.0))
}

/// The spread between usual days, at least what is believed of the signal.
pub(super) fn usual_spread(signal: &Signal, values: &[f64]) -> f64 {
    spread(values).unwrap_or(0.0).max(signal.floor)
}
